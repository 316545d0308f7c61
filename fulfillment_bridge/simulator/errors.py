"""What the simulated org refuses, in Salesforce's own words.

SalesforceError          a request or query is wrong            [{"message", "errorCode"}]
├── RecordError          one record could not be saved          … with "fields", even when empty
│   └── DuplicatesDetected   it looks like others                … with what a duplicate rule found
└── MultipleMatches      an external id fits several records    HTTP 300
"""

from __future__ import annotations

from typing import Any


class SalesforceError(Exception):
    """A refusal with Salesforce's error code, message and HTTP status."""

    shows_fields = False

    def __init__(
        self, code: str, message: str, fields: tuple[str, ...] = (), http_status: int = 400
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fields = fields
        self.http_status = http_status

    def rest_body(self) -> list[dict[str, Any]]:
        """The body of the REST answer: a list of one error."""
        body: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields or self.shows_fields:
            body["fields"] = list(self.fields)
        return [body]


class RecordError(SalesforceError):
    """One record could not be saved; the body always names its fields, be they none."""

    shows_fields = True


class DuplicatesDetected(RecordError):
    """A duplicate rule found records like this one; ``result`` says which.

    Its records have ``attributes`` ``{"type", "id"}`` like those of a query.
    """

    def __init__(self, message: str, result: dict[str, Any]) -> None:
        super().__init__("DUPLICATES_DETECTED", message)
        self.result = result

    def rest_body(self, version: str = "64.0") -> list[dict[str, Any]]:
        """The body of the REST answer; real orgs misspell the key of the result."""
        return [
            {
                "duplicateResut": _with_urls(self.result, f"/services/data/v{version}/sobjects"),
                "errorCode": self.code,
                "message": self.message,
            }
        ]


def _with_urls(value: Any, root: str) -> Any:
    """The same with the addresses of records in place of their ids."""
    if isinstance(value, list):
        return [_with_urls(each, root) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"type", "id"}:
        return {"type": value["type"], "url": f"{root}/{value['type']}/{value['id']}"}
    return {name: _with_urls(each, root) for name, each in value.items()}


class MultipleMatches(SalesforceError):
    """An external id that several records carry; ``record_ids`` are those records."""

    def __init__(self, message: str, object_name: str, record_ids: tuple[str, ...]) -> None:
        super().__init__("INVALID_FIELD", message, http_status=300)
        self.object_name = object_name
        self.record_ids = record_ids


def not_found(message: str = "The requested resource does not exist") -> SalesforceError:
    """The 404 answer of an address that leads nowhere."""
    return SalesforceError("NOT_FOUND", message, http_status=404)
