"""Logging in over OAuth 2.0: client credentials, and a signed assertion (JWT bearer)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import requests

from fulfillment_bridge.errors import BridgeError
from fulfillment_bridge.salesforce import faults, soap
from fulfillment_bridge.salesforce.answers import LOGIN_CLIENT, needed, one_currency
from fulfillment_bridge.salesforce.assertion import signed_assertion
from fulfillment_bridge.salesforce.credentials import Credentials, LoginResult
from fulfillment_bridge.salesforce.record_ids import long_id
from fulfillment_bridge.salesforce.transport import Route, base_url, open_session

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"

Form = Mapping[str, str]


def client_credentials_login(
    credentials: Credentials, route: Route, connection: str, now: datetime
) -> LoginResult:
    """The app's own Run As user; the host must be the org's My Domain."""
    form = {
        "grant_type": "client_credentials",
        "client_id": credentials.consumer_key,
        "client_secret": credentials.consumer_secret,
    }
    return _enter(credentials, form, route, connection)


def jwt_login(
    credentials: Credentials, route: Route, connection: str, now: datetime
) -> LoginResult:
    """The configured user, vouched for by the key whose certificate the app knows."""
    assertion = signed_assertion(credentials, connection, now)
    form = {"grant_type": JWT_BEARER, "assertion": assertion}
    return _enter(credentials, form, route, connection)


def _enter(credentials: Credentials, form: Form, route: Route, connection: str) -> LoginResult:
    """A token, and then who and where we are, which the answer to OAuth does not say."""
    host = base_url(credentials.host)
    with open_session(route) as session:
        token = _token(session, host, form, connection)
        instance = base_url(needed(token, "instance_url", connection))
        session.headers["Authorization"] = f"Bearer {needed(token, 'access_token', connection)}"
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


def _currency_by_soap(instance: str, token: str, route: Route) -> str | None:
    """REST does not tell the currency of an org that has only one; the SOAP API does."""
    try:
        return one_currency(soap.user_info(instance, token, route=route, client=LOGIN_CLIENT))
    except (soap.SoapFault, BridgeError):
        return None  # tokens in JWT format are refused there; the currency must then be mapped


def _token(session: requests.Session, host: str, form: Form, connection: str) -> Mapping[str, Any]:
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
    needed(records[0], "Id", connection)
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
