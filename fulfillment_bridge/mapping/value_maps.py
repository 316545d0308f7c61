"""Value maps: what a word of Salesforce is called somewhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from fulfillment_bridge.mapping.cells import Cell
from fulfillment_bridge.mapping.layout import ANYTHING_ELSE, BLANK
from fulfillment_bridge.mapping.places import country_code

UNCHANGED_VALUE = "\u0000unchanged"
HOLD_VALUE = "\u0000hold"

_NUMBER = r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?"
_PLAIN = re.compile(_NUMBER)
_COMPARED = re.compile(rf"(<=|>=|<|>|≤|≥|up to|over|from)\s*({_NUMBER})", re.IGNORECASE)
_BETWEEN = re.compile(rf"({_NUMBER})\s+to\s+({_NUMBER})", re.IGNORECASE)
_SIGNS = {"≤": "<=", "up to": "<=", "≥": ">=", "from": ">=", "over": ">"}


@dataclass(frozen=True)
class Band:
    """Numbers between two limits; a limit that is None is none."""

    low: Decimal | None = None
    high: Decimal | None = None
    low_counts: bool = True
    high_counts: bool = True

    def holds(self, text: str) -> bool:
        """Whether the text is a number within."""
        if not _PLAIN.fullmatch(text):
            return False
        number = Decimal(text)
        above = self.low is None or number > self.low or (self.low_counts and number == self.low)
        below = (
            self.high is None or number < self.high or (self.high_counts and number == self.high)
        )
        return above and below


@lru_cache(maxsize=4096)
def band_of(text: str) -> Band | None:
    """The band that ``0 to 5``, ``< 5``, ``up to 5``, ``over 5`` mean; None for other texts."""
    if between := _BETWEEN.fullmatch(text.strip()):
        return Band(Decimal(between.group(1)), Decimal(between.group(2)))
    compared = _COMPARED.fullmatch(text.strip())
    if compared is None:
        return None
    word, limit = compared.group(1).lower(), Decimal(compared.group(2))
    sign = _SIGNS.get(word, word)
    if sign.startswith("<"):
        return Band(high=limit, high_counts=sign == "<=")
    return Band(low=limit, low_counts=sign == ">=")


@dataclass(frozen=True)
class MapRow:
    """One row of a map that looks at several values, or at a band of numbers.

    ``found`` has a text for each column: empty or (anything else) fits every value.
    """

    found: tuple[str, ...]
    becomes: str

    def fits(self, texts: Sequence[str]) -> bool:
        """Whether each value is what its column says; columns beyond the values are empty."""
        padded = [*texts, *[""] * (len(self.found) - len(texts))]
        return all(
            _fits(wanted, text, is_first=place == 0)
            for place, (wanted, text) in enumerate(zip(self.found, padded, strict=False))
        )


def _fits(wanted: str, text: str, *, is_first: bool) -> bool:
    if wanted in ("", "*", ANYTHING_ELSE):
        return True
    if wanted == BLANK:
        return not text
    if wanted == text.casefold():
        return True
    band = band_of(wanted)
    if band is not None:
        return band.holds(text)
    # The method comes first; what follows may be a country, written as a name or as a code.
    code = None if is_first else country_code(wanted)
    return code is not None and code == country_code(text)


@dataclass(frozen=True)
class ValueMap:
    """One named map. Found values are compared without regard to case.

    ``blank``  what an empty value becomes, ``other`` what every value without a row becomes;
    None where the map has no such row, UNCHANGED_VALUE where the value stays as it is, HOLD_VALUE
    where it holds the order. ``rows`` are those that no single word can say, the first that fits
    counts. ``width`` is how many values it looks at; ``targets`` are the cells of the column To.
    """

    name: str
    values: Mapping[str, str] = field(default_factory=dict)
    blank: str | None = None
    other: str | None = None
    rows: tuple[MapRow, ...] = ()
    width: int = 1
    targets: tuple[Cell, ...] = ()

    @property
    def holds_orders(self) -> bool:
        """Whether some row says: hold the order."""
        becomes = [*self.values.values(), self.blank, self.other]
        return HOLD_VALUE in (*becomes, *(row.becomes for row in self.rows))

    def translate(self, text: str) -> str | None:
        """What ``text`` becomes; None where the map does not say."""
        return self.find((text,))

    def find(self, texts: tuple[str, ...]) -> str | None:
        """What the values become together; None where the map does not say."""
        found = self._row(texts) if self.width > 1 else self._word(texts[0])
        return texts[0] if found == UNCHANGED_VALUE else found

    def _word(self, text: str) -> str | None:
        if text.casefold() in self.values:
            return self.values[text.casefold()]
        found = self._row((text,)) if text and self.rows else None
        if found is None:
            found = self.other if text else self.blank
        return self.other if found is None and not text else found

    def _row(self, texts: Sequence[str]) -> str | None:
        return next((row.becomes for row in self.rows if row.fits(texts)), None)
