"""OAuth 2.0 of a simulated org: tokens, their introspection and revocation, identity."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from fulfillment_bridge.simulator.call import Answer, Call
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.oauth_assertion import Assertion
from fulfillment_bridge.simulator.oauth_consumers import Consumer
from fulfillment_bridge.simulator.oauth_errors import OAuthError, refused_grant
from fulfillment_bridge.simulator.oauth_identity import identity, identity_url, userinfo
from fulfillment_bridge.simulator.org import User
from fulfillment_bridge.simulator.sessions import Session
from fulfillment_bridge.simulator.tenant import Tenant

PREFIX = "/services/oauth2/"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class Form:
    """An OAuth request: its form fields, and the application's key and secret."""

    call: Call
    values: dict[str, str]
    client_id: str
    client_secret: str = field(repr=False)

    @classmethod
    def of(cls, call: Call) -> Form:
        """The form in the body; key and secret may stand in the Authorization header instead."""
        pairs = parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True)
        values = dict(pairs)
        given = values.get("client_id", ""), values.get("client_secret", "")
        return cls(call, values, *(_basic(call) or given))


@dataclass(frozen=True)
class Grant:
    """Who gets a token, through which application, and how the answer looks."""

    consumer: Consumer
    user: User
    is_signed: bool = True
    refresh_token: str | None = None


def is_oauth(call: Call) -> bool:
    """Whether the address belongs to OAuth."""
    segments = call.segments
    return call.path in ENDPOINTS or (len(segments) == 3 and segments[0] == "id")


def answer(tenant: Tenant, call: Call) -> Answer:
    """The answer to an OAuth call; none of them is charged."""
    endpoint = ENDPOINTS.get(call.path, identity)
    try:
        return endpoint(tenant, call)
    except OAuthError as refused:
        return Answer(400, refused.body(), headers=dict(NO_STORE))


def token(tenant: Tenant, call: Call) -> Answer:
    """A token for whoever the grant in the form is about; raises OAuthError."""
    if call.method != "POST":
        raise OAuthError("invalid_request", "must use HTTP POST")
    form = Form.of(call)
    flow = FLOWS.get(form.values.get("grant_type", ""))
    if flow is None:
        raise OAuthError("unsupported_grant_type", "grant type not supported")
    grant = flow(tenant, form)
    if not grant.user.is_active:
        raise refused_grant("inactive user")
    session = tenant.sessions.enter(grant.user, application=grant.consumer.consumer_key)
    return Answer(200, _token_body(tenant, grant, session), headers=dict(NO_STORE))


def introspect(tenant: Tenant, call: Call) -> Answer:
    """What a token is good for; only its own application is told."""
    consumer = _proved(tenant, form := Form.of(call))
    given = form.values.get("token", "")
    if owner := tenant.consumers.refresh_owner(given):
        is_own = owner[0] is consumer and owner[1].lower() in tenant.org.users
        return Answer(200, _refresh_facts(tenant, owner) if is_own else {"active": False})
    session = tenant.sessions.peek(given)
    if session is None or session.application != consumer.consumer_key:
        return Answer(200, {"active": False})
    return Answer(200, _session_facts(tenant, consumer, session))


def revoke(tenant: Tenant, call: Call) -> Answer:
    """End a token; with a refresh token, every session that came of it."""
    given = Form.of(call).values.get("token") or call.query.get("token", "")
    if owner := tenant.consumers.forget(given):
        consumer, username = owner
        tenant.sessions.expire(username, application=consumer.consumer_key)
        return Answer(200)
    if tenant.sessions.peek(given) is None:
        raise OAuthError("invalid_token", "invalid token")
    tenant.sessions.close(given)
    return Answer(200)


def _client_credentials(tenant: Tenant, form: Form) -> Grant:
    if _is_at_login_host(tenant, form.call):
        raise refused_grant("request not supported on this domain")
    consumer = _proved(tenant, form)
    user = tenant.org.users.get(consumer.run_as.lower())
    if user is None or "client_credentials" not in consumer.flows:
        raise refused_grant("no client credentials user enabled")
    return Grant(consumer, user)


def _jwt_bearer(tenant: Tenant, form: Form) -> Grant:
    assertion = Assertion.read(form.values.get("assertion", ""))
    consumer = tenant.consumers.find(assertion.issuer)
    may_sign = "jwt_bearer" in consumer.flows
    assertion.check_signature(consumer.public_key() if may_sign else None)
    assertion.check_audience(is_sandbox=tenant.org.settings.is_sandbox)
    assertion.check_expiry(tenant.org.clock.now())
    user = tenant.org.users.get(assertion.subject.lower())
    if user is None:
        # What a stranger learns about user names: nothing.
        raise refused_grant("user hasn't approved this consumer")
    consumer.check_approved(user)
    return Grant(consumer, user, is_signed=False)


def _refresh_token(tenant: Tenant, form: Form) -> Grant:
    consumer = _proved(tenant, form)
    given = form.values.get("refresh_token", "")
    owner = tenant.consumers.refresh_owner(given)
    user = tenant.org.users.get(owner[1].lower()) if owner else None
    is_own = owner is not None and owner[0] is consumer and "refresh_token" in consumer.flows
    if user is None or not is_own:
        raise refused_grant("expired access/refresh token")
    renewed = tenant.consumers.rotate(given) if consumer.rotates_refresh_tokens else None
    return Grant(consumer, user, refresh_token=renewed)


def _password(tenant: Tenant, form: Form) -> Grant:
    consumer = _proved(tenant, form)
    if not tenant.org.settings.password_flow_enabled or "password" not in consumer.flows:
        raise refused_grant("authentication failure")
    try:
        user = tenant.desk.identify(
            form.values.get("username", ""), form.values.get("password", "")
        )
    except SalesforceError:
        raise refused_grant("authentication failure") from None
    consumer.check_approved(user)
    return Grant(consumer, user)


def _proved(tenant: Tenant, form: Form) -> Consumer:
    """The application of the form, which gave the right secret."""
    consumer = tenant.consumers.find(form.client_id)
    consumer.check_secret(form.client_secret)
    return consumer


def _is_at_login_host(tenant: Tenant, call: Call) -> bool:
    host = call.headers.get("host", "").rpartition(":")[0] or call.headers.get("host", "")
    return host.lower() in tenant.org.settings.login_hosts


def _basic(call: Call) -> tuple[str, str] | None:
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(key), unquote_plus(secret)


def _token_body(tenant: Tenant, grant: Grant, session: Session) -> dict[str, Any]:
    who = identity_url(tenant, grant.user)
    body = {
        "access_token": session.token,
        "scope": grant.consumer.scope,
        "instance_url": tenant.base_url,
        "id": who,
        "token_type": "Bearer",
    }
    if grant.is_signed:
        issued_at = str(int(tenant.org.clock.now().timestamp() * 1000))
        body |= {"issued_at": issued_at, "signature": _signature(grant.consumer, who + issued_at)}
    if grant.refresh_token:
        body["refresh_token"] = grant.refresh_token
    return body


def _signature(consumer: Consumer, signed: str) -> str:
    code = hmac.new(consumer.consumer_secret.encode(), signed.encode(), hashlib.sha256)
    return base64.b64encode(code.digest()).decode()


def _session_facts(tenant: Tenant, consumer: Consumer, session: Session) -> dict[str, Any]:
    ends = session.last_used + timedelta(seconds=tenant.org.settings.session_seconds)
    began = int(session.opened_at.timestamp())
    return {
        "active": True,
        "scope": consumer.scope,
        "client_id": consumer.consumer_key,
        "username": session.user.username,
        "sub": identity_url(tenant, session.user),
        "token_type": "access_token",
        "exp": int(ends.timestamp()),
        "iat": began,
        "nbf": began,
    }


def _refresh_facts(tenant: Tenant, owner: tuple[Consumer, str]) -> dict[str, Any]:
    consumer, username = owner
    user = tenant.org.users[username.lower()]
    return {
        "active": True,
        "scope": consumer.scope,
        "client_id": consumer.consumer_key,
        "username": user.username,
        "sub": identity_url(tenant, user),
        "token_type": "refresh_token",
    }


FLOWS: dict[str, Callable[[Tenant, Form], Grant]] = {
    "client_credentials": _client_credentials,
    JWT_BEARER: _jwt_bearer,
    "refresh_token": _refresh_token,
    "password": _password,
}
ENDPOINTS: dict[str, Callable[[Tenant, Call], Answer]] = {
    PREFIX + "token": token,
    PREFIX + "introspect": introspect,
    PREFIX + "revoke": revoke,
    PREFIX + "userinfo": userinfo,
}
