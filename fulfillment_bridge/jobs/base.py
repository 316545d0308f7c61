"""What a job gets and what it gives back.

A job is a module with ``RUNS_PER = "cart" | "warehouse" | "bridge"``, ``EVERY_SECONDS`` and
``run(ctx) -> None``. It takes only its context and is safe to run anywhere, twice.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.clock import Clock
from fulfillment_bridge.domain.ageing import AgeLimits
from fulfillment_bridge.domain.warehouse_needs import NO_NEEDS, WarehouseNeeds
from fulfillment_bridge.errors import Misconfigured
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.warehouses.base import Warehouse, WarehouseProfile

MOST_ATTENTION = 100
"""A workbook gone wrong can hold every order; a run keeps so many sentences about it."""

RunsPer = Literal["cart", "warehouse", "bridge"]
Urgency = Literal["orders", "stock", "rest"]
"""Which jobs go on while an org's API calls run short. A module may say ``URGENCY``; what says
nothing is the rest."""


@dataclass(frozen=True)
class CartProfile:
    """What jobs need to know of a configured cart; ``needs`` is what its warehouse asks."""

    name: str
    merchant: str
    connection: str
    warehouses: tuple[WarehouseProfile, ...]
    settle_seconds: int = 30
    overlap_seconds: int = 600
    safety_stock: Decimal = Decimal(0)
    age_limits: AgeLimits = field(default_factory=AgeLimits)
    needs: WarehouseNeeds = NO_NEEDS


class Log(Protocol):
    """The few words of structlog that jobs use."""

    def info(self, event: str, **values: Any) -> Any: ...

    def warning(self, event: str, **values: Any) -> Any: ...

    def error(self, event: str, **values: Any) -> Any: ...


@dataclass
class JobContext:
    """Everything one run may touch.

    ``counts``     what was done, by word; shown by ``run`` and kept with the run
    ``attention``  what a person must look at, one sentence each; the run is then not green
    ``logged``     the same for the log, where no name and no address of a buyer may stand
    ``since``      only what changed since then, where a person says so
    ``stopping``   set when the process wants to end: finish the current record and return
    """

    job: str
    target: str
    clock: Clock
    store: Store
    log: Log
    cart: Cart | None = None
    cart_profile: CartProfile | None = None
    warehouse: Warehouse | None = None
    warehouse_profile: WarehouseProfile | None = None
    worker: str = "worker"
    since: datetime | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    counts: Counter[str] = field(default_factory=Counter)
    attention: list[str] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)
    unshown_attention: int = 0

    def now(self) -> datetime:
        return self.clock.now()

    def need_cart(self) -> tuple[Cart, CartProfile]:
        """The cart this run is about; Misconfigured where there is none."""
        if self.cart is None or self.cart_profile is None:
            raise Misconfigured(f"{self.job} runs per cart, and {self.target} is none")
        return self.cart, self.cart_profile

    def need_warehouse(self) -> tuple[Warehouse, WarehouseProfile]:
        """The warehouse this run is about; Misconfigured where there is none."""
        if self.warehouse is None or self.warehouse_profile is None:
            raise Misconfigured(f"{self.job} runs per warehouse, and {self.target} is none")
        return self.warehouse, self.warehouse_profile

    def count(self, word: str, many: int = 1) -> None:
        """So many more of that; what did not happen is not mentioned."""
        if many:
            self.counts[word] += many

    def ask_for_attention(self, sentence: str, *, in_log: str = "") -> None:
        """Note what a person must look at; of very many, the first ones and how many more.

        Where the sentence quotes what an order holds, the log gets ``in_log`` in its place.
        """
        self.unshown_attention += len(self.attention) >= MOST_ATTENTION
        if self.unshown_attention:
            sentence = f"and {self.unshown_attention} more, see the lists of orders and messages"
            in_log = ""
            del self.attention[MOST_ATTENTION:], self.logged[MOST_ATTENTION:]
        self.attention.append(sentence)
        self.logged.append(in_log or sentence)


class Job(Protocol):
    """A module of this package."""

    RUNS_PER: RunsPer
    EVERY_SECONDS: int

    def run(self, ctx: JobContext) -> None: ...
