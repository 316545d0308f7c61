"""What is wrong with a workbook, cell by cell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from typing import Literal

from fulfillment_bridge.errors import UserError
from fulfillment_bridge.mapping.cells import Cell

_QUESTION = "did you mean"
_CLOSE_TO_THE_BEST = 0.12
_LONGEST_MESSAGE, _LONGEST_FOUND, _LONGEST_WORD = 400, 200, 100
_MOST_COMPARED = 60_000
"""Comparisons of words in one check; then nothing is suggested any more."""
_left: ContextVar[list[int] | None] = ContextVar("comparisons_left", default=None)

Severity = Literal["fault", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing to correct (``fault``) or to know (``warning``), with its sheet and cell.

    ``cell`` is empty where a finding is about a whole sheet, ``sheet`` too where it is about
    the whole file.
    """

    severity: Severity
    sheet: str
    cell: str
    message: str
    found: str = ""
    expected: str = ""

    def __post_init__(self) -> None:
        """Somebody may have pasted a whole book into a cell."""
        object.__setattr__(self, "message", _shortened(self.message, _LONGEST_MESSAGE))
        object.__setattr__(self, "found", _shortened(self.found, _LONGEST_FOUND))

    @property
    def place(self) -> str:
        """``Order fields!C7``, ``Order fields``, or nothing."""
        return "!".join(part for part in (self.sheet, self.cell) if part)

    def text(self) -> str:
        """One line: place, what is wrong, what was found, what was expected."""
        story = self.message
        if self.found:
            story += f"; found {_quoted(self.found)}"
        if self.expected:
            is_question = self.expected.startswith(_QUESTION)
            story += f"; {self.expected}" if is_question else f"; expected {self.expected}"
        return f"{self.place}: {story}" if self.place else story


def fault_at(cell: Cell, message: str, expected: str = "") -> Finding:
    """A fault of one cell, with what is found there."""
    return Finding("fault", cell.sheet, cell.ref, message, cell.text, expected)


def warning_at(cell: Cell, message: str, expected: str = "") -> Finding:
    """A warning about one cell, with what is found there."""
    return Finding("warning", cell.sheet, cell.ref, message, cell.text, expected)


class WorkbookFault(UserError):
    """A workbook that cannot be used. ``problems`` has every fault, one line each."""

    def __init__(self, message: str, findings: Sequence[Finding], *, remedy: str = "") -> None:
        super().__init__(
            message,
            remedy=remedy or "Correct these cells in Excel and load the file again.",
            code="workbook",
            problems=[finding.text() for finding in findings],
        )
        self.findings = tuple(findings)


def faults_of(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The faults among the findings, without the warnings."""
    return tuple(finding for finding in findings if finding.severity == "fault")


@contextmanager
def bounded_suggestions() -> Iterator[None]:
    """Within, so many words are compared and no more: a file may hold thousands of faults."""
    before = _left.set([_MOST_COMPARED])
    try:
        yield
    finally:
        _left.reset(before)


def _may_compare(word: str, known: Collection[str]) -> bool:
    left = _left.get()
    if left is not None:
        left[0] -= len(known)
    return len(word) <= _LONGEST_WORD and (left is None or left[0] >= 0)


def nearest(word: str, known: Iterable[str], *, count: int = 3) -> tuple[str, ...]:
    """The known names that look most like ``word``, best first, whatever their case.

    Names that look clearly less like it than the best one are left out.
    """
    by_lower: dict[str, str] = {}
    for name in known:
        by_lower.setdefault(name.lower(), name)
    if not _may_compare(word, by_lower):
        return ()
    matches = get_close_matches(word.lower(), by_lower, n=count, cutoff=0.55)
    scores = [SequenceMatcher(a=match, b=word.lower()).ratio() for match in matches]
    return tuple(
        by_lower[match]
        for match, score in zip(matches, scores, strict=True)
        if score >= max(scores) - _CLOSE_TO_THE_BEST
    )


def did_you_mean(suggestions: Sequence[str]) -> str:
    """``did you mean 'A' or 'B'?``, or nothing where there is no suggestion."""
    if not suggestions:
        return ""
    return f"{_QUESTION} " + " or ".join(f"'{name}'" for name in suggestions) + "?"


def _shortened(text: str, most: int) -> str:
    return f"{text[: most - 1]}…" if len(text) > most else text


def _quoted(text: str) -> str:
    return f"'{text[:77]}…'" if len(text) > 80 else f"'{text}'"
