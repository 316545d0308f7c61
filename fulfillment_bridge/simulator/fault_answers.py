"""What a client gets to read when a fault rule answers in place of the org."""

from __future__ import annotations

from fulfillment_bridge.simulator import soap, soap_envelope
from fulfillment_bridge.simulator.call import HTML_TYPE, XML_TYPE, Answer, Call
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.faults import Rule

UNAVAILABLE = (
    "<!DOCTYPE html><html><head><title>Service Unavailable</title></head><body><h1>Service "
    "Unavailable</h1><p>We are down for maintenance. Sorry for the inconvenience. We'll be back "
    "shortly.</p></body></html>"
)
_LIMIT = SalesforceError("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", http_status=403)
_MAINTENANCE = SalesforceError(
    "ORG_IN_MAINTENANCE", "The organization is being maintained. Try again later.", http_status=503
)
_UNKNOWN = (
    "An unexpected error occurred. Please include this ErrorId if you contact support: "
    "1234567890-12345 (-1234567890)"
)


def answer_of(rule: Rule, call: Call) -> Answer:
    """The answer that the rule's action stands for; in SOAP a refusal is a fault."""
    extra = {str(name): str(value) for name, value in (rule.settings.get("headers") or {}).items()}
    if rule.action == "request_limit":
        return _refusal(_LIMIT, call, extra)
    if rule.action == "maintenance":
        return _refusal(_MAINTENANCE, call, extra)
    if rule.action == "error":
        return _refusal(_error(rule), call, extra)
    return _page(rule, extra)


def _error(rule: Rule) -> SalesforceError:
    settings = rule.settings
    code = str(settings.get("code", "UNKNOWN_EXCEPTION"))
    message = str(settings.get("message", _UNKNOWN))
    usual = 500 if code == "UNKNOWN_EXCEPTION" else 400
    return SalesforceError(code, message, http_status=int(settings.get("status", usual)))


def _refusal(error: SalesforceError, call: Call, headers: dict[str, str]) -> Answer:
    if soap.is_soap(call):
        text = soap_envelope.fault("u", error.code, error.message)
        return Answer(500, text=text, content_type=XML_TYPE, headers=headers)
    return Answer(error.http_status, error.rest_body(), headers=headers)


def _page(rule: Rule, headers: dict[str, str]) -> Answer:
    """Any status with any body; 503 with Salesforce's page unless the rule says otherwise."""
    body, kind = rule.settings.get("body", ""), rule.settings.get("content_type")
    status = int(rule.settings.get("status", 503))
    if not body and status == 503 and kind is None:
        body = UNAVAILABLE
    if isinstance(body, str):
        return Answer(status, text=body, content_type=kind or HTML_TYPE, headers=headers)
    return Answer(status, body, headers=headers)
