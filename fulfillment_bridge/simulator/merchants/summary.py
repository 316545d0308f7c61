"""What a merchant did, for whoever checks the round afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class CreatedOrder:
    """One order in the org."""

    order_number: str
    record_id: str


@dataclass(frozen=True)
class PlantedOrder:
    """A ready order that no map can make sense of; ``kind`` says what is wrong with it.

    Kinds: no_country, unknown_country, no_city, no_sku, unknown_ship_method.
    """

    order_number: str
    record_id: str
    kind: str


@dataclass(frozen=True)
class MerchantSummary:
    """All orders a merchant created, and the inventory records that exist.

    ``untouched`` holds the records that nobody may change: id -> values.
    """

    merchant: str
    orders: tuple[CreatedOrder, ...]
    planted: tuple[PlantedOrder, ...]
    not_ready: tuple[CreatedOrder, ...]
    inventory_record_ids: tuple[str, ...]
    untouched: dict[str, dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """The summary as JSON-ready values."""
        return asdict(self)


def planted_document(summaries: Sequence[MerchantSummary]) -> dict[str, Any]:
    """What the checker reads as PLANTED.json."""
    return {"merchants": [summary.as_json() for summary in summaries]}
