"""REST: several requests in one, as `composite` (with references) and `composite/batch`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fulfillment_bridge.simulator.call import Answer, Call
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.references import resolve
from fulfillment_bridge.simulator.resource import RestRequest, Route

MOST_SUBREQUESTS = 25
MOST_BULKY = 5
REFERENCE_ID = re.compile(r"[A-Za-z0-9]\w*", re.ASCII)
ADDRESS = re.compile(r"/services/data/v\d+\.0/(.+)")
BULKY = re.compile(r"(query|queryAll|composite/sobjects)(/|\?|$)", re.IGNORECASE)
ALLOWED = re.compile(r"(query|queryAll|sobjects|limits|composite/sobjects)(/|\?|$)", re.IGNORECASE)
PASSED_ON = ("authorization", "sforce-call-options")

TOO_MANY = f"The request can’t contain more than {MOST_SUBREQUESTS} operations."
TOO_BULKY = (
    f"The request can’t contain more than {MOST_BULKY} query or sObject Collections operations."
)
ROLLED_BACK = (
    "The transaction was rolled back since another operation in the same transaction failed."
)
HALTED = "Batch processing halted per request"


class _RolledBack(Exception):
    """Leaves the transaction of a composite whose subrequest at `place` failed."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place


@dataclass
class _Composite:
    """One composite request while its subrequests run, in their order."""

    request: RestRequest
    subrequests: list[dict[str, Any]]
    answers: list[dict[str, Any]] = field(default_factory=list)
    bodies: dict[str, Any] = field(default_factory=dict)
    operations: int = 0

    def run_each(self) -> None:
        """Run the subrequests, each for itself."""
        for subrequest in self.subrequests:
            self._run(subrequest)

    def run_together(self) -> None:
        """Run the subrequests in one transaction, which one failure undoes."""
        try:
            with self.request.tenant.org.transaction():
                for place, subrequest in enumerate(self.subrequests):
                    if not self._run(subrequest):
                        raise _RolledBack(place)
        except _RolledBack as undone:
            failed = self.answers[undone.place]
            self.answers = [_halted(each) for each in self.subrequests]
            self.answers[undone.place] = failed

    def _run(self, subrequest: dict[str, Any]) -> bool:
        answer = self._answer(subrequest)
        reference_id = subrequest["referenceId"]
        self.operations += answer.operations
        self.answers.append(_shown(reference_id, answer))
        if answer.status < 400:
            self.bodies[reference_id] = answer.payload
        return answer.status < 400 and not _undid_itself(answer)

    def _answer(self, subrequest: dict[str, Any]) -> Answer:
        try:
            url = resolve(str(subrequest.get("url", "")), self.bodies)
            body = resolve(subrequest.get("body"), self.bodies)
            return self.request.dispatch(_subcall(self.request.call, subrequest, url, body))
        except SalesforceError as error:
            return Answer(error.http_status, error.rest_body())


def composite(request: RestRequest) -> Answer:
    """Up to 25 requests for one API call; the answer is 200 whatever becomes of them."""
    body = request.json_object()
    subrequests = body.get("compositeRequest")
    if not isinstance(subrequests, list) or not all(isinstance(e, dict) for e in subrequests):
        raise SalesforceError("JSON_PARSER_ERROR", "compositeRequest must be a list of objects")
    if fault := _fault(subrequests):
        return Answer(200, {"compositeResponse": [fault]})
    running = _Composite(request, subrequests)
    running.run_together() if body.get("allOrNone") is True else running.run_each()
    return Answer(200, {"compositeResponse": running.answers}, operations=running.operations)


def run_all_or_none(
    request: RestRequest, subrequests: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], int]:
    """The answers to subrequests of one transaction, and how many operations they were."""
    running = _Composite(request, subrequests)
    running.run_together()
    return running.answers, running.operations


def batch(request: RestRequest) -> Answer:
    """Up to 25 independent requests, each of which counts as an API call."""
    body = request.json_object()
    subrequests = body.get("batchRequests")
    if not isinstance(subrequests, list) or not all(isinstance(e, dict) for e in subrequests):
        raise SalesforceError("JSON_PARSER_ERROR", "batchRequests must be a list of objects")
    if len(subrequests) > MOST_SUBREQUESTS:
        raise SalesforceError("LIMIT_EXCEEDED", TOO_MANY)
    results: list[dict[str, Any]] = []
    for subrequest in subrequests:
        failed = any(result["statusCode"] >= 400 for result in results)
        halted = failed and body.get("haltOnError") is True
        results.append(_batch_halted() if halted else _batch_result(request, subrequest))
    has_errors = any(result["statusCode"] >= 400 for result in results)
    extra = sum(request.tenant.charge(request.user) for _ in results[1:])
    shown = {"hasErrors": has_errors, "results": results}
    return Answer(200, shown, operations=len(results), charged=extra)


def _fault(subrequests: list[dict[str, Any]]) -> dict[str, Any] | None:
    if len(subrequests) > MOST_SUBREQUESTS:
        return _refused(None, SalesforceError("LIMIT_EXCEEDED", TOO_MANY))
    if sum(_is_bulky(each) for each in subrequests) > MOST_BULKY:
        return _refused(None, SalesforceError("LIMIT_EXCEEDED", TOO_BULKY))
    try:
        check_reference_ids(subrequests)
    except SalesforceError as error:
        return _refused(None, error)
    return None


def check_reference_ids(subrequests: list[dict[str, Any]]) -> None:
    """Raise INVALID_INPUT unless every subrequest has a good name of its own."""
    seen: set[str] = set()
    for each in subrequests:
        name = each.get("referenceId")
        if not isinstance(name, str) or not REFERENCE_ID.fullmatch(name) or name in seen:
            text = (
                f"Provided referenceId ('{name}') must be unique, start with a letter or a number, "
                "and it can contain only letters, numbers and underscores ('_')."
            )
            raise SalesforceError("INVALID_INPUT", text)
        seen.add(name)


def _is_bulky(subrequest: dict[str, Any]) -> bool:
    below = ADDRESS.match(str(subrequest.get("url", "")))
    return bool(below and BULKY.match(below[1]))


def _subcall(outer: Call, subrequest: dict[str, Any], url: str, body: Any) -> Call:
    below = ADDRESS.match(url)
    if not below or not ALLOWED.match(below[1]):
        text = f"The url of a subrequest can't be used here: {url}"
        raise SalesforceError("INVALID_INPUT", text)
    method = str(subrequest.get("method", "GET")).upper()
    return Call(method, url, _headers(outer, subrequest.get("httpHeaders")), _encoded(body))


def _headers(outer: Call, own: Any) -> dict[str, str]:
    headers = {name: outer.headers[name] for name in PASSED_ON if name in outer.headers}
    if isinstance(own, Mapping):
        headers |= {
            str(name).lower(): str(value)
            for name, value in own.items()
            if str(name).lower() not in ("authorization", "content-type", "accept")
        }
    return headers


def _encoded(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


def _undid_itself(answer: Answer) -> bool:
    """Whether this is a collection with allOrNone that was rolled back."""
    if not isinstance(answer.payload, list):
        return False
    codes = {
        error.get("statusCode")
        for result in answer.payload
        if isinstance(result, dict)
        for error in result.get("errors") or []
    }
    return "ALL_OR_NONE_OPERATION_ROLLED_BACK" in codes


def _shown(reference_id: str | None, answer: Answer) -> dict[str, Any]:
    return {
        "body": answer.payload,
        "httpHeaders": answer.headers,
        "httpStatusCode": answer.status,
        "referenceId": reference_id,
    }


def _refused(reference_id: str | None, error: SalesforceError) -> dict[str, Any]:
    return _shown(reference_id, Answer(error.http_status, error.rest_body()))


def _halted(subrequest: dict[str, Any]) -> dict[str, Any]:
    return _refused(subrequest["referenceId"], SalesforceError("PROCESSING_HALTED", ROLLED_BACK))


def _batch_result(request: RestRequest, subrequest: dict[str, Any]) -> dict[str, Any]:
    url = "/services/data/" + str(subrequest.get("url", "")).removeprefix("/services/data/")
    try:
        call = _subcall(request.call, subrequest, url, subrequest.get("richInput"))
        answer = request.dispatch(call)
    except SalesforceError as error:
        answer = Answer(error.http_status, error.rest_body())
    return {"statusCode": answer.status, "result": answer.payload}


def _batch_halted() -> dict[str, Any]:
    error = SalesforceError("BATCH_PROCESSING_HALTED", HALTED, http_status=412)
    return {"statusCode": 412, "result": error.rest_body()}


ROUTES = (
    Route("composite", {"POST": composite}),
    Route("composite/batch", {"POST": batch}),
)
