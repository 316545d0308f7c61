"""Errors, named for what happens next.

    BridgeError
    ├── UserError         wrong use or configuration: a message, exit code 2, no traceback
    ├── Retry             transient: the same work is tried again later, with a growing delay
    │   └── OverBudget    the org's API quota is used up: wait until it falls
    ├── Reauthenticate    the session is gone: log in once more, repeat once
    ├── Rejected          this record cannot go: dead letter, a person must act
    ├── OutcomeUnknown    it may or may not have arrived: look it up, never send blindly
    └── Misconfigured     this connection, cart or warehouse stops; the others go on
        ├── Suspended     a person must lift it (a refused login, an unknown org)
        └── PartlyMisconfigured  only some merchants of a warehouse stop; the job keeps its beat

Raise one of the leaves. Whoever catches decides by the class alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime


class BridgeError(Exception):
    """What a person reads: what happened, to what, and what to do about it.

    ``message``  what happened, to which record, in which org, field or workbook cell
    ``remedy``   what to do about it, in clicks where there are clicks; empty if nothing
    ``code``     a stable word for the kind of fault (Salesforce's own code where it has one)
    ``raw``      the untouched text of the other side
    ``problems`` every single fault where there are several, one line each
    """

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        code: str = "",
        raw: str = "",
        problems: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.code = code
        self.raw = raw
        self.problems = tuple(problems)

    def text(self) -> str:
        """The whole story on several lines, for a terminal or a log."""
        lines = [self.message, *(f"  - {problem}" for problem in self.problems)]
        if self.remedy:
            lines.append(f"What to do: {self.remedy}")
        if self.raw and self.raw not in self.message:
            lines.append(f"The other side said: {self.raw}")
        return "\n".join(lines)


class UserError(BridgeError):
    """Wrong use or configuration."""


class Retry(BridgeError):
    """Transient; ``retry_at`` says when at the earliest, if the other side said so."""

    retry_at: datetime | None = None


class OverBudget(Retry):
    """The org's API quota is used up."""


class Reauthenticate(BridgeError):
    """The session is no longer valid."""


class Rejected(BridgeError):
    """The other side will never take this record as it is."""


class OutcomeUnknown(BridgeError):
    """The answer was lost after the work may have been done."""


class Misconfigured(BridgeError):
    """This connection, cart or warehouse cannot work until somebody changes something."""


class PartlyMisconfigured(Misconfigured):
    """Some merchants' part of a warehouse cannot work; what concerns the others was done."""


class Suspended(Misconfigured):
    """Stopped until the credentials change or a person resumes it."""


def told_together(troubles: Sequence[BridgeError], *, all_concerned: bool) -> BridgeError:
    """One error for the troubles of several merchants of a warehouse, the gravest first."""
    first = next((each for each in troubles if isinstance(each, Misconfigured)), troubles[0])
    kind = type(first)
    if kind is Misconfigured and not all_concerned:
        kind = PartlyMisconfigured
    told = "; ".join(dict.fromkeys(each.message for each in troubles))
    return kind(told, remedy=first.remedy, code=first.code, raw=first.raw)
