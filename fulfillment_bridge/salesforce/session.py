"""One connection's session: one login for all threads, and no second try where it does harm.

What must be kept beyond this process stands behind ``ConnectionMemory``. ``logout`` is never
called: it would end the session for every other program of the same user.
"""

from __future__ import annotations

import copy
import re
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from fulfillment_bridge.clock import Clock, SystemClock
from fulfillment_bridge.crash_points import crash_point
from fulfillment_bridge.errors import BridgeError, OverBudget, Reauthenticate, Retry, Suspended
from fulfillment_bridge.salesforce.budget_guard import BudgetGuard, Spending
from fulfillment_bridge.salesforce.catalogue import CATALOGUE
from fulfillment_bridge.salesforce.client import Answer, Call, OrgClient
from fulfillment_bridge.salesforce.login import Credentials, LoginResult, log_in
from fulfillment_bridge.salesforce.login_faults import (
    API_BUDGET,
    CREDENTIALS_REFUSED,
    OTHER_ORGANIZATION,
    OUR_ADDRESS,
    SESSION_REFUSED,
)
from fulfillment_bridge.salesforce.memory import ConnectionMemory
from fulfillment_bridge.salesforce.record_ids import long_id
from fulfillment_bridge.salesforce.transport import Route, open_session

DEFAULT_API_VERSION = "64.0"
PROBE = "budget_probe"
"""The job under which the cheap call is counted that looks how the org's usage is."""

_USAGE = re.compile(r"(?:^|[;,\s])api-usage=(\d+)/(\d+)")
_NEVER_ARRIVED = frozenset({"DNS", "CONNECT", "TLS", "PROXY"})


@dataclass(frozen=True)
class ConnectionOptions:
    """A configured connection.

    ``credentials`` may be what reads them: they are read anew for each login, so that what a
    person corrects meanwhile is used. ``outgoing_addresses`` are the addresses that the org sees
    us call from, where they are known. ``mask`` takes secrets out of what the org said: an error
    page may hold what we sent.
    """

    name: str
    credentials: Credentials | Callable[[], Credentials]
    route: Route = field(default_factory=Route)
    api_version: str = DEFAULT_API_VERSION
    spending: Spending = field(default_factory=Spending)
    outgoing_addresses: tuple[str, ...] = ()
    clock: Clock = field(default_factory=SystemClock)
    mask: Callable[[str], str] = str


@dataclass(eq=False)
class _Session:
    """What one login gave; ``proved`` once the org has accepted a call with it.

    ``fingerprint`` is that of the credentials it was opened with.
    """

    login: LoginResult
    fingerprint: str
    proved: bool = False


class OrgSession:
    """Sends calls of any thread with a session that is opened when it is first needed."""

    def __init__(self, options: ConnectionOptions, memory: ConnectionMemory) -> None:
        self.options = options
        self.memory = memory
        self._lock = threading.Lock()
        self._session: _Session | None = None
        self._failures = 0
        self._last_failure: BridgeError | None = None
        self._thread = threading.local()
        self._opened: weakref.WeakSet[requests.Session] = weakref.WeakSet()
        self._guard = BudgetGuard(
            options.name, options.spending, memory, options.clock, self._probe_usage
        )

    @property
    def name(self) -> str:
        return self.options.name

    def login(self) -> LoginResult:
        """Who we are and where; logs in only where that has not been done yet."""
        return self._current().login

    def admit(self, job: str) -> None:
        """Raise OverBudget where this job has to wait for the org's API calls."""
        self._guard.admit(job)

    def send(self, call: Call) -> Answer:
        """The answer to a call.

        An expired session is renewed and the call repeated, once. Raises Suspended where the
        org does not accept even a fresh session, OverBudget where the budget does not allow it.
        """
        if call.charged:
            self.admit(call.job)
        session = self._current()
        try:
            return self._exchange(session, call)
        except Reauthenticate:
            session = self._renewed(session)
        try:
            return self._exchange(session, call)
        except Reauthenticate as problem:
            raise self._given_up(session, problem) from None

    def close(self) -> None:
        """Close the connections of all threads. The session itself stays valid in the org."""
        for opened in list(self._opened):
            opened.close()

    def _current(self) -> _Session:
        failures = self._failures
        with self._lock:
            if self._session is None:
                # Whoever waited here while a login failed shares its error, and does not try too.
                if self._failures != failures and self._last_failure is not None:
                    raise copy.copy(self._last_failure)
                self._session = self._open()
            return self._session

    def _renewed(self, stale: _Session) -> _Session:
        self._drop(stale)
        return self._current()

    def _drop(self, stale: _Session) -> None:
        with self._lock:
            if self._session is stale:
                self._session = None

    def _open(self) -> _Session:
        try:
            credentials = self._credentials()
            fingerprint = credentials.fingerprint(self.name)
            self._refuse_while_suspended(fingerprint)
            with self.memory.login_lease():
                self._refuse_while_suspended(fingerprint)
                return _Session(self._attempt(credentials, fingerprint), fingerprint)
        except BridgeError as problem:
            self._failures += 1
            self._last_failure = problem
            self._mask(problem)
            raise

    @property
    def login_host(self) -> str:
        """Where logins go to; raises where the credentials cannot be read."""
        return self._credentials().host

    def _credentials(self) -> Credentials:
        given = self.options.credentials
        return given if isinstance(given, Credentials) else given()

    def _refuse_while_suspended(self, fingerprint: str) -> None:
        """A process that still has the old password must not try it when a new one works, either.

        In this order: another process may suspend the connection between the two questions.
        """
        was_refused = self.memory.was_refused(fingerprint)
        suspension = self.memory.suspension()
        if suspension and not self.memory.credentials_changed(fingerprint):
            raise Suspended(suspension.message, remedy=suspension.remedy, code=suspension.code)
        if was_refused and not suspension:
            fault = CATALOGUE[CREDENTIALS_REFUSED]
            raise fault.error(f"{self.name}: {fault.meaning}", remedy=fault.remedy, code=fault.code)

    def _attempt(self, credentials: Credentials, fingerprint: str) -> LoginResult:
        route, clock = self.options.route, self.options.clock
        try:
            login = log_in(credentials, route, connection=self.name, clock=clock)
        except Reauthenticate as problem:
            refused = _session_refused(self.name, problem)
            raise self._suspended(refused, fingerprint) from None
        except Suspended as problem:
            raise self._suspended(self._with_our_address(problem), fingerprint) from None
        crash_point("session.after_login")
        self.memory.count_call("login", login.charged_calls)
        self._check_org(login, fingerprint)
        self._remember(login)
        return login

    def _check_org(self, login: LoginResult, fingerprint: str) -> None:
        known = self.memory.organization_id()
        if known is None or long_id(known) == login.organization_id:
            return
        problem = Suspended(
            f"{self.name}: this login leads to org {login.organization_id} "
            f"({login.organization_name}), but the connection belongs to org {known}",
            remedy=CATALOGUE[OTHER_ORGANIZATION].remedy,
            code=OTHER_ORGANIZATION,
        )
        raise self._suspended(problem, fingerprint)

    def _remember(self, login: LoginResult) -> None:
        self.memory.remember_org(
            organization_id=login.organization_id,
            organization_name=login.organization_name,
            is_sandbox=login.is_sandbox,
            username=login.username,
            user_id=login.user_id,
            default_currency=login.default_currency,
        )
        if self.memory.suspension() is not None:
            self.memory.lift_suspension()

    def _suspended(self, problem: Suspended, fingerprint: str) -> Suspended:
        self._mask(problem)
        self.memory.suspend(
            code=problem.code,
            message=problem.message,
            remedy=problem.remedy,
            fingerprint=fingerprint,
        )
        return problem

    def _mask(self, problem: BridgeError) -> None:
        problem.message = self.options.mask(problem.message)
        problem.raw = self.options.mask(problem.raw)

    def _with_our_address(self, problem: Suspended) -> Suspended:
        if self.options.outgoing_addresses and OUR_ADDRESS in problem.remedy:
            addresses = ", ".join(self.options.outgoing_addresses)
            problem.remedy += f" This bridge calls from: {addresses}."
        return problem

    def _exchange(self, session: _Session, call: Call) -> Answer:
        client = self._client(session)
        try:
            answer = self._patiently(client, call)
        except Reauthenticate:
            raise
        except BridgeError as problem:
            self._count_failed(call, problem)
            self._mask(problem)
            if isinstance(problem, OverBudget) and problem.code != API_BUDGET:
                self._guard.used_up()
            if isinstance(problem, Suspended):
                self._suspended(problem, session.fingerprint)
            raise problem from None
        session.proved = True
        self._count(call)
        return answer

    def _patiently(self, client: OrgClient, call: Call) -> Answer:
        """Repeat a read whose connection broke: the org may close an idle one at any time."""
        route = self.options.route
        timeout = route.writing if call.writes else route.reading
        try:
            return client.exchange(call, timeout)
        except Retry as problem:
            if problem.code != "CONNECTION_LOST" or call.writes:
                raise
            self._count(call)
        return client.exchange(call, timeout)

    def _count(self, call: Call) -> None:
        if call.charged:
            self.memory.count_call(call.job)

    def _count_failed(self, call: Call, problem: BridgeError) -> None:
        if problem.code not in _NEVER_ARRIVED and not isinstance(problem, OverBudget):
            self._count(call)

    def _given_up(self, session: _Session, problem: Reauthenticate) -> BridgeError:
        self._drop(session)
        if session.proved:
            # It did work a moment ago: somebody ends our sessions. That passes.
            return Retry(problem.message, remedy=problem.remedy, code=problem.code, raw=problem.raw)
        return self._suspended(_session_refused(self.name, problem), session.fingerprint)

    def _client(self, session: _Session) -> OrgClient:
        mine: tuple[_Session, OrgClient] | None = getattr(self._thread, "client", None)
        if mine is None or mine[0] is not session:
            client = OrgClient(session.login, self._http(), version=self.options.api_version)
            mine = self._thread.client = (session, client)
        return mine[1]

    def _http(self) -> requests.Session:
        http: requests.Session | None = getattr(self._thread, "http", None)
        if http is None:
            http = self._thread.http = open_session(self.options.route)
            http.hooks["response"].append(self._read_usage)
            self._opened.add(http)
        return http

    def _probe_usage(self) -> None:
        path = "query?q=SELECT+Id+FROM+Organization"
        self.send(Call("GET", path, PROBE, f"{self.name}: look at the org's API usage"))

    def _read_usage(self, response: requests.Response, *_: Any, **__: Any) -> None:
        usage = _USAGE.search(response.headers.get("Sforce-Limit-Info", ""))
        if usage:
            self.memory.remember_usage(int(usage[1]), int(usage[2]))


def _session_refused(connection: str, problem: Reauthenticate) -> Suspended:
    fault = CATALOGUE[SESSION_REFUSED]
    return Suspended(
        f"{connection}: the org does not accept the session it has just given us",
        remedy=fault.remedy,
        code=fault.code,
        raw=problem.raw,
    )
