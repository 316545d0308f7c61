"""The one place that turns Salesforce's answers, and the lack of one, into our errors."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError

from fulfillment_bridge.errors import BridgeError, Rejected
from fulfillment_bridge.salesforce.catalogue import CATALOGUE, explain
from fulfillment_bridge.salesforce.fault_kind import Fault

__all__ = [
    "CATALOGUE",
    "ApiError",
    "QueryRefused",
    "api_errors",
    "explain",
    "fields_of",
    "from_answer",
    "from_network",
    "login_refused",
    "may_have_arrived",
    "on_the_way",
    "refused",
    "soap_code",
]

_PLACE = re.compile(r"ERROR at Row:(\d+):Column:(\d+)")
_COLUMN_ENTITY = re.compile(
    r"No such column '([^']*)' on (?:entity '([^']*)'|sobject of type (\S+))"
)
_RELATION = re.compile(r"Didn't understand relationship '([^']*)'")
_FILTER = re.compile(r"field '([^']*)' can not be (?:filtered|sorted|grouped)")
_DUPLICATE = re.compile(r"duplicate value found: (\w+) duplicates")
_ENTITY = re.compile(r"sObject type '([^']*)' is not supported")
_CODE = re.compile(r"^[A-Z][A-Z0-9_]{3,}$")


@dataclass(frozen=True)
class ApiError:
    """One error as Salesforce words it."""

    code: str
    message: str
    fields: tuple[str, ...] = ()


class QueryRefused(Rejected):
    """Salesforce refuses a query (or an update) because of a name in it.

    ``entity`` and ``column`` are the object and the field it names, ``row`` and ``position``
    where in the query text; empty or None where it does not say.
    """

    entity: str = ""
    column: str = ""
    row: int | None = None
    position: int | None = None


def login_refused(code: str, text: str, *, connection: str) -> BridgeError:
    """The error for a login that Salesforce answered with this code."""
    fault = explain(code, text, at_login=True)
    return fault.error(
        f"{connection}: login refused ({code}). {fault.meaning}",
        remedy=fault.remedy,
        code=code,
        raw=text,
    )


def refused(error: ApiError, *, doing: str) -> BridgeError:
    """The error for one ApiError; ``doing`` says what was tried, and in which connection."""
    fault = explain(error.code, error.message)
    kind = fault.error
    named = _names(error.message)
    if kind is Rejected and (error.code in {"INVALID_FIELD", "INVALID_TYPE"} or named.place):
        return _query_refused(error, fault, named, doing=doing)
    return kind(
        f"{doing}: {fault.meaning} ({error.code})",
        remedy=fault.remedy,
        code=error.code,
        raw=error.message,
    )


def from_answer(status: int, content: Any, *, doing: str) -> BridgeError:
    """The error for an HTTP answer of 300 or more, whatever its body looks like."""
    errors = api_errors(content)
    if status == requests.codes.unauthorized:
        text = errors[0].message if errors else str(content)
        return refused(ApiError("INVALID_SESSION_ID", text), doing=doing)
    if not errors or errors[0].code not in CATALOGUE:
        return _by_status(status, errors, content, doing=doing)
    problem = refused(errors[0], doing=doing)
    problem.problems = tuple(each.message.strip() for each in errors) if len(errors) > 1 else ()
    return problem


def api_errors(content: Any) -> tuple[ApiError, ...]:
    """The errors of a body: a list, a single object, OAuth's two words; () for anything else."""
    if isinstance(content, Mapping):
        content = [content]
    if not isinstance(content, Sequence) or isinstance(content, str | bytes):
        return ()
    return tuple(_api_error(each) for each in content if isinstance(each, Mapping))


def from_network(error: requests.RequestException, *, doing: str) -> BridgeError:
    """The error for a call that brought no answer."""
    return on_the_way(_network_code(error), str(error), doing=doing)


def on_the_way(code: str, text: str, *, doing: str) -> BridgeError:
    """The error for one of our own codes about the way to the org."""
    fault = explain(code, text)
    return fault.error(
        f"{doing}: {fault.meaning} ({fault.code})",
        remedy=fault.remedy,
        code=fault.code,
        raw=text,
    )


def fields_of(error: ApiError) -> tuple[str, ...]:
    """The fields that an error is about: those it lists, else the one its text names."""
    if error.fields:
        return error.fields
    duplicate = _DUPLICATE.search(error.message)
    named = duplicate[1] if duplicate else _names(error.message).column
    return (named,) if named else ()


def may_have_arrived(error: requests.RequestException) -> bool:
    """Whether the other side may have done the work although no answer came."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return False
    return _network_code(error) not in {"DNS", "CONNECT", "TLS"}


@dataclass(frozen=True)
class _Named:
    entity: str = ""
    column: str = ""
    place: tuple[int, int] | None = None


def _names(text: str) -> _Named:
    place = _PLACE.search(text)
    at = (int(place[1]), int(place[2])) if place else None
    if found := _COLUMN_ENTITY.search(text):
        return _Named(found[2] or found[3].rstrip("."), found[1], at)
    if found := _RELATION.search(text) or _FILTER.search(text):
        return _Named("", found[1], at)
    if found := _ENTITY.search(text):
        return _Named(found[1], "", at)
    return _Named(place=at)


def _query_refused(error: ApiError, fault: Fault, named: _Named, *, doing: str) -> QueryRefused:
    what = " of ".join(part for part in (named.column, named.entity) if part)
    problem = QueryRefused(
        f"{doing}: {what + ': ' if what else ''}{fault.meaning} ({error.code})",
        remedy=fault.remedy,
        code=error.code,
        raw=error.message,
    )
    problem.entity, problem.column = named.entity, named.column
    problem.row, problem.position = named.place or (None, None)
    return problem


def _by_status(
    status: int, errors: tuple[ApiError, ...], content: Any, *, doing: str
) -> BridgeError:
    """A code the catalogue lacks, or no code at all: the status must do."""
    code = errors[0].code if errors else ""
    text = errors[0].message if errors else _readable(content)
    if status >= 500:
        fault = CATALOGUE["SERVER_UNAVAILABLE"]
    elif not errors:
        fault = CATALOGUE["UNREADABLE_ANSWER"]
    else:
        fault = explain(code)
    return fault.error(
        f"{doing}: {fault.meaning} ({code or f'HTTP {status}'})",
        remedy=fault.remedy,
        code=code or fault.code,
        raw=text,
    )


def _api_error(body: Mapping[str, Any]) -> ApiError:
    code = body.get("errorCode") or body.get("statusCode") or body.get("error") or ""
    message = body.get("message") or body.get("error_description") or ""
    fields = body.get("fields") or ()
    return ApiError(str(code), str(message), tuple(str(each) for each in fields))


def _network_code(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.ProxyError):
        return "PROXY"
    if isinstance(error, requests.exceptions.SSLError):
        return "TLS" if _caused_by(error, ssl.SSLCertVerificationError) else "CONNECTION_LOST"
    if isinstance(error, requests.Timeout):
        return "TIMEOUT"
    if isinstance(error, requests.exceptions.InvalidURL):
        return "DNS"
    if _caused_by(error, NameResolutionError) or _caused_by(error, socket.gaierror):
        return "DNS"
    if _caused_by(error, NewConnectionError):
        return "CONNECT"
    if isinstance(error, requests.JSONDecodeError):
        return "UNREADABLE_ANSWER"
    return "CONNECTION_LOST"


def _caused_by(error: BaseException, kind: type[BaseException], depth: int = 6) -> bool:
    """Whether ``kind`` is somewhere behind ``error``; the libraries nest causes in many ways."""
    if isinstance(error, kind):
        return True
    if depth == 0:
        return False
    inner = [error.__cause__, error.__context__, getattr(error, "reason", None), *error.args]
    return any(
        _caused_by(each, kind, depth - 1) for each in inner if isinstance(each, BaseException)
    )


def _readable(content: Any) -> str:
    """A body that is no JSON, without its tags and cut short: HTML pages say little."""
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content)
    return " ".join(re.sub(r"<[^>]*>", " ", text[:4000]).split())[:500]


def soap_code(code: str | None, text: str) -> str:
    """The bare code of a SOAP fault: from ``sf:INVALID_LOGIN``, else from its text."""
    bare = (code or "").rpartition(":")[2]
    if _CODE.match(bare):
        return bare
    first = text.partition(":")[0].strip()
    return first if _CODE.match(first) else "UNKNOWN_FAULT"
