"""OAuth 2.0 of a simulated org: the token endpoint and who a token belongs to."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from fulfillment_bridge.simulator.call import Answer, Call
from fulfillment_bridge.simulator.org import User
from fulfillment_bridge.simulator.sessions import Session
from fulfillment_bridge.simulator.tenant import Tenant

TOKEN = "/services/oauth2/token"  # noqa: S105 - an address, no secret
USERINFO = "/services/oauth2/userinfo"
SCOPE = "api refresh_token"


class OAuthError(Exception):
    """A refusal with OAuth's error and description."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


def is_oauth(call: Call) -> bool:
    """Whether the address belongs to OAuth."""
    return call.path in (TOKEN, USERINFO)


def answer(tenant: Tenant, call: Call) -> Answer:
    """The answer to an OAuth call; none of them is charged."""
    if call.path == USERINFO:
        return _userinfo(tenant, call)
    try:
        return Answer(200, _token(tenant, call), headers={"Cache-Control": "no-store"})
    except OAuthError as refused:
        body = {"error": refused.error, "error_description": refused.description}
        return Answer(400, body, headers={"Cache-Control": "no-store"})


def _token(tenant: Tenant, call: Call) -> dict[str, Any]:
    if call.method != "POST":
        raise OAuthError("invalid_request", "must use HTTP POST")
    form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
    grant = GRANTS.get(form.get("grant_type", ""))
    if grant is None:
        raise OAuthError("unsupported_grant_type", "grant type not supported")
    _check_client(tenant, call, form)
    user = grant(tenant, form)
    if not user.is_active:
        raise OAuthError("invalid_grant", "inactive user")
    session = tenant.sessions.enter(user, application=tenant.app.consumer_key)
    return _token_body(tenant, session)


def _check_client(tenant: Tenant, call: Call, form: dict[str, str]) -> None:
    key, secret = _basic(call) or (form.get("client_id", ""), form.get("client_secret", ""))
    if not hmac.compare_digest(key.encode(), tenant.app.consumer_key.encode()):
        raise OAuthError("invalid_client_id", "client identifier invalid")
    if not hmac.compare_digest(secret.encode(), tenant.app.consumer_secret.encode()):
        raise OAuthError("invalid_client", "invalid client credentials")


def _basic(call: Call) -> tuple[str, str] | None:
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(key), unquote_plus(secret)


def _client_credentials(tenant: Tenant, form: dict[str, str]) -> User:
    user = tenant.org.users.get(tenant.app.run_as.lower())
    if user is None:
        raise OAuthError("invalid_grant", "no client credentials user enabled")
    return user


def _refresh_token(tenant: Tenant, form: dict[str, str]) -> User:
    given = form.get("refresh_token", "")
    user = tenant.org.users.get(tenant.app.run_as.lower())
    if user is None or not hmac.compare_digest(given.encode(), tenant.app.refresh_token.encode()):
        raise OAuthError("invalid_grant", "expired access/refresh token")
    return user


def _token_body(tenant: Tenant, session: Session) -> dict[str, Any]:
    identity = _identity(tenant, session.user)
    issued_at = str(int(tenant.org.clock.now().timestamp() * 1000))
    signature = hmac.new(
        tenant.app.consumer_secret.encode(), (identity + issued_at).encode(), hashlib.sha256
    )
    return {
        "access_token": session.token,
        "signature": base64.b64encode(signature.digest()).decode(),
        "scope": SCOPE,
        "instance_url": tenant.base_url,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
    }


def _userinfo(tenant: Tenant, call: Call) -> Answer:
    session = tenant.sessions.find(call.bearer)
    if session is None:
        return Answer(403, text="Bad_OAuth_Token", content_type="text/plain;charset=UTF-8")
    user = session.user
    first, _, last = user.full_name.rpartition(" ")
    body = {
        "sub": _identity(tenant, user),
        "user_id": user.user_id,
        "organization_id": tenant.org.organization_id,
        "preferred_username": user.username,
        "nickname": user.username.partition("@")[0],
        "name": user.full_name,
        "email": user.email,
        "email_verified": True,
        "given_name": first or None,
        "family_name": last,
        "zoneinfo": "America/Los_Angeles",
        "urls": {"rest": f"{tenant.base_url}/services/data/v{{version}}/"},
        "active": user.is_active,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": -28800000,
    }
    return Answer(200, body)


def _identity(tenant: Tenant, user: User) -> str:
    return f"{tenant.base_url}/id/{tenant.org.organization_id}/{user.user_id}"


GRANTS: dict[str, Callable[[Tenant, dict[str, str]], User]] = {
    "client_credentials": _client_credentials,
    "refresh_token": _refresh_token,
}
