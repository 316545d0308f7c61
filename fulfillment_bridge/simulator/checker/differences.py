"""A difference, and the book they are collected in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it must be. ``subject`` is an order number or a SKU."""

    merchant: str
    subject: str
    what: str
    expected: str = ""
    found: str = ""

    def __str__(self) -> str:
        detail = f": expected {self.expected}, found {self.found}" if self.expected else ""
        return f"{self.merchant} {self.subject}: {self.what}{detail}"


@dataclass
class Findings:
    """The differences of one merchant, as they are found."""

    merchant: str
    differences: list[Difference] = field(default_factory=list)

    def note(self, subject: str, what: str) -> None:
        """Something is there that must not be, or the other way round."""
        self.differences.append(Difference(self.merchant, subject, what))

    def equal(self, subject: str, what: str, expected: object, found: object) -> None:
        """Note it unless both are equal."""
        if expected != found:
            self.differences.append(
                Difference(self.merchant, subject, what, _text(expected), _text(found))
            )

    def one_of(self, subject: str, what: str, allowed: Iterable[str], found: str) -> None:
        """Note it unless what was found is among the allowed."""
        choices = sorted(set(allowed))
        if found not in choices:
            self.differences.append(
                Difference(self.merchant, subject, what, " or ".join(choices), found or "nothing")
            )


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {value[key]}" for key in sorted(value)) or "nothing"
    if isinstance(value, set | frozenset | list | tuple):
        return ", ".join(sorted(map(str, value))) or "nothing"
    return "nothing" if value in (None, "") else str(value)
