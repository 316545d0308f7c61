"""Ways to log in. A new way is one function and one line in ``LOGINS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from fulfillment_bridge.clock import Clock, SystemClock
from fulfillment_bridge.errors import Misconfigured
from fulfillment_bridge.salesforce import faults, soap
from fulfillment_bridge.salesforce.answers import LOGIN_CLIENT, needed, one_currency
from fulfillment_bridge.salesforce.credentials import (
    DEFAULT_SESSION_SECONDS,
    Credentials,
    LoginResult,
)
from fulfillment_bridge.salesforce.oauth import client_credentials_login, jwt_login
from fulfillment_bridge.salesforce.record_ids import long_id
from fulfillment_bridge.salesforce.transport import Route, base_url

__all__ = ["LOGINS", "Credentials", "LoginResult", "log_in", "soap_login"]

Way = Callable[[Credentials, Route, str, datetime], LoginResult]


def log_in(
    credentials: Credentials, route: Route, *, connection: str, clock: Clock | None = None
) -> LoginResult:
    """One attempt. Raises Suspended where it must not be tried again, Retry where it may."""
    way = LOGINS.get(credentials.login)
    if way is None:
        raise Misconfigured(
            f"{connection}: there is no login called {credentials.login!r}",
            remedy=f"Choose one of {', '.join(sorted(LOGINS))}.",
            code="LOGIN",
        )
    result = way(credentials, route, connection, (clock or SystemClock()).now())
    if result.password_expired:
        code = "INVALID_OPERATION_WITH_EXPIRED_PASSWORD"
        raise faults.login_refused(code, "passwordExpired", connection=connection)
    return result


def soap_login(
    credentials: Credentials, route: Route, connection: str, now: datetime
) -> LoginResult:
    """Username, password and security token through the SOAP call login()."""
    host = base_url(credentials.host)
    password = credentials.password + credentials.security_token
    try:
        tree = soap.login(host, credentials.username, password, route=route, client=LOGIN_CLIENT)
    except soap.SoapFault as fault:
        raise faults.login_refused(fault.code, fault.text, connection=connection) from None
    return _soap_result(tree, connection)


LOGINS: Mapping[str, Way] = {
    "soap": soap_login,
    "client_credentials": client_credentials_login,
    "jwt": jwt_login,
}


def _soap_result(tree: soap.Tree, connection: str) -> LoginResult:
    user: soap.Tree = tree.get("userInfo") or {}
    seconds = str(user.get("sessionSecondsValid") or "")
    return LoginResult(
        session_id=needed(tree, "sessionId", connection),
        instance_url=base_url(needed(tree, "serverUrl", connection)),
        organization_id=long_id(needed(user, "organizationId", connection)),
        user_id=long_id(str(tree.get("userId") or user.get("userId") or "")),
        organization_name=str(user.get("organizationName") or ""),
        is_sandbox=tree.get("sandbox") == "true",
        username=str(user.get("userName") or ""),
        default_currency=one_currency(user),
        session_seconds=int(seconds) if seconds.isdecimal() else DEFAULT_SESSION_SECONDS,
        password_expired=tree.get("passwordExpired") == "true",
    )
