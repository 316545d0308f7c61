"""The SOAP API of a simulated org: the partner API, and of the enterprise API what has no records.

soap_envelope reads and writes envelopes · soap_arguments what each operation takes ·
soap_login sessions · soap_query, soap_records queries and records as XML ·
soap_values, soap_save, soap_results records that are sent and what became of them ·
soap_describe the schema · soap_replication what changed since.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from fulfillment_bridge.simulator import (
    soap_describe,
    soap_envelope,
    soap_login,
    soap_query,
    soap_replication,
    soap_save,
)
from fulfillment_bridge.simulator.call import XML_TYPE, Answer, Call
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.org import User
from fulfillment_bridge.simulator.sessions import Session, check_api_access
from fulfillment_bridge.simulator.soap_arguments import check_arguments
from fulfillment_bridge.simulator.soap_envelope import ClientFault, Envelope, element
from fulfillment_bridge.simulator.soap_request import Result, SoapRequest
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
NOT_AVAILABLE = "Operation not available or permitted"

Handler = Callable[[SoapRequest], Result]

# Their messages carry no records, so the enterprise API has them in the same form.
COMMON_OPERATIONS: dict[str, Handler] = {
    "logout": soap_login.logout,
    "getServerTimestamp": soap_login.get_server_timestamp,
    "getUserInfo": soap_login.get_user_info,
    "describeGlobal": soap_describe.describe_global,
    "describeSObject": soap_describe.describe_sobject,
    "describeSObjects": soap_describe.describe_sobjects,
    "getUpdated": soap_replication.get_updated,
    "getDeleted": soap_replication.get_deleted,
    "delete": soap_save.delete,
    "undelete": soap_save.undelete,
    "emptyRecycleBin": soap_save.empty_recycle_bin,
}
PARTNER_OPERATIONS: dict[str, Handler] = {
    "query": soap_query.query,
    "queryAll": soap_query.query_all,
    "queryMore": soap_query.query_more,
    "retrieve": soap_query.retrieve,
    "create": soap_save.create,
    "update": soap_save.update,
    "upsert": soap_save.upsert,
}
OPERATIONS = {"u": {**COMMON_OPERATIONS, **PARTNER_OPERATIONS}, "c": COMMON_OPERATIONS}
# A real org would do these; here they are refused with words a real org has, too.
_MISSING = """
    changeOwnPassword convertLead deleteByExample describeAllTabs describeAppMenu
    describeApprovalLayout describeAvailableQuickActions describeCompactLayouts
    describeDataCategoryGroupStructures describeDataCategoryGroups describeDataCategoryMappings
    describeGlobalTheme describeKnowledgeSettings describeLayout describeNouns
    describePathAssistants describePrimaryCompactLayouts describeQuickActions
    describeQuickActionsForRecordType describeSObjectListViews describeSearchLayouts
    describeSearchScopeOrder describeSearchableEntities describeSoftphoneLayout
    describeSoqlListViews describeTabs describeTheme describeVisualForce executeListView
    findDuplicates findDuplicatesByIds invalidateSessions merge performQuickActions process
    renderEmailTemplate renderStoredEmailTemplate resetPassword retrieveMassQuickActionTemplates
    retrieveQuickActionTemplates search sendEmail sendEmailMessage setPassword
"""
NOT_SIMULATED = frozenset(_MISSING.split())


@dataclass(frozen=True)
class Door:
    """Where a request came in: the org, the family of API and the version."""

    tenant: Tenant
    family: str
    version: int


@dataclass(frozen=True)
class Peek:
    """What the request log wants to know of a request; what is not in the body is empty."""

    operation: str | None = None
    username: str | None = None
    session_id: str | None = field(default=None, repr=False)
    client: str | None = None


def is_soap(call: Call) -> bool:
    """Whether the address belongs to the SOAP API."""
    return ADDRESS.fullmatch(call.path) is not None


def peek(call: Call) -> Peek:
    """Who wants what, as far as the body tells it."""
    if len(call.body) > LARGEST_PEEK:
        return Peek()
    try:
        envelope = soap_envelope.parse(call.body)
    except ClientFault:
        return Peek()
    return Peek(
        operation=envelope.operation,
        username=envelope.argument("username") if envelope.operation == "login" else None,
        session_id=envelope.header_value("SessionHeader", "sessionId"),
        client=envelope.header_value("CallOptions", "client"),
    )


def answer(tenant: Tenant, call: Call) -> Answer:
    """The answer to a SOAP call; every refusal is a fault with HTTP status 500."""
    match = ADDRESS.fullmatch(call.path)
    door = Door(tenant, *((match[1], int(match[2])) if match else ("u", 0)))
    try:
        if fault := _transport_fault(call):
            raise ClientFault(fault)
        envelope = soap_envelope.parse(call.body)
        _check(door, envelope)
        if envelope.operation == "login":
            return _login(door, envelope, size=len(call.body))
        return _run(
            SoapRequest(tenant, door.family, door.version, envelope, _session(door, envelope))
        )
    except ClientFault as error:
        return _refused(soap_envelope.client_fault(door.family, str(error)))
    except SalesforceError as error:
        return _refused(soap_envelope.fault(door.family, error.code, error.message))


def _transport_fault(call: Call) -> str | None:
    if call.method != "POST":
        return f"HTTP method {call.method} is not allowed"
    if call.content_type != "text/xml":
        return "content-type of the request should be text/xml"
    if "soapaction" not in call.headers:
        return "SOAPAction HTTP header missing"
    return None


def _check(door: Door, envelope: Envelope) -> None:
    """Refuse versions and operations that there are not."""
    if not OLDEST_VERSION <= door.version <= NEWEST_VERSION:
        raise SalesforceError("UNSUPPORTED_API_VERSION", BAD_VERSION)
    names = {"login", *OPERATIONS["u"], *NOT_SIMULATED}
    if envelope.operation not in names or envelope.namespace != _namespace(door):
        name = f"{{{envelope.namespace}}}{envelope.operation}"
        text = f"No operation available for request {name}, please check the WSDL for the service."
        raise ClientFault(text)
    check_arguments(envelope)


def _namespace(door: Door) -> str:
    return soap_envelope.NAMESPACES[door.family]


def _login(door: Door, envelope: Envelope, *, size: int) -> Answer:
    if door.version > LAST_LOGIN_VERSION:
        raise SalesforceError("UNSUPPORTED_API_VERSION", BAD_VERSION)
    if size > LARGEST_LOGIN:
        text = "The login request exceeds the largest size of 10 KB"
        raise SalesforceError("EXCEEDED_MAX_SIZE_REQUEST", text)
    user = door.tenant.desk.check(envelope.argument("username"), envelope.argument("password"))
    _charge(door.tenant, user)
    session = door.tenant.sessions.enter(user)
    result = soap_login.login_result(door.tenant, door.family, door.version, session)
    text = soap_envelope.answer(door.family, "login", result)
    return Answer(200, text=text, content_type=XML_TYPE, charged=1)


def _session(door: Door, envelope: Envelope) -> Session:
    token = envelope.header_value("SessionHeader", "sessionId")
    session = door.tenant.sessions.find(token)
    if session is None:
        digest = base64.b64encode(hashlib.sha256((token or "").encode()).digest()).decode()
        text = (
            "Invalid Session ID found in SessionHeader: Illegal Session. Session not found, "
            f"missing session hash: {digest}\n"
            "This error usually occurs after a session expires or a user logs out. "
            "[Decoder: DataInDbSessionKeyDecoder]"
        )
        raise SalesforceError("INVALID_SESSION_ID", text)
    check_api_access(door.tenant.org, session.user, soap=True)
    return session


def _charge(tenant: Tenant, user: User) -> None:
    if not tenant.charge(user):
        raise SalesforceError("REQUEST_LIMIT_EXCEEDED", LIMIT_REACHED)


def _run(request: SoapRequest) -> Answer:
    """The answer to somebody who is logged in. From here on a refusal costs a call, too."""
    _charge(request.tenant, request.user)
    try:
        return _done(request, _handler(request)(request))
    except ClientFault as error:
        return _refused(soap_envelope.client_fault(request.family, str(error)), charged=1)
    except SalesforceError as error:
        text = soap_envelope.fault(request.family, error.code, error.message, at_login=False)
        return _refused(text, charged=1)


def _handler(request: SoapRequest) -> Handler:
    handler = OPERATIONS[request.family].get(request.envelope.operation)
    if handler is None:
        raise SalesforceError("UNKNOWN_EXCEPTION", NOT_AVAILABLE)
    return handler


def _done(request: SoapRequest, result: Result) -> Answer:
    text = soap_envelope.answer(
        request.family,
        request.envelope.operation,
        result.xml,
        header=_limit_info(request.tenant),
        prefixes=result.prefixes,
    )
    return Answer(200, text=text, content_type=XML_TYPE, operations=result.operations, charged=1)


def _limit_info(tenant: Tenant) -> str:
    inner = (
        element("current", tenant.calls_used())
        + element("limit", tenant.org.settings.daily_api_limit)
        + element("type", "API REQUESTS")
    )
    return f"<LimitInfoHeader><limitInfo>{inner}</limitInfo></LimitInfoHeader>"


def _refused(text: str, *, charged: int = 0) -> Answer:
    return Answer(500, text=text, content_type=XML_TYPE, charged=charged)
