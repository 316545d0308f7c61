"""One kind of Salesforce error: what it means, who must act, and what happens next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fulfillment_bridge.errors import (
    BridgeError,
    Misconfigured,
    OverBudget,
    Reauthenticate,
    Rejected,
    Retry,
    Suspended,
)

Actor = Literal["Salesforce administrator", "support staff", "operator", "nobody"]


@dataclass(frozen=True)
class Fault:
    """One kind of error.

    ``error``     the class it is raised as, which says what happens next
    ``again``     the same write may succeed later without anybody doing anything
    ``narrower``  the same rows may succeed in smaller batches
    ``says``      words in Salesforce's text that tell this kind from others of the same code
    ``when``      whether and when we try again, where the class does not say it well enough
    """

    code: str
    meaning: str
    who: Actor
    remedy: str
    error: type[BridgeError] = Rejected
    again: bool = False
    narrower: bool = False
    says: str = ""
    when: str = ""

    @property
    def tried_again(self) -> str:
        """Whether and when we try again, in plain words."""
        if self.when:
            return self.when
        if self.error is Rejected and self.again:
            return _AGAIN
        halved = _HALVED if self.narrower else ""
        return halved + next(text for kind, text in _TRIED_AGAIN if issubclass(self.error, kind))


NOBODY = "Nothing; the bridge tries again by itself."
ADMIN: Actor = "Salesforce administrator"
STAFF: Actor = "support staff"
OPERATOR: Actor = "operator"

_AGAIN = (
    "Yes: a record after a minute, then later and later up to an hour; a whole job after "
    "15 seconds, then later and later up to its own interval."
)
_HALVED = "At once in smaller batches, down to one record. After that: "
_TRIED_AGAIN: tuple[tuple[type[BridgeError], str], ...] = (
    (
        Suspended,
        "No. The connection stands still, across restarts too, until its credentials change or "
        "somebody runs `fulfillment-bridge connections resume NAME`.",
    ),
    (
        Misconfigured,
        "The job fails and is tried again at its next turns, later and later up to an hour.",
    ),
    (
        OverBudget,
        "Yes: jobs wait; every 15 minutes one cheap call looks whether the org's usage has "
        "fallen below resume_at.",
    ),
    (Reauthenticate, "At once, after one new login; never in a loop."),
    (Retry, _AGAIN),
    (Rejected, "No. What was refused stays in a list until a person acts."),
)

QUERY_REFUSED = (
    "The job fails, nothing is skipped, and it is tried again at its next turns, later and later "
    "up to an hour."
)
