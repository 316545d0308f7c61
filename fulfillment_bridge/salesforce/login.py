"""Ways to log in. A new way is one function and one line in ``LOGINS``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from fulfillment_bridge.errors import BridgeError, Misconfigured
from fulfillment_bridge.salesforce import faults, soap
from fulfillment_bridge.salesforce.record_ids import long_id
from fulfillment_bridge.salesforce.transport import Route, base_url, open_session

LOGIN_CLIENT = "fulfillment_bridge/login"
DEFAULT_SESSION_SECONDS = 7200


@dataclass(frozen=True)
class Credentials:
    """How to log in and as whom. Secrets never show in a repr."""

    login: str = "soap"
    host: str = "https://login.salesforce.com"
    username: str = ""
    password: str = field(default="", repr=False)
    security_token: str = field(default="", repr=False)
    consumer_key: str = field(default="", repr=False)
    consumer_secret: str = field(default="", repr=False)

    def fingerprint(self, connection: str) -> str:
        """Differs whenever any part differs. Slow on purpose: it is kept, the secrets are not."""
        parts = (
            self.login,
            self.host,
            self.username,
            self.password,
            self.security_token,
            self.consumer_key,
            self.consumer_secret,
        )
        secret = "".join(f"{len(part)}:{part}" for part in parts).encode()
        salt = f"fulfillment_bridge connection {connection}".encode()
        return hashlib.scrypt(secret, salt=salt, n=2**13, r=8, p=1, dklen=32).hex()


@dataclass(frozen=True)
class LoginResult:
    """A session and where it leads. ``default_currency`` is None where the org has several."""

    session_id: str = field(repr=False)
    instance_url: str
    organization_id: str
    user_id: str
    organization_name: str
    is_sandbox: bool
    username: str
    default_currency: str | None
    session_seconds: int = DEFAULT_SESSION_SECONDS
    password_expired: bool = False
    charged_calls: int = 1


def log_in(credentials: Credentials, route: Route, *, connection: str) -> LoginResult:
    """One attempt. Raises Suspended where it must not be tried again, Retry where it may."""
    way = LOGINS.get(credentials.login)
    if way is None:
        raise Misconfigured(
            f"{connection}: there is no login called {credentials.login!r}",
            remedy=f"Choose one of {', '.join(sorted(LOGINS))}.",
            code="LOGIN",
        )
    result = way(credentials, route, connection)
    if result.password_expired:
        code = "INVALID_OPERATION_WITH_EXPIRED_PASSWORD"
        raise faults.login_refused(code, "passwordExpired", connection=connection)
    return result


def soap_login(credentials: Credentials, route: Route, connection: str) -> LoginResult:
    """Username, password and security token through the SOAP call login()."""
    host = base_url(credentials.host)
    password = credentials.password + credentials.security_token
    try:
        tree = soap.login(host, credentials.username, password, route=route, client=LOGIN_CLIENT)
    except soap.SoapFault as fault:
        raise faults.login_refused(fault.code, fault.text, connection=connection) from None
    return _soap_result(tree, connection)


def client_credentials_login(
    credentials: Credentials, route: Route, connection: str
) -> LoginResult:
    """OAuth client credentials: the app's own Run-As user, at the org's My Domain."""
    host = base_url(credentials.host)
    with open_session(route) as session:
        token = _token(session, host, credentials, connection)
        instance = base_url(_needed(token, "instance_url", connection))
        session.headers["Authorization"] = f"Bearer {_needed(token, 'access_token', connection)}"
        who = _get(session, f"{instance}/services/oauth2/userinfo", {}, connection)
        org = _organization(session, instance, connection)
    return LoginResult(
        session_id=str(token["access_token"]),
        instance_url=instance,
        organization_id=long_id(str(org["Id"])),
        user_id=long_id(str(who.get("user_id") or "")),
        organization_name=str(org.get("Name") or ""),
        is_sandbox=bool(org.get("IsSandbox")),
        username=str(who.get("preferred_username") or ""),
        default_currency=_currency_by_soap(instance, str(token["access_token"]), route),
        charged_calls=2,
    )


LOGINS: Mapping[str, Callable[[Credentials, Route, str], LoginResult]] = {
    "soap": soap_login,
    "client_credentials": client_credentials_login,
}


def _soap_result(tree: soap.Tree, connection: str) -> LoginResult:
    user: soap.Tree = tree.get("userInfo") or {}
    seconds = str(user.get("sessionSecondsValid") or "")
    return LoginResult(
        session_id=_needed(tree, "sessionId", connection),
        instance_url=base_url(_needed(tree, "serverUrl", connection)),
        organization_id=long_id(_needed(user, "organizationId", connection)),
        user_id=long_id(str(tree.get("userId") or user.get("userId") or "")),
        organization_name=str(user.get("organizationName") or ""),
        is_sandbox=tree.get("sandbox") == "true",
        username=str(user.get("userName") or ""),
        default_currency=_one_currency(user),
        session_seconds=int(seconds) if seconds.isdecimal() else DEFAULT_SESSION_SECONDS,
        password_expired=tree.get("passwordExpired") == "true",
    )


def _one_currency(user: soap.Tree) -> str | None:
    if user.get("organizationMultiCurrency") == "true":
        return None
    return user.get("orgDefaultCurrencyIsoCode")


def _currency_by_soap(instance: str, token: str, route: Route) -> str | None:
    """REST does not tell the currency of an org that has only one; the SOAP API does."""
    try:
        return _one_currency(soap.user_info(instance, token, route=route, client=LOGIN_CLIENT))
    except (soap.SoapFault, BridgeError):
        return None  # tokens in JWT format are refused there; the currency must then be mapped


def _needed(tree: Mapping[str, Any], name: str, connection: str) -> str:
    value = tree.get(name)
    if value and isinstance(value, str):
        return value
    fault = faults.CATALOGUE["UNREADABLE_ANSWER"]
    raise fault.error(
        f"{connection}: the answer to the login has no {name}", remedy=fault.remedy, code=fault.code
    )


def _token(
    session: requests.Session, host: str, credentials: Credentials, connection: str
) -> Mapping[str, Any]:
    form = {
        "grant_type": "client_credentials",
        "client_id": credentials.consumer_key,
        "client_secret": credentials.consumer_secret,
    }
    doing = f"{connection}: login at {host}"
    try:
        answer = session.post(f"{host}/services/oauth2/token", data=form, allow_redirects=False)
        body = _json(answer)
    except requests.RequestException as error:
        raise faults.from_network(error, doing=doing) from None
    if answer.status_code == requests.codes.ok:
        return body if isinstance(body, Mapping) else {}
    errors = faults.api_errors(body)
    if errors and answer.status_code < 500:
        raise faults.login_refused(errors[0].code, errors[0].message, connection=connection)
    raise faults.from_answer(answer.status_code, body, doing=doing)


def _organization(session: requests.Session, instance: str, connection: str) -> Mapping[str, Any]:
    url = f"{instance}/services/data/v{soap.SOAP_VERSION}/query"
    body = _get(session, url, {"q": "SELECT Id, Name, IsSandbox FROM Organization"}, connection)
    records = body.get("records") or [{}]
    _needed(records[0], "Id", connection)
    return dict(records[0])


def _get(
    session: requests.Session, url: str, params: Mapping[str, str], connection: str
) -> Mapping[str, Any]:
    doing = f"{connection}: login"
    headers = {"Sforce-Call-Options": f"client={LOGIN_CLIENT}"}
    try:
        answer = session.get(url, params=params, headers=headers, allow_redirects=False)
        body = _json(answer)
    except requests.RequestException as error:
        raise faults.from_network(error, doing=doing) from None
    if answer.status_code != requests.codes.ok or not isinstance(body, Mapping):
        raise faults.from_answer(answer.status_code, body, doing=doing)
    return body


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except requests.JSONDecodeError:
        return answer.text
