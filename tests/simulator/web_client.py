"""Plain HTTP clients of the simulator, so that tests see what goes over the wire."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import requests

from fulfillment_bridge.simulator.server import OrgHandle

VERSION = "62.0"
TIMEOUT = 30


def login_envelope(username: str, password: str, *, client: str | None = None) -> bytes:
    """A SOAP login as the partner WSDL describes it."""
    options = f"<u:CallOptions><u:client>{client}</u:client></u:CallOptions>" if client else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
        f'xmlns:u="urn:partner.soap.sforce.com"><e:Header>{options}</e:Header><e:Body><u:login>'
        f"<u:username>{escape(username)}</u:username><u:password>{escape(password)}</u:password>"
        "</u:login></e:Body></e:Envelope>"
    ).encode()


def session_envelope(operation: str, session_id: str) -> bytes:
    """A SOAP call without arguments, with a session."""
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:u="urn:partner.soap.sforce.com"><e:Header><u:SessionHeader><u:sessionId>'
        f"{escape(session_id)}</u:sessionId></u:SessionHeader></e:Header>"
        f"<e:Body><u:{operation}/></e:Body></e:Envelope>"
    ).encode()


def fault_code(response: requests.Response) -> str:
    """The faultcode of a SOAP answer."""
    found = re.search(r"<faultcode>([^<]*)</faultcode>", response.text)
    return found[1] if found else ""


class OrgClient:
    """One user of an org with a session of plain requests."""

    def __init__(self, org: OrgHandle, *, as_admin: bool = False) -> None:
        self.org = org
        self.base_url = org.base_url
        self.username = org.admin_username if as_admin else org.username
        self.password = org.admin_password if as_admin else org.password
        self.security_token = org.admin_security_token if as_admin else org.security_token
        self.session_id = ""
        self.http = requests.Session()
        self.http.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.http.close()

    def login(self) -> str:
        """Log in by SOAP; the session id."""
        response = self.soap(
            login_envelope(self.username, self.password + self.security_token, client="tests")
        )
        found = re.search(r"<sessionId>([^<]*)</sessionId>", response.text)
        assert found, response.text
        self.session_id = found[1]
        self.http.headers["Authorization"] = f"Bearer {self.session_id}"
        return self.session_id

    def soap(
        self, body: bytes, *, version: str = "64.0", family: str = "u", action: str | None = '""'
    ) -> requests.Response:
        """Post an envelope."""
        headers = {"Content-Type": "text/xml; charset=UTF-8"}
        if action is not None:
            headers["SOAPAction"] = action
        url = f"{self.base_url}/services/Soap/{family}/{version}"
        return self.http.post(url, data=body, headers=headers, timeout=TIMEOUT)

    def call(
        self, method: str, path: str, *, version: str = VERSION, **settings: Any
    ) -> requests.Response:
        """Call a resource of a version of the REST API."""
        url = f"{self.base_url}/services/data/v{version}/{path.lstrip('/')}"
        return self.http.request(method, url, timeout=TIMEOUT, **settings)

    def get(self, path: str, **settings: Any) -> requests.Response:
        """GET a resource."""
        return self.call("GET", path, **settings)

    def post(self, path: str, body: Any, **settings: Any) -> requests.Response:
        """POST JSON to a resource."""
        return self.call("POST", path, json=body, **settings)

    def patch(self, path: str, body: Any, **settings: Any) -> requests.Response:
        """PATCH a resource with JSON."""
        return self.call("PATCH", path, json=body, **settings)

    def query(self, soql: str, **settings: Any) -> requests.Response:
        """Run a query."""
        return self.get("query/?" + urlencode({"q": soql}), **settings)

    def create(self, object_name: str, **values: Any) -> str:
        """Create a record; its id."""
        response = self.post(f"sobjects/{object_name}", values)
        assert response.status_code == 201, response.text
        return str(response.json()["id"])


class ControlClient:
    """The control address of a simulator."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.rule_ids: list[int] = []
        self.http = requests.Session()
        self.http.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.http.close()

    def get(self, path: str, /, **query: Any) -> Any:
        """GET and parse; fails the test unless it worked."""
        response = self.http.get(self.url + path, params=query, timeout=TIMEOUT)
        assert response.ok, response.text
        return response.json()

    def post(self, path: str, body: Any = None) -> Any:
        """POST and parse; fails the test unless it worked."""
        response = self.http.post(self.url + path, json=body or {}, timeout=TIMEOUT)
        assert response.ok, response.text
        return response.json()

    def delete(self, path: str) -> None:
        """DELETE; fails the test unless it worked."""
        response = self.http.delete(self.url + path, timeout=TIMEOUT)
        assert response.ok, response.text

    def rule(self, **settings: Any) -> int:
        """Put a fault rule in force; its number."""
        rule_id = int(self.post("/rules", settings)["id"])
        self.rule_ids.append(rule_id)
        return rule_id
