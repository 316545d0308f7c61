"""The Salesforce API as a merchant's administrator uses it: SOAP login, then REST."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any
from xml.sax.saxutils import escape

import requests
from lxml import etree

VERSION = "64.0"
CHUNK = 200
SECONDS = 120
LOGIN = """<?xml version="1.0" encoding="utf-8"?>
<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>
<login xmlns="urn:partner.soap.sforce.com"><username>{username}</username>
<password>{password}</password></login></env:Body></env:Envelope>"""
PARTNER = "{urn:partner.soap.sforce.com}"

Record = dict[str, Any]


class MerchantError(Exception):
    """The org refused what a merchant wanted; the text is the org's."""


class AdminApi:
    """One session of a merchant's administrator; ``endpoint`` is an org of the ready line."""

    def __init__(self, endpoint: Mapping[str, Any]) -> None:
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.verify = endpoint.get("ca_file") or True
        self._base_url = str(endpoint["base_url"]).rstrip("/")
        self._http.headers["Authorization"] = f"Bearer {self._log_in(endpoint)}"

    def __enter__(self) -> AdminApi:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def query(self, soql: str) -> list[Record]:
        """All records of a query, to the last page."""
        path = f"/services/data/v{VERSION}/query"
        answer = self._call("GET", path, params={"q": soql})
        records: list[Record] = answer["records"]
        while not answer["done"]:
            answer = self._call("GET", answer["nextRecordsUrl"])
            records += answer["records"]
        return records

    def create(self, object_name: str, rows: Sequence[Record]) -> list[str]:
        """Create the records; their ids in the same order."""
        ids: list[str] = []
        for chunk in _chunks(rows):
            results = self._collection("POST", object_name, chunk)
            ids += [result["id"] for result in results]
        return ids

    def update(self, object_name: str, rows: Sequence[Record]) -> None:
        """Change the records; each row has its Id."""
        for chunk in _chunks(rows):
            self._collection("PATCH", object_name, chunk)

    def _collection(self, method: str, object_name: str, rows: Sequence[Record]) -> list[Record]:
        records = [{"attributes": {"type": object_name}, **row} for row in rows]
        body = {"allOrNone": True, "records": records}
        path = f"/services/data/v{VERSION}/composite/sobjects"
        results: list[Record] = self._call(method, path, json=body)
        refused = [result["errors"] for result in results if not result["success"]]
        if refused:
            raise MerchantError(f"{method} {object_name}: {refused[:3]}")
        return results

    def _call(self, method: str, path: str, **arguments: Any) -> Any:
        url = f"{self._base_url}{path}"
        answer = self._http.request(method, url, timeout=SECONDS, **arguments)
        if not answer.ok:
            raise MerchantError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def _log_in(self, endpoint: Mapping[str, Any]) -> str:
        password = f"{endpoint['admin_password']}{endpoint['admin_security_token']}"
        body = LOGIN.format(username=escape(endpoint["admin_username"]), password=escape(password))
        answer = self._http.post(
            f"{self._base_url}/services/Soap/u/{VERSION}",
            data=body.encode(),
            headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'},
            timeout=SECONDS,
        )
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        session = etree.fromstring(answer.content, parser).findtext(f".//{PARTNER}sessionId")
        if not answer.ok or not session:
            raise MerchantError(f"no login for {endpoint['admin_username']}: {answer.status_code}")
        return session


def _chunks(rows: Sequence[Record]) -> Iterator[Sequence[Record]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
