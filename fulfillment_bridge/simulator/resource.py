"""What every REST resource is built from: the request it gets, and routes to find it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fulfillment_bridge.simulator.call import Answer, Call
from fulfillment_bridge.simulator.errors import SalesforceError, not_found
from fulfillment_bridge.simulator.org import Operation, SaveOptions, SaveResult, User
from fulfillment_bridge.simulator.tenant import Tenant

METHOD_ORDER = ("HEAD", "GET", "POST", "PATCH", "PUT", "DELETE")
DUPLICATE_HEADER_SINCE = 52
NO_BODY = "The HTTP entity body is required, but this request has no entity body."


@dataclass(frozen=True)
class RestRequest:
    """A call to a versioned resource by a user whose session is known."""

    tenant: Tenant
    user: User
    version: int
    call: Call
    dispatch: Callable[[Call], Answer]

    @property
    def root(self) -> str:
        """The address of this API version, without the host."""
        return f"/services/data/v{self.version}.0"

    @property
    def version_text(self) -> str:
        """The version as the engine wants it."""
        return f"{self.version}.0"

    @property
    def save_options(self) -> SaveOptions:
        """What Sforce-Duplicate-Rule-Header asks for, in versions that know it."""
        if self.version < DUPLICATE_HEADER_SINCE:
            return SaveOptions()
        given = self.call.headers.get("sforce-duplicate-rule-header", "")
        flags = {
            name.strip().lower(): value.strip().lower() == "true"
            for name, _, value in (part.partition("=") for part in re.split("[;,]", given))
        }
        return SaveOptions(
            allow_duplicates=flags.get("allowsave", False),
            include_record_details=flags.get("includerecorddetails", False),
            run_as_current_user=flags.get("runascurrentuser", False),
        )

    def save(self, operations: list[Operation], *, all_or_none: bool = False) -> list[SaveResult]:
        """Do the operations in one transaction, as the user and with the request's options."""
        return self.tenant.org.save(
            self.user, operations, all_or_none=all_or_none, options=self.save_options
        )

    def json(self) -> Any:
        """The parsed body; raises for another media type, no body, or broken JSON."""
        kind = self.call.content_type
        if kind and kind != "application/json":
            text = f"Content-Type header specified in HTTP request is not supported: {kind}"
            raise SalesforceError("UNSUPPORTED_MEDIA_TYPE", text, http_status=415)
        return _parsed(self.call.body)

    def json_object(self) -> dict[str, Any]:
        """The parsed body, which must be an object."""
        return _an_object(self.json())


def parsed_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body, or in a part of one; raises JSON_PARSER_ERROR."""
    return _an_object(_parsed(body))


def _parsed(body: bytes) -> Any:
    if not body.strip():
        raise SalesforceError("JSON_PARSER_ERROR", NO_BODY)
    try:
        return json.loads(body)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SalesforceError("JSON_PARSER_ERROR", _parse_message(error)) from None


def _an_object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        kind = "START_ARRAY" if isinstance(body, list) else "VALUE_STRING"
        text = f"Can not deserialize SObject out of {kind} token at [line:1, column:1]"
        raise SalesforceError("JSON_PARSER_ERROR", text)
    return body


def _parse_message(error: ValueError | RecursionError) -> str:
    if isinstance(error, json.JSONDecodeError):
        at = f"[line:{error.lineno}, column:{error.colno}]"
        if error.pos < len(error.doc):
            found = error.doc[error.pos]
            return f"Unexpected character ('{found}' (code {ord(found)})) at {at}"
        return f"Unexpected end-of-input at {at}"
    return "The request body can't be read at [line:1, column:1]"


Handler = Callable[..., Answer]


@dataclass(frozen=True)
class Route:
    """A path below the version, with `{}` for a variable part, and what answers there."""

    pattern: str
    handlers: dict[str, Handler]

    def match(self, segments: tuple[str, ...]) -> list[str] | None:
        """The variable parts when the path fits, in their order."""
        parts = self.pattern.split("/")
        if len(parts) != len(segments):
            return None
        found = []
        for part, segment in zip(parts, segments, strict=True):
            if part == "{}":
                found.append(segment)
            elif part.lower() != segment.lower():
                return None
        return found


def answer_with(routes: Iterable[Route], request: RestRequest, segments: tuple[str, ...]) -> Answer:
    """What the first route that fits answers; raises 404 or 405."""
    for route in routes:
        variables = route.match(segments)
        if variables is not None:
            return _handler(route, request.call)(request, *variables)
    raise not_found()


def _handler(route: Route, call: Call) -> Handler:
    method = call.method
    if method == "POST":
        method = call.query.get("_HttpMethod", method).upper()
    if method == "HEAD":
        method = "GET"
    if method not in route.handlers:
        raise method_not_allowed(call.method, route.handlers)
    return route.handlers[method]


def method_not_allowed(method: str, allowed: Iterable[str]) -> SalesforceError:
    """The 405 answer, naming the methods that would do."""
    methods = set(allowed)
    if "GET" in methods:
        methods.add("HEAD")
    names = ",".join(name for name in METHOD_ORDER if name in methods)
    text = f"HTTP Method '{method}' not allowed. Allowed are {names}"
    return SalesforceError("METHOD_NOT_ALLOWED", text, http_status=405)
