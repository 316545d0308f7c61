"""How records, pages and results look in JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.locators import Locators
from fulfillment_bridge.simulator.org import QueryResult, SaveResult, User


def record_url(root: str, object_name: str, record_id: str) -> str:
    """The address of a record, without the host."""
    return f"{root}/sobjects/{object_name}/{record_id}"


def attributes(root: str, given: dict[str, Any]) -> dict[str, Any]:
    """The `attributes` of a record; those of an aggregate have no address."""
    record_id = given.get("id")
    if record_id is None:
        return {"type": given["type"]}
    return {"type": given["type"], "url": record_url(root, given["type"], record_id)}


@dataclass(frozen=True)
class Cut:
    """A result and where its next page begins; `name` is its locator if it has one."""

    result: QueryResult
    batch_size: int
    start: int = 0
    name: str | None = None


class PageRenderer:
    """Cuts results into pages. Rows of child subqueries count toward the batch."""

    def __init__(self, root: str, user: User, locators: Locators) -> None:
        self._root = root
        self._user = user
        self._locators = locators

    def first_page(self, result: QueryResult, batch_size: int) -> dict[str, Any]:
        """The first page of a fresh result; the rest is kept under a locator."""
        return self._page(Cut(result, batch_size), room=batch_size)

    def next_page(self, locator: str) -> dict[str, Any]:
        """The page a locator stands for; raises INVALID_QUERY_LOCATOR."""
        name, cursor, start = self._locators.find(self._user, locator)
        cut = Cut(cursor.result, cursor.batch_size, start, name)
        return self._page(cut, room=cursor.batch_size)

    def record(self, record: dict[str, Any]) -> dict[str, Any]:
        """A single record."""
        return self._record(record, room=1, batch_size=1)[0]

    def _page(self, cut: Cut, *, room: int) -> dict[str, Any]:
        records, position = [], cut.start
        while position < len(cut.result.records) and room > 0:
            record, used = self._record(
                cut.result.records[position], room=room - 1, batch_size=cut.batch_size
            )
            records.append(record)
            room -= used + 1
            position += 1
        return self._shape(cut, records, position)

    def _shape(self, cut: Cut, records: list[dict[str, Any]], position: int) -> dict[str, Any]:
        page: dict[str, Any] = {"totalSize": cut.result.total_size}
        page["done"] = position >= len(cut.result.records)
        if not page["done"]:
            name = cut.name or self._locators.keep(self._user, cut.result, cut.batch_size)
            page["nextRecordsUrl"] = f"{self._root}/query/{name}-{position}"
        page["records"] = records
        return page

    def _record(
        self, record: dict[str, Any], *, room: int, batch_size: int
    ) -> tuple[dict[str, Any], int]:
        rendered: dict[str, Any] = {}
        used = 0
        for key, value in record.items():
            if key == "attributes":
                rendered[key] = attributes(self._root, value)
            elif isinstance(value, QueryResult):
                rendered[key] = self._page(Cut(value, batch_size), room=max(1, room - used))
                used += len(rendered[key]["records"])
            elif isinstance(value, dict) and "attributes" in value:
                rendered[key] = self._record(value, room=room, batch_size=batch_size)[0]
            else:
                rendered[key] = value
        return rendered, used


def errors_in_collection(errors: Iterable[SalesforceError]) -> list[dict[str, Any]]:
    """The errors of one record of several: here the code is called statusCode."""
    return [
        {"statusCode": error.code, "message": error.message, "fields": list(error.fields)}
        for error in errors
    ]


def result_in_collection(result: SaveResult, *, show_created: bool = False) -> dict[str, Any]:
    """The result of one record of several."""
    shown: dict[str, Any] = {"id": result.id} if result.id else {}
    shown["success"] = result.success
    shown["errors"] = errors_in_collection(result.errors)
    if show_created:
        shown["created"] = result.created
    return shown
