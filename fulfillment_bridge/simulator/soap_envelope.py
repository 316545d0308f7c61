"""SOAP envelopes: read with suspicion, written as Salesforce writes them."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
NAMESPACES = {"u": "urn:partner.soap.sforce.com", "c": "urn:enterprise.soap.sforce.com"}
FAULT_NAMESPACES = {
    "u": "urn:fault.partner.soap.sforce.com",
    "c": "urn:fault.enterprise.soap.sforce.com",
}
LOGIN_FAULTS = frozenset(
    {
        "INVALID_LOGIN",
        "INVALID_OPERATION",
        "INSUFFICIENT_ACCESS",
        "LOGIN_MUST_USE_SECURITY_TOKEN",
        "PASSWORD_LOCKOUT",
    }
)


class BadEnvelope(Exception):
    """The body is no SOAP request; the text says why, as Salesforce would."""


@dataclass(frozen=True)
class Envelope:
    """One operation with its arguments and headers."""

    operation: str
    namespace: str
    body: etree._Element
    header: etree._Element | None

    def argument(self, name: str) -> str:
        """The text of a direct child of the operation; empty when there is none."""
        return _child_text(self.body, name)

    def header_value(self, header: str, name: str) -> str | None:
        """A value inside a SOAP header, such as SessionHeader's sessionId."""
        if self.header is not None:
            for element in self.header:
                if _local_name(element) == header:
                    return _child_text(element, name) or None
        return None


def parse(body: bytes) -> Envelope:
    """The request in these bytes; raises BadEnvelope. Document types are refused."""
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise BadEnvelope("Content is not allowed in prolog.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadEnvelope("DOCTYPE is disallowed")
    if root.tag != f"{{{SOAP}}}Envelope":
        raise BadEnvelope("expected a SOAP 1.1 envelope")
    found = root.find(f"{{{SOAP}}}Body")
    if found is None or len(found) != 1:
        raise BadEnvelope("expected one element in the SOAP body")
    name = etree.QName(found[0])
    header = root.find(f"{{{SOAP}}}Header")
    return Envelope(name.localname, name.namespace or "", found[0], header)


def answer(family: str, operation: str, result: str, *, header: str = "") -> str:
    """The envelope of a successful answer; `result` is XML already."""
    head = f"<soapenv:Header>{header}</soapenv:Header>" if header else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="{SOAP}" xmlns="{NAMESPACES[family]}" '
        f'xmlns:xsi="{SCHEMA_INSTANCE}">{head}<soapenv:Body>'
        f"<{operation}Response>{result}</{operation}Response>"
        "</soapenv:Body></soapenv:Envelope>"
    )


def fault(family: str, code: str, message: str) -> str:
    """The envelope of a refusal by the API, with the code in three places."""
    kind = "LoginFault" if code in LOGIN_FAULTS else "UnexpectedErrorFault"
    detail = (
        f'<sf:{kind} xsi:type="sf:{kind}">'
        f"<sf:exceptionCode>{escape(code)}</sf:exceptionCode>"
        f"<sf:exceptionMessage>{escape(message)}</sf:exceptionMessage>"
        f"</sf:{kind}>"
    )
    return _fault(family, f"sf:{code}", f"{code}: {message}", f"<detail>{detail}</detail>")


def client_fault(family: str, message: str) -> str:
    """The envelope of a refusal by the SOAP machinery: the request itself is wrong."""
    return _fault(family, "soapenv:Client", message, "")


def element(name: str, value: str | bool | int | None) -> str:
    """One element with its text; None is nil."""
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(text)}</{name}>"


def _fault(family: str, code: str, text: str, detail: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="{SOAP}" xmlns:sf="{FAULT_NAMESPACES[family]}" '
        f'xmlns:xsi="{SCHEMA_INSTANCE}"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>{escape(code)}</faultcode><faultstring>{escape(text)}</faultstring>{detail}"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )


def _local_name(node: etree._Element) -> str:
    return etree.QName(node).localname


def _child_text(parent: etree._Element, name: str) -> str:
    for child in parent:
        if _local_name(child) == name:
            return child.text or ""
    return ""
