"""SOAP: getting in and out, who am I, what time is it."""

from __future__ import annotations

from datetime import datetime

from fulfillment_bridge.simulator.org import User
from fulfillment_bridge.simulator.sessions import Session
from fulfillment_bridge.simulator.soap_envelope import element
from fulfillment_bridge.simulator.soap_request import Result, SoapRequest
from fulfillment_bridge.simulator.tenant import Tenant

# Answers of older versions lack these.
FIRST_VERSION = {"chatterExternal": 40, "orgDefaultCurrencyLocale": 38}
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


def login_result(tenant: Tenant, family: str, version: int, session: Session) -> str:
    """The result of a login."""
    place = f"{version}.0/{tenant.org.organization_id[:15]}"
    base = f"{tenant.base_url}/services/Soap"
    inner = "".join(
        (
            element("metadataServerUrl", f"{base}/m/{place}"),
            element("passwordExpired", False),
            element("sandbox", tenant.org.settings.is_sandbox),
            element("serverUrl", f"{base}/{family}/{place}"),
            element("sessionId", session.token),
            element("userId", session.user.user_id),
            f"<userInfo>{_user_info(tenant, session.user, version)}</userInfo>",
        )
    )
    return f"<result>{inner}</result>"


def logout(request: SoapRequest) -> Result:
    """End the session, for every client that shares it."""
    request.tenant.sessions.close(request.session.token)
    return Result("")


def get_server_timestamp(request: SoapRequest) -> Result:
    """The org's time."""
    return Result(f"<result>{element('timestamp', instant(request.org.clock.now()))}</result>")


def get_user_info(request: SoapRequest) -> Result:
    """Who calls, and in which org."""
    return Result(f"<result>{_user_info(request.tenant, request.user, request.version)}</result>")


def instant(moment: datetime) -> str:
    """A moment as SOAP writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _user_info(tenant: Tenant, user: User, version: int) -> str:
    return "".join(
        element(name, value)
        for name, value in _user_values(tenant, user)
        if version >= FIRST_VERSION.get(name, 0)
    )


def _user_values(tenant: Tenant, user: User) -> tuple[tuple[str, str | bool | int | None], ...]:
    org = tenant.org
    account, corporate = org.schema.get("Account"), org.schema.currencies.corporate
    many_currencies = bool(account and account.field("CurrencyIsoCode"))
    only_currency = None if many_currencies else corporate
    return (
        ("accessibilityMode", False),
        ("chatterExternal", False),
        ("currencySymbol", only_currency and SYMBOLS.get(only_currency, only_currency)),
        ("orgAttachmentFileSizeLimit", 5242880),
        ("orgDefaultCurrencyIsoCode", only_currency),
        ("orgDefaultCurrencyLocale", only_currency and "en_US"),
        ("orgDisallowHtmlAttachments", False),
        ("orgHasPersonAccounts", bool(account and account.field("IsPersonAccount"))),
        ("organizationId", org.organization_id),
        ("organizationMultiCurrency", many_currencies),
        ("organizationName", org.label),
        ("profileId", user.profile_id),
        ("roleId", None),
        ("sessionSecondsValid", org.settings.session_seconds),
        ("userDefaultCurrencyIsoCode", (user.currency or corporate) if many_currencies else None),
        ("userEmail", user.email),
        ("userFullName", user.full_name),
        ("userId", user.user_id),
        ("userLanguage", "en_US"),
        ("userLocale", "en_US"),
        ("userName", user.username),
        ("userTimeZone", user.time_zone),
        ("userType", "Standard"),
        ("userUiSkin", "Theme3"),
    )
