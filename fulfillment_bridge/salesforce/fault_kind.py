"""One kind of Salesforce error: what it means, who must act, and what happens next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fulfillment_bridge.errors import BridgeError, Rejected

Actor = Literal["Salesforce administrator", "support staff", "operator", "nobody"]


@dataclass(frozen=True)
class Fault:
    """One kind of error.

    ``error``     the class it is raised as, which says what happens next
    ``again``     the same write may succeed later without anybody doing anything
    ``narrower``  the same rows may succeed in smaller batches
    """

    code: str
    meaning: str
    who: Actor
    remedy: str
    error: type[BridgeError] = Rejected
    again: bool = False
    narrower: bool = False


NOBODY = "Nothing; the bridge tries again by itself."
ADMIN: Actor = "Salesforce administrator"
STAFF: Actor = "support staff"
OPERATOR: Actor = "operator"
