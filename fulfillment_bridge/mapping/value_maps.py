"""Value maps: what a word of Salesforce is called somewhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ValueMap:
    """One named map. Found values are compared without regard to case.

    ``blank``  what an empty value becomes, ``other`` what every value without a row becomes;
    None where the map has no such row, UNCHANGED_VALUE where the value stays as it is.
    """

    name: str
    values: Mapping[str, str] = field(default_factory=dict)
    blank: str | None = None
    other: str | None = None

    def translate(self, text: str) -> str | None:
        """What ``text`` becomes; None where the map does not say."""
        if text.casefold() in self.values:
            found: str | None = self.values[text.casefold()]
        else:
            found = self.other if text else self.blank
            if found is None and not text:
                found = self.other
        return text if found == UNCHANGED_VALUE else found


UNCHANGED_VALUE = "\u0000unchanged"
