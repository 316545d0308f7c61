"""The SOAP API of a simulated org: getting in and out, who am I, what time is it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from fulfillment_bridge.simulator import soap_envelope
from fulfillment_bridge.simulator.call import XML_TYPE, Answer, Call
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.org import User
from fulfillment_bridge.simulator.sessions import Session, check_api_access
from fulfillment_bridge.simulator.soap_envelope import BadEnvelope, Envelope, element
from fulfillment_bridge.simulator.tenant import Tenant

OLDEST_VERSION = 31
NEWEST_VERSION = 68
LAST_LOGIN_VERSION = 64
LARGEST_LOGIN = 10 * 1024
# Reading larger bodies just to know who calls would keep the event loop from others.
LARGEST_PEEK = 1024 * 1024
ADDRESS = re.compile(r"/services/Soap/([uc])/(\d+)(?:\.0)?(?:/\w*)?/?")
BAD_VERSION = "Invalid Api version specified on URL"
LIMIT_REACHED = "TotalRequests Limit exceeded."


@dataclass(frozen=True)
class SoapRequest:
    """An operation at the address of one API family and version."""

    tenant: Tenant
    family: str
    version: int
    envelope: Envelope


def is_soap(call: Call) -> bool:
    """Whether the address belongs to the SOAP API."""
    return ADDRESS.fullmatch(call.path) is not None


def peek(call: Call) -> tuple[str | None, str | None, str | None]:
    """User name at login, session id, and the client's name, as far as the body tells them."""
    if len(call.body) > LARGEST_PEEK:
        return None, None, None
    try:
        envelope = soap_envelope.parse(call.body)
    except BadEnvelope:
        return None, None, None
    username = envelope.argument("username") if envelope.operation == "login" else None
    session_id = envelope.header_value("SessionHeader", "sessionId")
    return username, session_id, envelope.header_value("CallOptions", "client")


def answer(tenant: Tenant, call: Call) -> Answer:
    """The answer to a SOAP call; every refusal is a fault with HTTP status 500."""
    match = ADDRESS.fullmatch(call.path)
    family, version = (match[1], int(match[2])) if match else ("u", 0)
    try:
        if fault := _transport_fault(call):
            return _refused(soap_envelope.client_fault(family, fault))
        envelope = soap_envelope.parse(call.body)
        return _run(SoapRequest(tenant, family, version, envelope), call)
    except BadEnvelope as error:
        return _refused(soap_envelope.client_fault(family, str(error)))
    except SalesforceError as error:
        return _refused(soap_envelope.fault(family, error.code, error.message))


def _transport_fault(call: Call) -> str | None:
    if call.method != "POST":
        return f"HTTP method {call.method} is not allowed"
    if "soapaction" not in call.headers:
        return "SOAPAction HTTP header missing"
    return None


def _run(request: SoapRequest, call: Call) -> Answer:
    envelope = request.envelope
    operation = OPERATIONS.get(envelope.operation)
    namespace = soap_envelope.NAMESPACES[request.family]
    if not OLDEST_VERSION <= request.version <= NEWEST_VERSION:
        raise SalesforceError("UNSUPPORTED_API_VERSION", BAD_VERSION)
    if operation is None or envelope.namespace != namespace:
        name = f"{{{envelope.namespace}}}{envelope.operation}"
        text = f"No operation available for request {name}, please check the WSDL for the service."
        return _refused(soap_envelope.client_fault(request.family, text))
    if envelope.operation == "login" and len(call.body) > LARGEST_LOGIN:
        text = "The login request exceeds the largest size of 10 KB"
        raise SalesforceError("EXCEEDED_MAX_SIZE_REQUEST", text)
    return operation(request)


def _login(request: SoapRequest) -> Answer:
    if request.version > LAST_LOGIN_VERSION:
        raise SalesforceError("UNSUPPORTED_API_VERSION", BAD_VERSION)
    username = request.envelope.argument("username")
    user = request.tenant.desk.check(username, request.envelope.argument("password"))
    _charge(request, user)
    session = request.tenant.sessions.enter(user)
    return _done(request, "login", f"<result>{_login_result(request, session)}</result>", header="")


def _login_result(request: SoapRequest, session: Session) -> str:
    org = request.tenant.org
    place = f"{request.version}.0/{org.organization_id[:15]}"
    base = f"{request.tenant.base_url}/services/Soap"
    return "".join(
        (
            element("metadataServerUrl", f"{base}/m/{place}"),
            element("passwordExpired", False),
            element("sandbox", org.settings.is_sandbox),
            element("serverUrl", f"{base}/{request.family}/{place}"),
            element("sessionId", session.token),
            element("userId", session.user.user_id),
            f"<userInfo>{_user_info(request.tenant, session.user)}</userInfo>",
        )
    )


def _user_info(tenant: Tenant, user: User) -> str:
    org = tenant.org
    values: tuple[tuple[str, str | bool | int | None], ...] = (
        ("accessibilityMode", False),
        ("chatterExternal", False),
        ("currencySymbol", "$"),
        ("orgAttachmentFileSizeLimit", 5242880),
        ("orgDefaultCurrencyIsoCode", "USD"),
        ("orgDefaultCurrencyLocale", "en_US"),
        ("orgDisallowHtmlAttachments", False),
        ("orgHasPersonAccounts", False),
        ("organizationId", org.organization_id),
        ("organizationMultiCurrency", False),
        ("organizationName", org.label),
        ("profileId", user.profile_id),
        ("roleId", None),
        ("sessionSecondsValid", org.settings.session_seconds),
        ("userDefaultCurrencyIsoCode", None),
        ("userEmail", user.email),
        ("userFullName", user.full_name),
        ("userId", user.user_id),
        ("userLanguage", "en_US"),
        ("userLocale", "en_US"),
        ("userName", user.username),
        ("userTimeZone", "America/Los_Angeles"),
        ("userType", "Standard"),
        ("userUiSkin", "Theme3"),
    )
    return "".join(element(name, value) for name, value in values)


def _logout(request: SoapRequest) -> Answer:
    session = _session(request)
    _charge(request, session.user)
    request.tenant.sessions.close(session.token)
    return _done(request, "logout", "")


def _get_server_timestamp(request: SoapRequest) -> Answer:
    _charge(request, _session(request).user)
    now = request.tenant.org.clock.now()
    stamp = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"
    result = f"<result>{element('timestamp', stamp)}</result>"
    return _done(request, "getServerTimestamp", result)


def _get_user_info(request: SoapRequest) -> Answer:
    user = _session(request).user
    _charge(request, user)
    result = f"<result>{_user_info(request.tenant, user)}</result>"
    return _done(request, "getUserInfo", result)


def _session(request: SoapRequest) -> Session:
    token = request.envelope.header_value("SessionHeader", "sessionId")
    session = request.tenant.sessions.find(token)
    if session is None:
        digest = base64.b64encode(hashlib.sha256((token or "").encode()).digest()).decode()
        text = (
            "Invalid Session ID found in SessionHeader: Illegal Session. Session not found, "
            f"missing session hash: {digest}\n"
            "This error usually occurs after a session expires or a user logs out. "
            "[Decoder: DataInDbSessionKeyDecoder]"
        )
        raise SalesforceError("INVALID_SESSION_ID", text)
    check_api_access(request.tenant.org, session.user, soap=True)
    return session


def _charge(request: SoapRequest, user: User) -> None:
    if not request.tenant.charge(user):
        raise SalesforceError("REQUEST_LIMIT_EXCEEDED", LIMIT_REACHED)


def _done(
    request: SoapRequest, operation: str, result: str, *, header: str | None = None
) -> Answer:
    head = _limit_info(request.tenant) if header is None else header
    text = soap_envelope.answer(request.family, operation, result, header=head)
    return Answer(200, text=text, content_type=XML_TYPE, charged=1)


def _limit_info(tenant: Tenant) -> str:
    inner = (
        element("current", tenant.calls_used())
        + element("limit", tenant.org.settings.daily_api_limit)
        + element("type", "API REQUESTS")
    )
    return f"<LimitInfoHeader><limitInfo>{inner}</limitInfo></LimitInfoHeader>"


def _refused(text: str) -> Answer:
    return Answer(500, text=text, content_type=XML_TYPE)


OPERATIONS: dict[str, Callable[[SoapRequest], Answer]] = {
    "login": _login,
    "logout": _logout,
    "getServerTimestamp": _get_server_timestamp,
    "getUserInfo": _get_user_info,
}
