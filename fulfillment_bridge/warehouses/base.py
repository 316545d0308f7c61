"""What every warehouse can do. One adapter per kind of warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol, runtime_checkable

from fulfillment_bridge.domain.fulfillment import FulfillmentOrder, Shipment
from fulfillment_bridge.domain.inventory import StockSnapshot


@dataclass(frozen=True)
class Submission:
    """One fulfillment order in the warehouse's own form, fixed before anything is sent.

    ``name`` and ``body`` are stored in the outbox row, so every later attempt sends the very
    same thing under the very same name: the name is the idempotency key.
    """

    merchant_code: str
    reference: str
    name: str
    body: bytes


@dataclass(frozen=True)
class Receipt:
    """The warehouse has it. ``warehouse_order_id`` is its own id, where it gives one."""

    warehouse_order_id: str = ""
    already_there: bool = False


@dataclass(frozen=True)
class RowFault:
    """A part of an incoming document that could not be used. ``row`` counts from 1; 0 is all."""

    row: int
    message: str


@dataclass(frozen=True)
class ShipmentBatch:
    """What one incoming document says about shipments.

    ``key`` tells this document from every other (its content counts): the same key twice is
    the same document. ``sequence`` orders documents about the same shipment.
    """

    merchant_code: str
    source: str
    key: str
    shipments: tuple[Shipment, ...] = ()
    faults: tuple[RowFault, ...] = ()


@dataclass(frozen=True)
class StockBatch:
    """What one incoming document says about stock; no snapshot where it is unusable."""

    merchant_code: str
    source: str
    key: str
    snapshot: StockSnapshot | None = None
    faults: tuple[RowFault, ...] = ()


@dataclass(frozen=True)
class Capabilities:
    """What this kind of warehouse can and cannot do.

    ``submit_is_idempotent``  sending the same submission twice has one effect
    ``can_look_up``           it can be asked whether it has a submission
    ``reference_length``      the longest reference it takes
    ``can_cancel``            it can be asked to cancel an order that it has (``TakesRequests``)
    ``can_change``            the same for changing one
    """

    submit_is_idempotent: bool
    can_look_up: bool
    reference_length: int = 22
    can_cancel: bool = False
    can_change: bool = False


@dataclass(frozen=True)
class WarehouseRequest:
    """To cancel an order that the warehouse has, or to change it.

    ``key`` is the idempotency key: asking again under it asks for nothing new, and tells how it
    stands by now. ``order`` is what it should be from now on; None cancels it.
    """

    key: str
    merchant_code: str
    reference: str
    warehouse_order_id: str = ""
    order: FulfillmentOrder | None = None


@dataclass(frozen=True)
class RequestAnswer:
    """``asked``: the answer comes later. ``note`` is what the warehouse said (shipped already)."""

    outcome: Literal["accepted", "refused", "asked"]
    note: str = ""


@runtime_checkable
class TakesRequests(Protocol):
    """A warehouse whose ``capabilities`` say ``can_cancel`` or ``can_change``."""

    def ask(self, request: WarehouseRequest) -> RequestAnswer:
        """Hand the request over, or ask how it stands; a lost answer does no harm.

        A reference that the warehouse never had is ``accepted``: there is nothing to stop."""
        ...


@runtime_checkable
class RemembersOrders(Protocol):
    """A warehouse that can tell what it was given, to a bridge whose store is older than that."""

    def sent_since(self, merchant_code: str, since: datetime) -> dict[str, tuple[str, ...]]:
        """Order numbers handed over since then, each with its references, oldest first.

        OutcomeUnknown where it cannot tell after all."""
        ...

    def has_as(self, submission: Submission) -> bool:
        """Whether what it was given under that reference is this very thing."""
        ...

    def prepare(self, order: FulfillmentOrder, *, created_at: datetime) -> Submission:
        """As every warehouse does."""
        ...

    def show_again(self, since: datetime) -> int:
        """Have every shipment document since then come again, and the newest count; how many."""
        ...


@runtime_checkable
class ShowsStrays(Protocol):
    """A warehouse where documents may lie under names that nobody reads."""

    def strays(self) -> list[str]:
        """One sentence for each place with such documents."""
        ...


@dataclass(frozen=True)
class WarehouseCheck:
    """One line of a connection test: ``ok``, what was looked at, and the remedy if it is not."""

    ok: bool
    what: str
    remedy: str = ""


class Warehouse(Protocol):
    """A WMS or 3PL. Raises ``Retry``, ``Rejected``, ``OutcomeUnknown`` or ``Misconfigured``."""

    capabilities: Capabilities

    def prepare(self, order: FulfillmentOrder, *, created_at: datetime) -> Submission:
        """The order in the warehouse's own form. Pure: the same arguments give the same bytes.

        Raises Rejected where the order cannot be expressed (a reference too long)."""
        ...

    def submit(self, submission: Submission, *, first_attempt: bool) -> Receipt:
        """Hand the submission over.

        ``first_attempt`` is False after a crash or a lost answer: then it is looked up first,
        and OutcomeUnknown is raised where nobody can tell whether it arrived."""
        ...

    def fetch_shipments(self) -> Iterator[ShipmentBatch]:
        """Complete documents about shipments that wait, oldest first, for all merchants.

        What cannot be read of one merchant comes last, as PartlyMisconfigured."""
        ...

    def fetch_stock(self) -> Iterator[StockBatch]:
        """Complete stock documents that wait, oldest first, for all merchants."""
        ...

    def acknowledge(self, batch: ShipmentBatch | StockBatch, *, note: str = "") -> None:
        """The batch is stored: put it away (archived; set aside with ``note`` if it had faults).

        Acknowledging twice, or after a crash, does no harm."""
        ...

    def check(self) -> list[WarehouseCheck]:
        """Is everything there that this warehouse needs? Changes nothing."""
        ...


@dataclass(frozen=True)
class WarehouseProfile:
    """What jobs need to know of a configured warehouse.

    ``merchants``    our merchant names to the warehouse's own codes
    ``short_means``  what a line that was not shipped completely means: backorder, closed, ask
    ``stock_floor``  a count with fewer than this share of the last one's SKUs is not believed
    """

    name: str
    merchants: dict[str, str] = field(default_factory=dict)
    accepts_test_orders: bool = False
    short_means: str = "backorder"
    stock_floor: Decimal = Decimal("0.5")
