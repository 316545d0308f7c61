"""Reasons to hold an order that do not come from its mapping."""

from __future__ import annotations

from fulfillment_bridge.domain.order import HoldReason

BY_HAND = "by_hand"
ALREADY_MARKED = "already_marked"
STAYS = frozenset({BY_HAND})
"""Reasons that a person gave: reading the order again does not lift them."""

NO_LONGER_READY = HoldReason(
    "no_longer_ready",
    "It is no longer ready in Salesforce.",
    "It goes on by itself when it is ready again.",
)
MARKED_BY_ANOTHER = HoldReason(
    ALREADY_MARKED,
    "It was marked as downloaded in Salesforce, and not by this bridge.",
    "Make sure that nobody ships it already, then clear the mark.",
)
