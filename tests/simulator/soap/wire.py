"""SOAP by hand: envelopes out, elements in, so that tests see what goes over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import requests
from lxml import etree

from tests.simulator.web_client import OrgClient

PARTNER = "{urn:partner.soap.sforce.com}"
RECORD = "{urn:sobject.partner.soap.sforce.com}"
FAULT = "{urn:fault.partner.soap.sforce.com}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


@dataclass(frozen=True)
class Reply:
    """An answer as it came, and its parts."""

    response: requests.Response

    @property
    def text(self) -> str:
        """The whole envelope."""
        return self.response.text

    @property
    def root(self) -> etree._Element:
        """The envelope, parsed."""
        return etree.fromstring(self.response.content)

    @property
    def results(self) -> list[etree._Element]:
        """The `result` elements of the answer; fails the test when it is a fault."""
        assert self.response.status_code == 200, self.text
        return self.root.findall(f".//{{*}}Body/{{*}}*/{PARTNER}result")

    @property
    def result(self) -> etree._Element:
        """The only result."""
        (found,) = self.results
        return found

    @property
    def records(self) -> list[etree._Element]:
        """The records of a query result."""
        return self.result.findall(f"{PARTNER}records")

    @property
    def fault(self) -> tuple[int, str, str]:
        """HTTP status, fault code and kind of fault; the kind is empty without a detail."""
        code = self.root.findtext(".//faultcode") or ""
        detail = self.root.find(".//detail")
        kind = "" if detail is None else names(detail)[0]
        return self.response.status_code, code, kind

    @property
    def message(self) -> str:
        """The text of a fault."""
        return self.root.findtext(".//faultstring") or ""


@dataclass(frozen=True)
class Wire:
    """A user's session, used by SOAP."""

    client: OrgClient
    version: str = "64.0"

    def call(self, operation: str, body: str = "", *, header: str = "", **where: Any) -> Reply:
        """Call an operation of the partner API; header and body are what goes inside."""
        session = escape(self.client.session_id)
        envelope = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns="urn:partner.soap.sforce.com" xmlns:r="urn:sobject.partner.soap.sforce.com" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Header>'
            f"<SessionHeader><sessionId>{session}</sessionId></SessionHeader>{header}</e:Header>"
            f"<e:Body><{operation}>{body}</{operation}></e:Body></e:Envelope>"
        )
        where = {"version": self.version, **where}
        return Reply(self.client.soap(envelope.encode(), **where))

    def query(self, soql: str, *, operation: str = "query", header: str = "") -> Reply:
        """Run a query."""
        text = f"<queryString>{escape(soql)}</queryString>"
        return self.call(operation, text, header=header)

    def create(self, *records: str, header: str = "") -> Reply:
        """Create records."""
        return self.call("create", "".join(records), header=header)


def record(type_name: str, *, inside: str = "", **fields: str | None) -> str:
    """An sObject of a request; None is sent as nil, `inside` is XML."""
    parts = [
        f'<r:{name} xsi:nil="true"/>' if value is None else f"<r:{name}>{escape(value)}</r:{name}>"
        for name, value in fields.items()
    ]
    return f"<sObjects><r:type>{type_name}</r:type>{''.join(parts)}{inside}</sObjects>"


def names(node: etree._Element) -> list[str]:
    """The names of an element's children, without namespaces."""
    return [etree.QName(child).localname for child in node]


def texts(node: etree._Element) -> list[tuple[str, str | None]]:
    """Names and texts of an element's children; nil has no text."""
    return [(etree.QName(child).localname, child.text) for child in node]


def told(node: etree._Element, name: str) -> str | None:
    """The text of a child, wherever its namespace."""
    return node.findtext(f"{{*}}{name}")


def xsi_type(node: etree._Element) -> str | None:
    """What the element says its type is."""
    return node.get(f"{XSI}type")
