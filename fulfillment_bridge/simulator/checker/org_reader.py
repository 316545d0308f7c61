"""Reading an org as the merchant's administrator: raw SOAP login, then REST queries."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import requests

VERSION = "64.0"
SECONDS = 120
LOGIN = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    '<login xmlns="urn:partner.soap.sforce.com"><username>{}</username><password>{}</password>'
    "</login></e:Body></e:Envelope>"
)
SESSION = re.compile("<sessionId>([^<]+)</sessionId>")

Record = dict[str, Any]


class Unreadable(Exception):
    """An org or the warehouse did not answer as it should; nothing can be compared."""


class OrgReader:
    """Queries of one org; ``endpoint`` is an org of the simulator's ready line."""

    def __init__(self, endpoint: Mapping[str, Any]) -> None:
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.verify = endpoint.get("ca_file") or True
        self._base_url = str(endpoint["base_url"]).rstrip("/")
        self._http.headers["Authorization"] = f"Bearer {self._log_in(endpoint)}"

    def __enter__(self) -> OrgReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def query(self, soql: str) -> list[Record]:
        """All records of a query, each flat: a parent's field stands under its dotted path."""
        url = f"{self._base_url}/services/data/v{VERSION}/query"
        answer = self._get(url, params={"q": soql})
        records: list[Record] = answer["records"]
        while not answer["done"]:
            answer = self._get(f"{self._base_url}{answer['nextRecordsUrl']}")
            records += answer["records"]
        return [_flat(record) for record in records]

    def _get(self, url: str, **arguments: Any) -> Any:
        answer = self._http.get(url, timeout=SECONDS, **arguments)
        if not answer.ok:
            raise Unreadable(f"{url}: {answer.status_code} {answer.text[:300]}")
        return answer.json()

    def _log_in(self, endpoint: Mapping[str, Any]) -> str:
        password = f"{endpoint['admin_password']}{endpoint['admin_security_token']}"
        username = endpoint["admin_username"]
        answer = self._http.post(
            f"{self._base_url}/services/Soap/u/{VERSION}",
            data=LOGIN.format(html.escape(username), html.escape(password)).encode(),
            headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'},
            timeout=SECONDS,
        )
        session = SESSION.search(answer.text)
        if session is None:
            raise Unreadable(f"no login as {username}: {answer.status_code}")
        return html.unescape(session[1])


def _flat(record: Record, prefix: str = "") -> Record:
    flat: Record = {}
    for name, value in record.items():
        if isinstance(value, dict) and name != "attributes":
            flat |= _flat(value, f"{prefix}{name}.")
        elif name != "attributes":
            flat[f"{prefix}{name}"] = value
    return flat
