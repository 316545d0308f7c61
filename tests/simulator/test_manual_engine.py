"""docs/simulator.md tells of every function, object, field type and fault, and of no other."""

from __future__ import annotations

import re
from pathlib import Path

from fulfillment_bridge.simulator import faults
from fulfillment_bridge.simulator.fields import FIELD_TYPES
from fulfillment_bridge.simulator.schema import standard_objects
from fulfillment_bridge.simulator.soql_dates import DATE_FUNCTIONS
from fulfillment_bridge.simulator.soql_functions import AGGREGATES, PASSING

MANUAL = Path(__file__).parents[2] / "docs" / "simulator.md"


def told(heading: str) -> list[str]:
    """The first cells of the table whose first heading this is."""
    text = MANUAL.read_text(encoding="utf-8")
    found = re.search(rf"^\| {re.escape(heading)} \|.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found, f"no table of {heading}"
    return re.findall(r"^\| `([^`]+)` \|", found[1], re.MULTILINE)


def test_the_functions_of_soql() -> None:
    """Aggregates, functions for showing, dates, and three of their own kind."""
    others = {"FIELDS", "GROUPING", "CONVERTTIMEZONE"}
    assert sorted(told("function")) == sorted({*AGGREGATES, *PASSING, *DATE_FUNCTIONS, *others})


def test_the_standard_objects() -> None:
    """All that an org has before anything is declared."""
    assert sorted(told("standard object")) == sorted(standard_objects())


def test_the_field_types() -> None:
    """The words that a description may use."""
    assert sorted(told("field type")) == sorted(FIELD_TYPES)


def test_the_keys_of_a_fault_rule() -> None:
    """Those that say which requests it means and strikes; what it does is told by its actions."""
    keys = faults.FITTING | faults.COUNTING | {"when"}
    assert sorted(told("key of a rule")) == sorted(keys)


def test_the_actions_of_faults() -> None:
    """With what each does."""
    assert sorted(told("action")) == sorted(faults.ACTIONS)
