"""SOAP envelopes: read with suspicion, written as Salesforce writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SCHEMA = "http://www.w3.org/2001/XMLSchema"
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
NIL = f"{{{SCHEMA_INSTANCE}}}nil"
NAMESPACES = {"u": "urn:partner.soap.sforce.com", "c": "urn:enterprise.soap.sforce.com"}
RECORD_NAMESPACE = "urn:sobject.partner.soap.sforce.com"
FAULT_NAMESPACES = {
    "u": "urn:fault.partner.soap.sforce.com",
    "c": "urn:fault.enterprise.soap.sforce.com",
}
PREFIXES = {"sf": RECORD_NAMESPACE, "xsd": SCHEMA}
LOGIN_FAULTS = frozenset(
    {
        "INVALID_LOGIN",
        "INVALID_OPERATION",
        "INSUFFICIENT_ACCESS",
        "LOGIN_MUST_USE_SECURITY_TOKEN",
        "PASSWORD_LOCKOUT",
    }
)
# These say where in the query the fault lies; outside of queries, with -1 for both.
PLACED_FAULTS = {
    "INVALID_FIELD": "InvalidFieldFault",
    "INVALID_TYPE": "InvalidSObjectFault",
    "MALFORMED_QUERY": "MalformedQueryFault",
}
PLAIN_FAULTS = {
    "INVALID_QUERY_LOCATOR": "InvalidQueryLocatorFault",
    "INVALID_ID_FIELD": "InvalidIdFault",
    "MALFORMED_ID": "InvalidIdFault",
}
_PLACE = re.compile(r"^ERROR at Row:(\d+):Column:(\d+)$", re.M)
_QUOTES = {'"': "&quot;", "'": "&apos;"}
# XML 1.0 has no way to write these at all.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class ClientFault(Exception):
    """The body is no SOAP request Salesforce could read; the text says why, in its words."""


@dataclass(frozen=True)
class Envelope:
    """One operation with its arguments and headers."""

    operation: str
    namespace: str
    body: etree._Element
    header: etree._Element | None

    def argument(self, name: str) -> str:
        """The text of a direct child of the operation; empty when there is none."""
        return child_text(self.body, name)

    def elements(self, name: str) -> list[etree._Element]:
        """The direct children of the operation with this name."""
        return [child for child in self.body if local_name(child) == name]

    def arguments(self, name: str) -> list[str]:
        """The texts of the direct children with this name."""
        return [(child.text or "").strip() for child in self.elements(name)]

    def header_value(self, header: str, name: str) -> str | None:
        """A value inside a SOAP header, such as SessionHeader's sessionId."""
        if self.header is not None:
            for element in self.header:
                if local_name(element) == header:
                    return child_text(element, name) or None
        return None

    def header_flag(self, header: str, name: str) -> bool:
        """A yes or no inside a SOAP header; no when it is not there."""
        return (self.header_value(header, name) or "").strip() in ("true", "1")


def parse(body: bytes) -> Envelope:
    """The request in these bytes; raises ClientFault. Document types are refused."""
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise ClientFault("Content is not allowed in prolog.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise ClientFault("DOCTYPE is disallowed")
    if root.tag != f"{{{SOAP}}}Envelope":
        raise ClientFault("expected a SOAP 1.1 envelope")
    found = root.find(f"{{{SOAP}}}Body")
    if found is None or len(found) != 1:
        raise ClientFault("expected one element in the SOAP body")
    name = etree.QName(found[0])
    header = root.find(f"{{{SOAP}}}Header")
    return Envelope(name.localname, name.namespace or "", found[0], header)


def answer(
    family: str, operation: str, result: str, *, header: str = "", prefixes: tuple[str, ...] = ()
) -> str:
    """The envelope of a successful answer; `result` is XML already and uses these prefixes."""
    head = f"<soapenv:Header>{header}</soapenv:Header>" if header else ""
    more = "".join(f' xmlns:{prefix}="{PREFIXES[prefix]}"' for prefix in prefixes)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="{SOAP}" xmlns="{NAMESPACES[family]}" '
        f'xmlns:xsi="{SCHEMA_INSTANCE}"{more}>{head}<soapenv:Body>'
        f"<{operation}Response>{result}</{operation}Response>"
        "</soapenv:Body></soapenv:Envelope>"
    )


def fault(family: str, code: str, message: str, *, at_login: bool = True) -> str:
    """The envelope of a refusal by the API, with the code in three places.

    Some codes mean a LoginFault at login only; elsewhere nobody expects one.
    """
    kind = _fault_kind(code, at_login=at_login)
    place = _place(message) if code in PLACED_FAULTS else ""
    detail = (
        f'<sf:{kind} xsi:type="sf:{kind}">'
        f"<sf:exceptionCode>{written(code)}</sf:exceptionCode>"
        f"<sf:exceptionMessage>{written(message)}</sf:exceptionMessage>"
        f"{place}</sf:{kind}>"
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
    return f"<{name}>{written(text)}</{name}>"


def written(text: str) -> str:
    """The text as it stands between tags; what XML cannot hold is left out."""
    return escape(_UNWRITABLE.sub("", text), _QUOTES)


def local_name(node: etree._Element) -> str:
    """The name of an element without its namespace."""
    return etree.QName(node).localname


def child_text(parent: etree._Element, name: str) -> str:
    """The text of the first child of this name; empty when there is none."""
    for child in parent:
        if local_name(child) == name:
            return child.text or ""
    return ""


def _fault_kind(code: str, *, at_login: bool) -> str:
    if at_login and code in LOGIN_FAULTS:
        return "LoginFault"
    return PLACED_FAULTS.get(code) or PLAIN_FAULTS.get(code) or "UnexpectedErrorFault"


def _place(message: str) -> str:
    found = _PLACE.search(message)
    row, column = found.groups() if found else ("-1", "-1")
    return f"<sf:row>{row}</sf:row><sf:column>{column}</sf:column>"


def _fault(family: str, code: str, text: str, detail: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="{SOAP}" xmlns:sf="{FAULT_NAMESPACES[family]}" '
        f'xmlns:xsi="{SCHEMA_INSTANCE}"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>{written(code)}</faultcode><faultstring>{written(text)}</faultstring>{detail}"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
