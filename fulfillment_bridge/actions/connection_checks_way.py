"""The way to the org and into it: state, name, TLS, login, who and where we are, API version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from fulfillment_bridge.actions.connection_check import (
    Check,
    Doing,
    Step,
    Subject,
    failed,
    ok,
    warning,
)
from fulfillment_bridge.actions.status_report import SOAP_REMEDY, soap_notices
from fulfillment_bridge.carts.base import OrgIdentity
from fulfillment_bridge.errors import BridgeError, Suspended
from fulfillment_bridge.storage.connections import StoredConnection


def state(subject: Subject) -> Iterator[Step]:
    """What a person stopped, and whether a refused login stands in the way."""
    with subject.store.read() as uow:
        stored = uow.connections.get(subject.connection)
        switches = uow.carts.get(subject.cart_name) if subject.cart_name else None
    if stored.suspended_at is not None:
        yield _suspended(stored, subject)
    if stored.paused_at is not None:
        yield _paused("connection", subject.connection, stored.paused_at)
    if switches and switches.paused_at is not None:
        yield _paused("cart", subject.cart_name, switches.paused_at)


def _suspended(stored: StoredConnection, subject: Subject) -> Check:
    since = f"connection {subject.connection} has been suspended since {stored.suspended_at:%F %T}Z"
    why = f" ({stored.suspended_code})" if stored.suspended_code else ""
    if subject.try_login:
        return warning("state", f"{since}{why}; one login is tried now, because you ask for it")
    return warning(
        "state",
        f"{since}{why}: no login is tried with the credentials that were refused, so that nobody "
        "is locked out; other credentials are tried once",
        "If it was put right in Salesforce, add --try-login here for one attempt, or let the jobs "
        f"go on: fulfillment-bridge connections resume {subject.connection}",
    )


def _paused(kind: str, name: str, at: datetime) -> Check:
    return warning(
        "state",
        f"the {kind} {name} has been paused since {at:%F %T}Z, so no job runs for it",
        f"fulfillment-bridge {kind}s resume {name}",
    )


def way(subject: Subject, address: str) -> Iterator[Step]:
    """Name resolution, connection, TLS. The last line failed where the way ends."""
    yield Doing(f"reaching {urlsplit(address).netloc or address}")
    try:
        for found in subject.cart.examiner().reach(address):
            yield ok("network", found)
    except BridgeError as problem:
        yield failed("network", "", problem)


def login(subject: Subject) -> Iterator[Step]:
    """One attempt at most; the last line failed where it is refused."""
    yield Doing("logging in")
    with subject.store.read() as uow:
        before = uow.connections.get(subject.connection)
    try:
        if before.suspended_at is not None and subject.try_login:
            identity = _once_more(subject, before)
        else:
            identity = subject.cart.identity()
    except BridgeError as problem:
        is_old = not problem.raw and problem.message == before.suspended_message
        doing = "no login was tried, it was refused before" if is_old else "log in"
        yield _login_failed(doing, problem, subject.connection)
        return
    yield ok("login", f"logged in as {identity.username} ({subject.login})")
    yield _org(identity, before)


def _once_more(subject: Subject, before: StoredConnection) -> OrgIdentity:
    """Let one attempt through. It suspends the connection again if it is refused, too.

    Where it did not come to an answer, everything is as it was.
    """
    with subject.store.begin() as uow:
        uow.connections.lift_suspension(subject.connection)
        uow.audit.add(
            subject.clock.now(), subject.actor, "try login", f"connection:{subject.connection}"
        )
    try:
        return subject.cart.identity()
    except Suspended:
        raise
    except BridgeError:
        with subject.store.begin() as uow:
            uow.connections.set(
                subject.connection,
                suspended_at=before.suspended_at,
                suspended_code=before.suspended_code,
                suspended_message=before.suspended_message,
                suspended_remedy=before.suspended_remedy,
                credentials_fingerprint=before.credentials_fingerprint,
            )
        raise


def _login_failed(doing: str, problem: BridgeError, connection: str) -> Check:
    check = failed("login", doing, problem)
    if not isinstance(problem, Suspended):
        return check
    then = (
        "The connection is suspended until then. Changed credentials are tried by themselves; "
        f"if the change was made in Salesforce: fulfillment-bridge connections resume {connection}"
    )
    return replace(check, remedy=f"{check.remedy} {then}".strip())


def _org(identity: OrgIdentity, before: StoredConnection) -> Check:
    kind = "a sandbox" if identity.is_sandbox else "production"
    org = f"{identity.organization_name} ({identity.organization_id}), {kind}"
    if before.organization_id is None:
        known = "new to us; from now on this connection belongs to it"
    else:
        known = "the org we know"
    return ok("org", f"the org is {org}, at {identity.base_url}: {known}")


def login_method(subject: Subject) -> Iterator[Step]:
    """How long the way to log in will go on working."""
    if subject.login == "soap":
        (notice,) = soap_notices([subject.connection], subject.clock.now())
        yield warning("login_method", notice, SOAP_REMEDY)
    else:
        yield ok("login_method", f"login {subject.login} has no end in sight")


def api_version(subject: Subject) -> Iterator[Step]:
    """Whether the org speaks our version of the API."""
    yield Doing("asking for the API versions")
    try:
        yield ok("api_version", f"API: {subject.cart.examiner().api_version()}")
    except BridgeError as problem:
        yield failed("api_version", "ask for the API versions", problem)
