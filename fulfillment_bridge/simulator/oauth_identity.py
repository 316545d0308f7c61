"""Who a token belongs to: userinfo and the identity address."""

from __future__ import annotations

from typing import Any

from fulfillment_bridge.simulator.call import Answer, Call
from fulfillment_bridge.simulator.ids import normalized
from fulfillment_bridge.simulator.org import User
from fulfillment_bridge.simulator.tenant import Tenant

NEWEST_VERSION = "68.0"
UTC_OFFSET_MILLISECONDS = -28_800_000
EMPTY_ADDRESS = ("street", "city", "state", "country", "zip")


def identity_url(tenant: Tenant, user: User) -> str:
    """The address that identifies a user, at the org's own host."""
    return f"{tenant.base_url}/id/{tenant.org.organization_id}/{user.user_id}"


def userinfo(tenant: Tenant, call: Call) -> Answer:
    """The claims about the user of the token; 403 without one."""
    user = _caller(tenant, call)
    if isinstance(user, Answer):
        return user
    first, _, last = user.full_name.rpartition(" ")
    photos = _photos(tenant)
    body = {
        "sub": identity_url(tenant, user),
        "user_id": user.user_id,
        "organization_id": tenant.org.organization_id,
        "preferred_username": user.username,
        "nickname": user.username.partition("@")[0],
        "name": user.full_name,
        "email": user.email,
        "email_verified": True,
        "given_name": first or None,
        "family_name": last,
        "zoneinfo": user.time_zone,
        "photos": photos,
        "profile": f"{tenant.base_url}/{user.user_id}",
        "picture": photos["picture"],
        "address": {},
        "urls": _urls(tenant, user, "{version}"),
        "active": user.is_active,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": UTC_OFFSET_MILLISECONDS,
        "updated_at": _changed_at(tenant, user),
    }
    return Answer(200, body)


def identity(tenant: Tenant, call: Call) -> Answer:
    """The answer at /id/ORGANIZATION/USER: that user, for itself or an administrator."""
    caller = _caller(tenant, call)
    if isinstance(caller, Answer):
        return caller
    _, organization_id, user_id = call.segments
    if normalized(organization_id) != normalized(tenant.org.organization_id):
        return _refused(403, "Wrong_Org")
    wanted = normalized(user_id)
    user = next((each for each in tenant.org.users.values() if each.user_id == wanted), None)
    if user is None or not (user is caller or caller.is_admin):
        return _refused(404, "Bad_Id")
    if not user.is_active:
        return _refused(404, "Inactive")
    return Answer(200, _identity_body(tenant, user, _version(call), is_self=user is caller))


def _identity_body(tenant: Tenant, user: User, version: str, *, is_self: bool) -> dict[str, Any]:
    first, _, last = user.full_name.rpartition(" ")
    photos = _photos(tenant)
    return {
        "id": identity_url(tenant, user),
        "asserted_user": is_self,
        "user_id": user.user_id,
        "organization_id": tenant.org.organization_id,
        "username": user.username,
        "nick_name": user.username.partition("@")[0],
        "display_name": user.full_name,
        "email": user.email,
        "email_verified": True,
        "first_name": first or None,
        "last_name": last,
        "timezone": user.time_zone,
        "photos": photos,
        **{f"addr_{part}": None for part in EMPTY_ADDRESS},
        "mobile_phone": None,
        "mobile_phone_verified": False,
        "is_lightning_login_user": False,
        "status": {"created_date": None, "body": None},
        "urls": _urls(tenant, user, version),
        "active": user.is_active,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": UTC_OFFSET_MILLISECONDS,
        "last_modified_date": _changed_at(tenant, user),
        "is_app_installed": True,
    }


def _caller(tenant: Tenant, call: Call) -> User | Answer:
    """The user of the token in the header or the address."""
    token = call.bearer or call.query.get("oauth_token") or call.query.get("access_token")
    if token is None:
        return _refused(403, "Missing_OAuth_Token")
    session = tenant.sessions.find(token)
    return _refused(403, "Bad_OAuth_Token") if session is None else session.user


def _refused(status: int, reason: str) -> Answer:
    return Answer(status, text=reason, content_type="text/html;charset=UTF-8")


def _version(call: Call) -> str:
    wanted = call.query.get("version", "{version}")
    return NEWEST_VERSION if wanted == "latest" else wanted


def _changed_at(tenant: Tenant, user: User) -> str:
    soql = f"SELECT LastModifiedDate FROM User WHERE Id = '{user.user_id}'"  # noqa: S608
    admin = tenant.admin_user
    return str(tenant.org.query(admin, soql).records[0]["LastModifiedDate"])


def _photos(tenant: Tenant) -> dict[str, str]:
    return {
        "picture": f"{tenant.base_url}/profilephoto/005/F",
        "thumbnail": f"{tenant.base_url}/profilephoto/005/T",
    }


def _urls(tenant: Tenant, user: User, version: str) -> dict[str, str]:
    """Where the org's APIs are; `{version}` stands for the version unless one was asked for."""
    base, short = tenant.base_url, tenant.org.organization_id[:15]
    rest = f"{base}/services/data/v{version}"
    return {
        "enterprise": f"{base}/services/Soap/c/{version}/{short}",
        "metadata": f"{base}/services/Soap/m/{version}/{short}",
        "partner": f"{base}/services/Soap/u/{version}/{short}",
        "rest": f"{rest}/",
        "sobjects": f"{rest}/sobjects/",
        "search": f"{rest}/search/",
        "query": f"{rest}/query/",
        "recent": f"{rest}/recent/",
        "tooling_soap": f"{base}/services/Soap/T/{version}/{short}",
        "tooling_rest": f"{rest}/tooling/",
        "profile": f"{base}/{user.user_id}",
        "feeds": f"{rest}/chatter/feeds",
        "groups": f"{rest}/chatter/groups",
        "users": f"{rest}/chatter/users",
        "feed_items": f"{rest}/chatter/feed-items",
        "feed_elements": f"{rest}/chatter/feed-elements",
        "custom_domain": base,
    }
