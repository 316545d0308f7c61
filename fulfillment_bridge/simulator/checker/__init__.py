"""Compares the orgs with the warehouse's ledger after a round. Knows nothing of the bridge.

It reads each org as the merchant's administrator and the ledger over http, and says every
difference. It shares no code with anything: an error made elsewhere is not made here again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import requests

from fulfillment_bridge.simulator.checker.differences import Difference, Findings
from fulfillment_bridge.simulator.checker.orders import check_held, check_orders
from fulfillment_bridge.simulator.checker.org_reader import SECONDS, OrgReader, Unreadable
from fulfillment_bridge.simulator.checker.shapes import SHAPES
from fulfillment_bridge.simulator.checker.stock import check_stock

__all__ = ["Difference", "MerchantReport", "Report", "Unreadable", "check"]

Entries = Iterable[Mapping[str, Any]]


@dataclass(frozen=True)
class MerchantReport:
    """One merchant: how much was compared, and what differs."""

    name: str
    orders: int
    planted: int
    levels: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Report:
    """All merchants together."""

    merchants: tuple[MerchantReport, ...]

    @property
    def differences(self) -> list[Difference]:
        """Every difference, merchant by merchant."""
        return [found for merchant in self.merchants for found in merchant.differences]

    def as_json(self) -> dict[str, Any]:
        """The report as JSON-ready values."""
        merchants = [asdict(merchant) for merchant in self.merchants]
        return {"verified": not self.differences, "merchants": merchants}


def check(
    orgs: Sequence[Mapping[str, Any]],
    warehouse_url: str,
    planted: Mapping[str, Any],
    held: Sequence[Mapping[str, Any]],
) -> Report:
    """Compare; the report lists every difference. Raises Unreadable when a side is silent.

    ``orgs`` are entries of the simulator's ready line, ``planted`` what the merchants'
    document says, ``held`` a list of {merchant, order_number, reasons}.
    """
    ledger = _ledger(warehouse_url)
    known = [org for org in orgs if org["name"] in SHAPES]
    return Report(tuple(_check_merchant(org, ledger, planted, held) for org in known))


def _ledger(url: str) -> dict[str, Any]:
    with requests.Session() as http:
        http.trust_env = False
        answer = http.get(f"{url.rstrip('/')}/ledger", timeout=SECONDS)
    if not answer.ok:
        raise Unreadable(f"the warehouse at {url} answers {answer.status_code}")
    merchants: dict[str, Any] = answer.json()["merchants"]
    return merchants


def _check_merchant(
    endpoint: Mapping[str, Any],
    ledger: Mapping[str, Any],
    planted: Mapping[str, Any],
    held: Entries,
) -> MerchantReport:
    name = endpoint["name"]
    book, shape, findings = ledger[name.upper()], SHAPES[name], Findings(name)
    summaries = [entry for entry in planted["merchants"] if entry["merchant"] == name]
    kinds = {
        order["order_number"]: order["kind"]
        for summary in summaries
        for order in summary["planted"]
    }
    levels = (book["stock"] or {"levels": {}})["levels"]
    with OrgReader(endpoint) as org:
        orders = check_orders(org, shape, book, kinds, findings)
        compared = check_stock(org, shape, levels, summaries, findings)
    check_held([entry for entry in held if entry["merchant"] == name], kinds, findings)
    return MerchantReport(name, orders, len(kinds), compared, tuple(findings.differences))
