"""What we ask of an org over REST: pages of queries, describes, limits, updates.

Several requests travel in one composite call wherever the org allows it, because the org counts
calls and shares them with the merchant's other programs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import quote

from fulfillment_bridge.errors import BridgeError, Retry
from fulfillment_bridge.salesforce import faults, soql
from fulfillment_bridge.salesforce.client import Answer, Call
from fulfillment_bridge.salesforce.json_text import plain_record
from fulfillment_bridge.salesforce.session import OrgSession

MOST_SUBREQUESTS = 25
MOST_QUERIES = 5
"""Queries, their locators and collections that one composite call takes."""
MOST_RECORDS = 200
"""Records that one collection takes."""
LARGEST_PAGE = 2000
SMALLEST_PAGE = 200

NOT_MODIFIED = 304

_GONE = frozenset({"NOT_FOUND", "INVALID_TYPE"})
T = TypeVar("T")

Records = tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Query:
    """The first page of a query; ``include_deleted`` reads the recycle bin too.

    ``page_size`` is a hint between 200 and 2000; the org may answer fewer.
    """

    text: str
    include_deleted: bool = False
    page_size: int = LARGEST_PAGE


@dataclass(frozen=True)
class Locator:
    """A further page of a query, at the address that the page before it gave."""

    path: str
    page_size: int = LARGEST_PAGE


@dataclass(frozen=True)
class Page:
    """Records without attributes, numbers as Decimal, and where the next page is.

    ``total`` is how many records the query found, on this page and behind it.
    """

    records: Records
    next: Locator | None = None
    total: int = 0


@dataclass(frozen=True)
class Pages:
    """One page for each request of a call, and the server's clock at that call."""

    pages: tuple[Page, ...]
    server_time: datetime


@dataclass(frozen=True)
class Answers:
    """For each query of a call its first page, or why the org refused it; the org's clock."""

    pages: tuple[Page | BridgeError, ...]
    server_time: datetime | None


@dataclass(frozen=True)
class Describes:
    """Describes by the names asked for, and the names of those that did not change.

    An object that is in neither does not exist for us. ``server_time`` is when the first call
    was answered; None where nothing was asked.
    """

    changed: Mapping[str, dict[str, Any]]
    unchanged: frozenset[str]
    server_time: datetime | None


@dataclass(frozen=True)
class Subrequest:
    """One request inside a composite call; ``path`` is absolute."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Subanswer:
    """Its status and body."""

    status: int
    body: Any


@dataclass(frozen=True)
class RecordAccess:
    """What our user may do with one record."""

    record_id: str
    may_read: bool
    may_edit: bool


class Connection(OrgSession):
    """One configured connection to an org; one object per process, shared by all threads."""

    def read_pages(self, requests: Sequence[Query | Locator], *, job: str) -> Pages:
        """Up to five pages in one call, in the order asked for.

        Raises QueryRefused, a Rejected, where the org refuses one of the queries.
        """
        subrequests = [
            Subrequest("GET", self._address(each), headers=_hint(each)) for each in requests
        ]
        answers, server_time = self._composite(subrequests, job=job, doing="query")
        if server_time is None:
            # Our own clock must not stand in: running ahead, it would skip orders.
            raise _unreadable(f"{self.name}: query", "the answer has no Date")
        pages = (
            self._page(answer, request.page_size)
            for answer, request in zip(answers, requests, strict=True)
        )
        return Pages(tuple(pages), server_time)

    def ask(self, queries: Sequence[Query], *, job: str) -> Answers:
        """The first pages of up to five queries in one call; one refused leaves the others."""
        subrequests = [
            Subrequest("GET", self._address(each), headers=_hint(each)) for each in queries
        ]
        answers, server_time = self._composite(subrequests, job=job, doing="query")
        return Answers(tuple(self._page_or_refusal(each) for each in answers), server_time)

    def _page_or_refusal(self, answer: Subanswer) -> Page | BridgeError:
        try:
            return self._page(answer, LARGEST_PAGE)
        except BridgeError as refusal:
            return refusal

    def read_all(self, queries: Sequence[Query], *, job: str) -> list[Records]:
        """All records of each query, in as few calls as possible."""
        found: list[Records] = []
        for group in chunks(queries, MOST_QUERIES):
            found.extend(self.finish(self.read_pages(group, job=job).pages, job=job))
        return found

    def finish(self, pages: Sequence[Page], *, job: str) -> list[Records]:
        """The records of each of these pages and of all the pages behind it."""
        found = [list(page.records) for page in pages]
        waiting = [(place, page.next) for place, page in enumerate(pages) if page.next]
        while waiting:
            now, waiting = waiting[:MOST_QUERIES], waiting[MOST_QUERIES:]
            answer = self.read_pages([locator for _, locator in now], job=job)
            for (place, _), page in zip(now, answer.pages, strict=True):
                found[place].extend(page.records)
                if page.next:
                    waiting.append((place, page.next))
        return [tuple(records) for records in found]

    def update(
        self, batches: Sequence[Sequence[Mapping[str, Any]]], *, job: str
    ) -> list[Subanswer]:
        """Update up to five batches of up to 200 records each, every record for itself.

        A record is ``{"attributes": {"type": …}, "id": …, field: value}``. One answer per batch
        comes back, as the org gave it. Raises OutcomeUnknown where the answer was lost.
        A batch that ``must_go_alone`` is given alone.
        """
        bodies = [{"allOrNone": False, "records": list(batch)} for batch in batches]
        if len(batches) == 1 and must_go_alone(batches[0]):
            return [self._save_directly("composite/sobjects", bodies[0], job=job)]
        path = self._data_path("composite/sobjects")
        subrequests = [Subrequest("PATCH", path, body=body) for body in bodies]
        return self._composite(subrequests, job=job, doing="update", writes=True)[0]

    def upsert(
        self,
        object_name: str,
        external_id_field: str,
        batches: Sequence[Sequence[Mapping[str, Any]]],
        *,
        job: str,
    ) -> list[Subanswer]:
        """Create or change up to five batches of records by an external id they carry.

        As ``update`` otherwise; a record has the external id in the place of the id.
        """
        bodies = [{"allOrNone": False, "records": list(batch)} for batch in batches]
        resource = f"composite/sobjects/{soql.name(object_name)}/{soql.name(external_id_field)}"
        if len(batches) == 1 and must_go_alone(batches[0]):
            return [self._save_directly(resource, bodies[0], job=job)]
        path = self._data_path(resource)
        subrequests = [Subrequest("PATCH", path, body=body) for body in bodies]
        return self._composite(subrequests, job=job, doing="upsert", writes=True)[0]

    def describe(
        self, object_names: Collection[str], *, job: str = "describe"
    ) -> dict[str, dict[str, Any]]:
        """The describes of the named objects; those that do not exist for us are left out."""
        found: dict[str, dict[str, Any]] = {}
        for names in chunks(sorted(set(object_names)), MOST_SUBREQUESTS):
            paths = [self._data_path(f"sobjects/{soql.name(each)}/describe") for each in names]
            subrequests = [Subrequest("GET", path) for path in paths]
            answers, _ = self._composite(subrequests, job=job, doing="describe")
            for name, answer in zip(names, answers, strict=True):
                if not _is_gone(answer):
                    found[name] = self._good(answer, doing=f"describe of {name}")
        return found

    def describe_again(
        self, known: Mapping[str, datetime | None], *, job: str = "describe"
    ) -> Describes:
        """The describes of the named objects, but for those that did not change since then."""
        found: dict[str, dict[str, Any]] = {}
        unchanged: set[str] = set()
        moments: list[datetime] = []
        for names in chunks(sorted(known), MOST_SUBREQUESTS):
            subrequests = [
                Subrequest(
                    "GET",
                    self._data_path(f"sobjects/{soql.name(each)}/describe"),
                    headers=_only_if_newer(known[each]),
                )
                for each in names
            ]
            answers, server_time = self._composite(subrequests, job=job, doing="describe")
            if server_time is None:
                raise _unreadable(f"{self.name}: describe", "the answer has no Date")
            moments.append(server_time)
            for name, answer in zip(names, answers, strict=True):
                if answer.status == NOT_MODIFIED:
                    unchanged.add(name)
                elif not _is_gone(answer):
                    found[name] = self._good(answer, doing=f"describe of {name}")
        return Describes(found, frozenset(unchanged), min(moments, default=None))

    def versions(self) -> list[dict[str, Any]]:
        """The API versions the org speaks, oldest first. Not charged."""
        call = Call("GET", "/services/data/", "versions", f"{self.name}: versions", charged=False)
        return list(self.send(call).body)

    def sobjects(self, *, job: str = "describe") -> list[dict[str, Any]]:
        """Every object our user can see, each as the org's list of objects shows it."""
        return list(self._get("sobjects", job=job, doing="list of objects").body["sobjects"])

    def limits(self, *, job: str = "limits") -> dict[str, Any]:
        """The org's limits; needs 'View Setup and Configuration'."""
        return dict(self._get("limits", job=job, doing="limits").body)

    def user_record_access(
        self, record_ids: Collection[str], *, job: str = "record_access"
    ) -> dict[str, RecordAccess]:
        """What our user may do with these records (at most 200), by their ids."""
        if not record_ids:
            return {}
        return accesses(self.read_all([self.access_query(record_ids)], job=job)[0])

    def access_query(self, record_ids: Collection[str]) -> Query:
        """What our user may do with these records (at most 200)."""
        where = soql.all_of(
            soql.compare("UserId", "=", self.login().user_id),
            soql.compare("RecordId", "IN", tuple(islice(record_ids, MOST_RECORDS))),
        )
        columns = ["RecordId", "HasReadAccess", "HasEditAccess"]
        return Query(soql.select(columns, "UserRecordAccess", where))

    def _save_directly(self, resource: str, body: Mapping[str, Any], *, job: str) -> Subanswer:
        path, doing = self._data_path(resource), f"{self.name}: update"
        answer = self.send(Call("PATCH", path, job, doing, body=body, writes=True))
        return Subanswer(200, answer.body)

    def _composite(
        self, subrequests: Sequence[Subrequest], *, job: str, doing: str, writes: bool = False
    ) -> tuple[list[Subanswer], datetime | None]:
        body = {
            "allOrNone": False,
            "compositeRequest": [
                _composite_part(number, each) for number, each in enumerate(subrequests)
            ],
        }
        call = Call("POST", "composite", job, f"{self.name}: {doing}", body=body, writes=writes)
        answer = self.send(call)
        return _subanswers(answer, len(subrequests), call.doing), answer.server_time

    def _get(self, path: str, *, job: str, doing: str) -> Answer:
        return self.send(Call("GET", path, job, f"{self.name}: {doing}"))

    def _page(self, answer: Subanswer, page_size: int) -> Page:
        body = self._good(answer, doing="query")
        onward = body.get("nextRecordsUrl")
        done = body.get("done", True) or not onward
        records = tuple(plain_record(record) for record in body.get("records") or ())
        onto = None if done else Locator(str(onward), page_size)
        return Page(records, onto, int(body.get("totalSize") or len(records)))

    def _good(self, answer: Subanswer, *, doing: str) -> dict[str, Any]:
        if answer.status < 300 and isinstance(answer.body, Mapping):
            return dict(answer.body)
        raise faults.from_answer(answer.status, answer.body, doing=f"{self.name}: {doing}")

    def _address(self, request: Query | Locator) -> str:
        if isinstance(request, Locator):
            return request.path
        resource = "queryAll" if request.include_deleted else "query"
        return self._data_path(f"{resource}?q={quote(request.text, safe='')}")

    def _data_path(self, path: str) -> str:
        return f"/services/data/v{self.options.api_version}/{path}"


def accesses(rows: Records) -> dict[str, RecordAccess]:
    """The rows of an ``access_query``, by the record they speak of."""
    return {
        row["RecordId"]: RecordAccess(
            row["RecordId"], bool(row["HasReadAccess"]), bool(row["HasEditAccess"])
        )
        for row in rows
    }


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in groups of at most ``size``, in order."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def must_go_alone(batch: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a text holds ``@{``, which a composite call would take for a reference."""
    values = (value for record in batch for value in record.values())
    return any(isinstance(value, str) and "@{" in value for value in values)


def _composite_part(number: int, subrequest: Subrequest) -> dict[str, Any]:
    part: dict[str, Any] = {
        "method": subrequest.method,
        "url": subrequest.path,
        "referenceId": f"part{number}",
    }
    if subrequest.body is not None:
        part["body"] = subrequest.body
    if subrequest.headers:
        part["httpHeaders"] = dict(subrequest.headers)
    return part


def _subanswers(answer: Answer, expected: int, doing: str) -> list[Subanswer]:
    parts = answer.body.get("compositeResponse") if isinstance(answer.body, Mapping) else None
    if not isinstance(parts, list) or len(parts) != expected:
        raise _unreadable(doing, str(answer.body)[:500])
    return [Subanswer(int(part.get("httpStatusCode", 500)), part.get("body")) for part in parts]


def _is_gone(answer: Subanswer) -> bool:
    errors = faults.api_errors(answer.body) if answer.status >= 300 else ()
    return bool(errors) and errors[0].code in _GONE


def _unreadable(doing: str, raw: str) -> BridgeError:
    fault = faults.CATALOGUE["UNREADABLE_ANSWER"]
    return Retry(
        f"{doing}: {fault.meaning} ({fault.code})", remedy=fault.remedy, code=fault.code, raw=raw
    )


def _only_if_newer(known_at: datetime | None) -> dict[str, str]:
    """The org counts whole seconds, and something may have changed within one."""
    if known_at is None:
        return {}
    since = known_at.astimezone(UTC) - timedelta(seconds=2)
    return {"If-Modified-Since": format_datetime(since, usegmt=True)}


def _hint(request: Query | Locator) -> dict[str, str]:
    size = max(SMALLEST_PAGE, min(LARGEST_PAGE, request.page_size))
    return {"Sforce-Query-Options": f"batchSize={size}"}
