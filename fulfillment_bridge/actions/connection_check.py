"""One line of the checklist of ``test-connection``, and what the checks look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.clock import Clock
from fulfillment_bridge.domain.warehouse_needs import NO_NEEDS, WarehouseNeeds
from fulfillment_bridge.errors import BridgeError
from fulfillment_bridge.mapping.workbook import Workbook
from fulfillment_bridge.storage.database import Store

Mark = Literal["ok", "warning", "failed"]


@dataclass(frozen=True)
class Check:
    """One line of the checklist.

    ``check``   which check it belongs to, as programs know it
    ``remedy``  what to do where it is not ok, ``raw`` what the other side said
    ``code``    the error's code, for ``explain``
    """

    check: str
    mark: Mark
    what: str
    remedy: str = ""
    raw: str = ""
    code: str = ""


@dataclass(frozen=True)
class Doing:
    """What is begun now; whoever gives up on waiting says so."""

    what: str


Step = Check | Doing


@dataclass(frozen=True)
class Subject:
    """What is tested: a cart over its connection, with a workbook if there is one.

    ``cart_name``  empty where a connection is tested that has no cart
    ``file``       the workbook's name where it is not loaded yet
    ``try_login``  a person says: log in once although the connection is suspended
    ``needs``      what the cart's warehouse asks of every order
    ``probe``      the number of an order that a write may be tried on; empty: nothing is written
    """

    cart_name: str
    connection: str
    login: str
    cart: Cart
    store: Store
    clock: Clock
    actor: str
    workbook: Workbook | None = None
    file: str = ""
    merchant: str = ""
    warehouses: Sequence[str] = ()
    try_login: bool = False
    probe: str = ""
    needs: WarehouseNeeds = NO_NEEDS


def ok(check: str, what: str) -> Check:
    """A line that is well."""
    return Check(check, "ok", what)


def warning(check: str, what: str, remedy: str = "") -> Check:
    """A line that a person should know of."""
    return Check(check, "warning", what, remedy)


def failed(check: str, doing: str, problem: BridgeError) -> Check:
    """The line for something that did not work."""
    raw = "" if problem.raw in problem.message else problem.raw
    what = "; ".join((problem.message, *problem.problems))
    if doing and not what.startswith(doing):
        what = f"{doing}: {what}"
    return Check(check, "failed", what, problem.remedy, raw, problem.code)
