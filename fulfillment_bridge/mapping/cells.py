"""Cells: a value and where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

Scalar = str | bool | Decimal | date | datetime | None

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_SMART = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00a0": " ",
        "\u2007": " ",
        "\u202f": " ",
    }
)
LINE_BREAK = re.compile("[ ]*(?:\r\n|[\r\n\t\v\f\u0085\u2028\u2029])[ ]*")
"""Everything that some program takes for the end of a line or a column."""


@dataclass(frozen=True)
class Cell:
    """One value of a sheet; ``ref`` is its place as Excel names it (``C7``)."""

    sheet: str
    ref: str
    value: Scalar = None

    @property
    def place(self) -> str:
        return f"{self.sheet}!{self.ref}" if self.ref else self.sheet

    @property
    def text(self) -> str:
        """The value as people would type it; empty for an empty cell."""
        return plain_text(self.value)

    @property
    def name(self) -> str:
        """The text where it must be a name or a word: straight quotes, single spaces."""
        return " ".join(self.text.translate(_SMART).split())

    @property
    def is_blank(self) -> bool:
        return not self.text

    @property
    def is_number(self) -> bool:
        return isinstance(self.value, Decimal)


def plain_text(value: Scalar) -> str:
    """Text without surrounding blanks; numbers without needless zeros, dates as ISO says."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, datetime):
        midnight = value.tzinfo is None and value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return strip_text(value)


def without_description(value: Scalar) -> Scalar:
    """The name alone of what was chosen from a list: ``Name`` of ``Name · Account Name · text``."""
    named = isinstance(value, str) and _NAMED.match(strip_text(value))
    return named.group(1) if named else value


_NAMED = re.compile(r"([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)\s+\u00b7\s", re.ASCII)


def strip_text(text: str) -> str:
    """Without blanks (also the unbreakable kind) and invisible characters around it."""
    return text.strip().strip(_INVISIBLE + "\u00a0").strip()


def number_text(value: Decimal) -> str:
    """``12`` for 12.00, ``0.5`` for 0.50; never in powers of ten."""
    if not value.is_finite() or abs(value.adjusted()) > 40:
        return str(value)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
