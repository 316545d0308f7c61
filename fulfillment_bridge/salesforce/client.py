"""One call to an org through simple-salesforce, and its answer or one of our errors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from fulfillment_bridge.errors import BridgeError, OutcomeUnknown
from fulfillment_bridge.salesforce import faults
from fulfillment_bridge.salesforce.json_text import dumps
from fulfillment_bridge.salesforce.login import LoginResult
from fulfillment_bridge.salesforce.transport import Timeout

CLIENT_NAME = "fulfillment_bridge"
_AMBIGUOUS = frozenset({500, 502, 504})


@dataclass(frozen=True)
class Call:
    """``path`` is relative to the API version, or absolute from ``/``.

    ``writes``  the call may change records, so that a lost answer leaves its outcome unknown
    ``charged`` the org counts it
    """

    method: str
    path: str
    job: str
    doing: str
    body: Any = None
    writes: bool = False
    charged: bool = True


@dataclass(frozen=True)
class Answer:
    """A parsed body, and the server's clock when it answered."""

    body: Any
    server_time: datetime | None


class OrgClient(Salesforce):
    """simple-salesforce for a session that we opened; it can never log in by itself.

    It builds every address with https. For an org on this very machine that speaks plain http
    (``transport.base_url`` lets no other through) the addresses are put right here.
    """

    def __init__(self, login: LoginResult, session: requests.Session, *, version: str) -> None:
        super().__init__(
            session_id=login.session_id,
            instance_url=login.instance_url,
            session=session,
            version=version,
            parse_float=Decimal,
            object_pairs_hook=None,
        )
        self.instance_url = login.instance_url
        self.headers.pop("X-PrettyPrint", None)
        if login.instance_url.startswith("http://"):
            self._speak_plain_http()

    def exchange(self, call: Call, timeout: Timeout) -> Answer:
        """Send it and read the answer; raises one of our errors for anything else."""
        try:
            response = self._send(call, timeout)
            return Answer(self._body(response), _server_time(response))
        except SalesforceError as refusal:
            raise _refused(call, refusal) from None
        except requests.RequestException as error:
            raise _broken(call, error) from None

    def _send(self, call: Call, timeout: Timeout) -> requests.Response:
        return self._call_salesforce(
            call.method,
            self._url(call.path),
            name=call.doing,
            data=None if call.body is None else dumps(call.body),
            headers={"Sforce-Call-Options": f"client={CLIENT_NAME}/{call.job}"},
            timeout=timeout,
            allow_redirects=False,
        )

    def _url(self, path: str) -> str:
        return f"{self.instance_url}{path}" if path.startswith("/") else f"{self.base_url}{path}"

    def _body(self, response: requests.Response) -> Any:
        if response.status_code == requests.codes.no_content:
            return None
        return self.parse_result_to_json(response)

    def _speak_plain_http(self) -> None:
        for name, value in list(vars(self).items()):
            if name.endswith("_url") and isinstance(value, str):
                setattr(self, name, value.replace("https://", "http://", 1))


def _refused(call: Call, refusal: SalesforceError) -> BridgeError:
    problem = faults.from_answer(refusal.status, refusal.content, doing=call.doing)
    said = faults.api_errors(refusal.content)
    ambiguous = refusal.status in _AMBIGUOUS or (refusal.status == 503 and not said)
    return _unknown(call, problem) if call.writes and ambiguous else problem


def _broken(call: Call, error: requests.RequestException) -> BridgeError:
    problem = faults.from_network(error, doing=call.doing)
    return _unknown(call, problem) if call.writes and faults.may_have_arrived(error) else problem


def _unknown(call: Call, problem: BridgeError) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{call.doing}: the answer was lost, so the records may or may not have been written",
        remedy="Nothing; the bridge reads the records back before it writes again.",
        code=problem.code,
        raw=problem.raw,
    )


def _server_time(response: requests.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None
