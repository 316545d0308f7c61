"""Reading what a folder warehouse writes: the rows of a CSV file, good and bad, each by itself."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from fulfillment_bridge.warehouses.base import RowFault

MOST_ROWS = 2_000_000
_PLAIN_NUMBER = re.compile(r"\d{1,15}(\.\d{1,9})?")
_EATEN_BY_A_SPREADSHEET = re.compile(r"\d+([.,]\d+)?[eE]\+\d+")


class Unreadable(Exception):
    """A value, a row or a whole file that cannot be used; the text says why."""


@dataclass(frozen=True)
class Row:
    """One line of a file, by heading in lower case. ``number`` counts lines from 1."""

    number: int
    values: Mapping[str, str]

    def text(self, column: str) -> str:
        return self.values.get(column, "")

    def key(self, column: str) -> str:
        """A code such as a SKU; refused where a spreadsheet has turned it into 1.23E+11."""
        text = self.text(column)
        if _EATEN_BY_A_SPREADSHEET.fullmatch(text):
            raise Unreadable(f"{column}: {text!r} is what a spreadsheet made of a long number")
        return text

    def must(self, column: str) -> str:
        text = self.key(column)
        if not text:
            raise Unreadable(f"{column} is missing")
        return text

    def quantity(self, column: str) -> Decimal:
        text = self.must(column)
        if not _PLAIN_NUMBER.fullmatch(text):
            raise Unreadable(f"{column}: {text!r} is not a quantity such as 2 or 0.5")
        return Decimal(text)

    def signed_quantity(self, column: str) -> Decimal:
        """A count that may be below zero: a warehouse that promised more than it has."""
        text = self.must(column)
        if not _PLAIN_NUMBER.fullmatch(text.removeprefix("-")):
            raise Unreadable(f"{column}: {text!r} is not a quantity such as 2 or 0.5")
        return Decimal(text)

    def day(self, column: str) -> date | None:
        text = self.text(column)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError as error:
            raise Unreadable(f"{column}: {text!r} is not a date such as 2026-11-23") from error

    def moment(self, column: str) -> datetime:
        text = self.must(column)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise Unreadable(f"{column}: {text!r} is not a time such as {_TIME}") from error
        if moment.tzinfo is None:
            raise Unreadable(f"{column}: {text!r} does not say its time zone; {_TIME} does")
        return moment.astimezone(UTC)


_TIME = "2026-11-23T06:00:00Z"


def read_rows(raw: bytes, columns: Iterable[str]) -> tuple[list[Row], list[RowFault]]:
    """The rows of a file with a heading, and a fault for each line that is none.

    Raises Unreadable where nothing in the file can be used, a missing heading for instance.
    """
    lines = _lines(_decoded(raw))
    heading = _heading(lines[0] if lines else "", columns)
    rows: list[Row] = []
    faults: list[RowFault] = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        try:
            rows.append(Row(number, _values(heading, line)))
        except Unreadable as error:
            faults.append(RowFault(number, str(error)))
    return rows, faults


def each_row(rows: Iterable[Row], use: Callable[[Row], None]) -> Iterator[RowFault]:
    """Use every row; a fault for each that cannot be used, the others go on."""
    for row in rows:
        try:
            use(row)
        except Unreadable as error:
            yield RowFault(row.number, str(error))


def _decoded(raw: bytes) -> str:
    if b"\x00" in raw:
        raise Unreadable("not a text file in UTF-8 (it has bytes of zero, as UTF-16 has)")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError as error:
        raise Unreadable(f"neither UTF-8 nor Windows-1252: {error}") from error


def _lines(text: str) -> list[str]:
    # Split before parsing, so that one broken quote spoils one row and not the rest of the file.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    if len(lines) > MOST_ROWS:
        raise Unreadable(f"{len(lines)} lines are more than the {MOST_ROWS} that are read")
    return lines


def _heading(line: str, columns: Iterable[str]) -> list[str]:
    heading = [name.strip().lower() for name in _split(line)]
    missing = [name for name in columns if name not in heading]
    if missing:
        found = ", ".join(name for name in heading if name) or "nothing"
        raise Unreadable(f"the heading lacks {', '.join(missing)}; it has {found}")
    doubled = sorted({name for name in heading if name and heading.count(name) > 1})
    if doubled:
        raise Unreadable(f"the heading has {', '.join(doubled)} twice")
    return heading


def _values(heading: list[str], line: str) -> dict[str, str]:
    values = [value.strip() for value in _split(line)]
    count = f"{len(values)} columns instead of {len(heading)}"
    if len(values) < len(heading):
        raise Unreadable(count)
    if any(values[len(heading) :]):
        raise Unreadable(f"{count}: a comma without quotes?")
    return dict(zip(heading, values, strict=False))


def _split(line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise Unreadable(f"not one CSV record on one line ({error})") from error
