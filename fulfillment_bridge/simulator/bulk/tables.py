"""CSV as the Bulk API reads and writes it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from fulfillment_bridge.simulator.bulk.job import Dialect

DELIMITERS = {
    "BACKQUOTE": "`",
    "CARET": "^",
    "COMMA": ",",
    "PIPE": "|",
    "SEMICOLON": ";",
    "TAB": "\t",
}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
LONGEST_CELL = 32_000
MOST_COLUMNS = 5_000
LONGEST_ROW = 400_000


class BadTable(Exception):
    """Data that can't be processed at all; the text is the job's error message."""


def read_table(data: bytes, dialect: Dialect) -> tuple[list[str], list[list[str]]]:
    """The header and the rows; raises BadTable. Blank lines are no rows."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadTable("InvalidBatch : The data is not encoded in UTF-8") from None
    _check_line_ending(text, dialect)
    delimiter = DELIMITERS[dialect.column_delimiter]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = [line for line in reader if line]
    except csv.Error as error:
        raise BadTable(f"InvalidBatch : Failed to parse CSV: {error}") from None
    if not lines:
        raise BadTable("InvalidBatch : Failed to parse CSV header: the data is empty")
    header, rows = lines[0], lines[1:]
    for row in rows:
        _check_row(header, row)
    return header, rows


def write_table(header: list[str], rows: Iterable[list[str]], dialect: Dialect) -> str:
    """The CSV with every value in quotes."""
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=DELIMITERS[dialect.column_delimiter],
        lineterminator=LINE_ENDINGS[dialect.line_ending],
        quoting=csv.QUOTE_ALL,
    )
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _check_line_ending(text: str, dialect: Dialect) -> None:
    first, feed, _ = text.partition("\n")
    if feed and first.endswith("\r") != (dialect.line_ending == "CRLF"):
        setting = f"Current LineEnding setting is {dialect.line_ending}"
        raise BadTable(f"ClientInputError : LineEnding is invalid on user data. {setting}")


def _check_row(header: list[str], row: list[str]) -> None:
    if len(row) > MOST_COLUMNS or sum(map(len, row)) > LONGEST_ROW:
        raise BadTable("InvalidBatch : A record is too large")
    if any(len(cell) > LONGEST_CELL for cell in row):
        raise BadTable(f"InvalidBatch : A field has more than {LONGEST_CELL} characters")
    if len(row) != len(header):
        raise BadTable(
            f"InvalidBatch : A row has {len(row)} columns where the header has {len(header)}"
        )
