"""docs/simulator.md tells of every address, operation, state and switch, and of no other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import pytest
from starlette.routing import Route

from fulfillment_bridge.simulator import oauth, rest, soap
from fulfillment_bridge.simulator.bulk.ingest import KINDS
from fulfillment_bridge.simulator.bulk.job import State
from fulfillment_bridge.simulator.bulk.query import QUERY_ALL
from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.control import control_application
from fulfillment_bridge.simulator.faults import ACTIONS
from fulfillment_bridge.simulator.main import argument_parser
from fulfillment_bridge.simulator.model import OrgSettings
from fulfillment_bridge.simulator.simulation import Simulation

MANUAL = Path(__file__).parents[2] / "docs" / "simulator.md"
ROW = re.compile(r"^\| `([^`]+)` \|([^|]*)\|", re.MULTILINE)


def table(text: str, heading: str) -> dict[str, str]:
    """The rows of the table whose first heading this is: first cell to second."""
    found = re.search(rf"^\| {re.escape(heading)} \|.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found, f"no table of {heading}"
    rows = ROW.findall(found[1])
    assert len(rows) == len(dict(rows)), f"something stands twice in the table of {heading}"
    return {name: rest.strip() for name, rest in rows}


def options() -> Iterable[str]:
    """The long options of the command line."""
    return set(re.findall(r"^  (--[a-z-]+)", argument_parser().format_help(), re.MULTILINE))


NAMES: dict[str, Iterable[str]] = {
    "option": options(),
    "setting of an org": [each.name for each in fields(OrgSettings)],
    "grant type": oauth.FLOWS,
    "endpoint": oauth.ENDPOINTS,
    "state": [each.value for each in State],
    "action": ACTIONS,
}


def test_the_tables_name_what_the_code_has() -> None:
    """Options, settings, grants, endpoints, states and faults, each of them and no other."""
    text = MANUAL.read_text(encoding="utf-8")
    told = {heading: set(table(text, heading)) for heading in NAMES}
    assert told == {heading: set(names) for heading, names in NAMES.items()}


@pytest.mark.parametrize(
    ("section", "names"),
    [
        ("SOAP", {"login", *soap.OPERATIONS["u"]}),
        ("Bulk API 2.0", {*KINDS, "query", QUERY_ALL}),
    ],
)
def test_the_operations_of_each_api(section: str, names: set[str]) -> None:
    """SOAP operations and bulk operations stand under their own headings."""
    text = MANUAL.read_text(encoding="utf-8")
    part = text.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    assert set(table(part, "operation")) == names


def test_the_rest_resources_and_their_methods() -> None:
    """Every route of the code with exactly its methods."""
    told = table(MANUAL.read_text(encoding="utf-8"), "resource")
    known = {route.pattern: " ".join(_ordered(route.handlers)) for route in rest.ROUTES}
    assert told == known


def test_the_control_address() -> None:
    """Every address below it with exactly its methods."""
    told = table(MANUAL.read_text(encoding="utf-8"), "address")
    known: dict[str, set[str]] = {}
    for route in control_application(Simulation(clock=SimulatedClock())).routes:
        assert isinstance(route, Route)
        known.setdefault(route.path, set()).update((route.methods or set()) - {"HEAD"})
    assert told == {path: " ".join(_ordered(methods)) for path, methods in known.items()}


def _ordered(methods: Iterable[str]) -> list[str]:
    return sorted(methods, key=["GET", "POST", "PUT", "PATCH", "DELETE"].index)
