"""The checker sees each kind of broken promise in a history that was written by hand."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.checker import check

VERSION = {"status": "Approved", "lines": [["MUG-1", "2"]], "gift": "", "deleted": False, "at": 1}
GOOD: dict[str, Any] = {
    "orders": [{"merchant": "acme", "number": "1001", "id": "a", "note": "Ada",
                "versions": [VERSION]}],
    "received": [{"merchant": "acme", "number": "1001", "reference": "1001",
                  "lines": [["MUG-1", "2"]], "gift": "", "canceled": False, "at": 2}],
    "shipments": [{"merchant": "acme", "number": "1001", "id": "S1",
                   "versions": [{"numbers": ["1ZS1V1P0"]}, {"numbers": ["1ZS1V2P0"]}]}],
    "counts": [{"merchant": "acme", "kind": "good", "as_of": 5, "levels": {"MUG-1": 7}},
               {"merchant": "acme", "kind": "bad", "as_of": 6, "levels": {"MUG-1": 0}}],
    "requests": [],
    "archives": True,
    "asks": False,
    "shown": {"acme": {"orders": {"1001": ["1ZS1V2P0", "Shipped"]}, "stock": [["MUG-1", 7]]}},
    "samples": [{"acme": {"orders": {"1001": ["1ZS1V1P0", ""]}, "stock": [["MUG-1", None]]}}],
    "listed": {"acme": {"1001": {"state": "confirmed", "reasons": []}}},
    "slept_long": False,
    "unrest": [],
    "starved": [],
    "uncounted": 0,
    "unexplained": 0,
    "spent": [{"calls": 2, "allowed": 2}],
    "calm_calls": 2,
    "most_calm_calls": 4,
}  # fmt: skip


def test_a_history_in_which_all_went_well_passes() -> None:
    """Nothing is said."""
    assert check(GOOD) == []


def _twice(history: Any) -> None:
    history["received"].append({**history["received"][0], "reference": "1001-2"})


def _never(history: Any) -> None:
    history["received"].clear()


def _never_ready(history: Any) -> None:
    history["orders"][0]["versions"][0]["status"] = "Draft"


def _other_lines(history: Any) -> None:
    history["received"][0]["lines"] = [["TENT-2", "1"]]


def _edited(history: Any) -> None:
    history["orders"][0]["versions"].append({**VERSION, "gift": "for Bob"})


def _canceled(history: Any) -> None:
    history["orders"][0]["versions"].append({**VERSION, "status": "Cancelled"})


def _stranger(history: Any) -> None:
    history["received"].append({**history["received"][0], "number": "9", "reference": "9"})


def _stale(history: Any) -> None:
    history["shown"]["acme"]["orders"]["1001"][0] = "1ZS1V1P0"


def _lost(history: Any) -> None:
    history["shown"]["acme"]["orders"]["1001"][0] = ""


def _doubled(history: Any) -> None:
    history["shown"]["acme"]["orders"]["1001"][0] = "1ZS1V2P0, 1ZS1V2P0"


def _backwards(history: Any) -> None:
    newer = copy.deepcopy(history["samples"][0])
    newer["acme"]["orders"]["1001"][0] = "1ZS1V2P0"
    history["samples"].insert(0, newer)


def _no_cause(history: Any) -> None:
    history["listed"]["acme"]["1001"]["reasons"] = ["changed in Salesforce"]


def _other_stock(history: Any) -> None:
    history["shown"]["acme"]["stock"] = [["MUG-1", 0]]


def _new_record(history: Any) -> None:
    history["shown"]["acme"]["stock"].append(["LAMP-4", 1])


def _refused(history: Any) -> None:
    history["requests"].append({"merchant": "acme", "number": "1001", "reference": "1001",
                                "what": "change", "outcome": "refused"})  # fmt: skip


def _stopped(history: Any) -> None:
    history["shipments"].clear()
    history["shown"]["acme"]["orders"]["1001"][0] = ""
    history["samples"][0]["acme"]["orders"]["1001"][0] = ""


def _canceled_there(history: Any) -> None:
    _stopped(history)
    history["received"][0]["canceled"] = True
    history["requests"].append({"merchant": "acme", "number": "1001", "reference": "1001",
                                "what": "cancel", "outcome": "accepted"})  # fmt: skip


def _canceled_here_only(history: Any) -> None:
    _stopped(history)
    history["listed"]["acme"]["1001"]["state"] = "canceled"


def _not_asked(history: Any) -> None:
    _stopped(history)
    _canceled(history)
    history["asks"] = True


def _no_rest(history: Any) -> None:
    history["unrest"].append("after 6 rounds it is not at rest")


def _starved(history: Any) -> None:
    history["starved"].append("globex 1001 is not at the warehouse")


def _uncounted(history: Any) -> None:
    history["uncounted"] = 3


def _unexplained(history: Any) -> None:
    history["unexplained"] = 2


def _spendthrift(history: Any) -> None:
    history["spent"].append({"calls": 9, "allowed": 4})


def _dear(history: Any) -> None:
    history["calm_calls"] = 40


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_twice, "at the warehouse 2 times"),
        (_never, "not at the warehouse and not listed"),
        (_never_ready, "was never ready"),
        (_other_lines, "which it never had"),
        (_edited, "differs now, and nobody is told"),
        (_canceled, "not ready any more, and nobody is told"),
        (_stranger, "which is no order"),
        (_stale, "shows tracking"),
        (_lost, "shows tracking []"),
        (_doubled, "shows tracking"),
        (_backwards, "went back to older tracking"),
        (_no_cause, "listed for no reason"),
        (_other_stock, "shows 0 of MUG-1"),
        (_new_record, "other inventory records"),
        (_refused, "refused to change acme 1001, and nobody is told"),
        (_canceled_there, "has canceled acme 1001, which is confirmed here"),
        (_canceled_here_only, "canceled here, and the warehouse ships it"),
        (_not_asked, "the warehouse was not asked"),
        (_no_rest, "not at rest"),
        (_starved, "because of another merchant's folder"),
        (_uncounted, "3 times more than the bridge says"),
        (_unexplained, "2 calls more or fewer"),
        (_spendthrift, "9 calls were made though"),
        (_dear, "costs 40 calls"),
    ],
)
def test_each_broken_promise_is_seen(spoil: Callable[[Any], None], said: str) -> None:
    """Each spoils one thing, and the checker names it."""
    history = copy.deepcopy(GOOD)
    spoil(history)
    assert any(said in sentence for sentence in check(history)), check(history)
