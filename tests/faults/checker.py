"""Did the bridge keep its promises? Knows the histories of orgs and warehouse, nothing of ours.

A history is plain data: ``orders`` with every state that the merchants' people gave them,
``received`` and ``shipments`` as the warehouse's people noted them, ``counts`` of stock, ``shown``
(what the orgs show at the end) and ``samples`` of it on the way, and ``listed``: for each order
what the bridge tells a person who asks about it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

History = Mapping[str, Any]
Order = Mapping[str, Any]
NUMBERS = re.compile(r"1Z(S\d+)V(\d+)P(\d+)")
ASKED = frozenset({"cancel_requested", "canceled"})
REFUSED = "NO TRACKING PLEASE"


def check(history: History) -> list[str]:
    """One sentence for each broken promise."""
    return [
        *_orders(history),
        *_strangers(history),
        *_tracking(history),
        *_never_backwards(history),
        *_requests(history),
        *_stock(history),
        *_rest(history),
    ]


def _orders(history: History) -> Iterator[str]:
    """Each order that was ready is at the warehouse exactly once, or is listed with a reason."""
    for order in history["orders"]:
        sent = _received(history, order)
        name = f"{order['merchant']} {order['number']}"
        if len(sent) > 1:
            yield f"{name} is at the warehouse {len(sent)} times"
        was_ready = any(map(_is_ready, order["versions"]))
        last = order["versions"][-1]
        listed = _listed(history, order)
        if sent and not was_ready:
            yield f"{name} was never ready and is at the warehouse"
        if not sent and _is_ready(last) and not listed["reasons"]:
            yield f"{name} is ready, not at the warehouse and not listed ({listed['state']})"
        for entry in sent:
            if not _came_too_late(history, order):
                yield from _content(name, order, entry, listed)
        yield from _without_cause(name, order, listed, history)


def _content(
    name: str, order: Order, entry: Mapping[str, Any], listed: Mapping[str, Any]
) -> Iterator[str]:
    """What was sent is what the order once was; where it is not so any more, that is listed."""
    versions, last = order["versions"], order["versions"][-1]
    if not any(_is_part_of(entry["lines"], _as_sent(version)) for version in versions):
        yield f"{name} was sent with {entry['lines']}, which it never had"
    if entry["gift"] not in [version["gift"] for version in versions]:
        yield f"{name} was sent with the note {entry['gift']!r}, which it never had"
    told = listed["reasons"] or listed["state"] in ASKED
    if not _is_ready(last) and not told:
        yield f"{name} was sent, is not ready any more, and nobody is told"
    is_other = entry["lines"] != _as_sent(last) or entry["gift"] != last["gift"]
    if is_other and not told:
        yield f"{name} was sent, differs now, and nobody is told"


def _is_part_of(lines: list[list[str]], others: list[list[str]]) -> bool:
    """Lines are seen in any order: some of them may have been all there was to see."""
    return bool(lines) and not Counter(map(tuple, lines)) - Counter(map(tuple, others))


def _came_too_late(history: History, order: Order) -> bool:
    """Shipped, and then put aside without being canceled: as merchants do with what is done."""
    last = order["versions"][-1]
    put_aside = last["status"] not in ("Approved", "Cancelled") and not last["deleted"]
    return put_aside and bool(_shipments(history, order))


def _without_cause(
    name: str, order: Order, listed: Mapping[str, Any], history: History
) -> Iterator[str]:
    """An order that nobody touched and nothing happened to is in no list."""
    untouched = len(order["versions"]) == 1 and order["note"] != REFUSED
    if untouched and _is_ready(order["versions"][0]) and history["archives"] and listed["reasons"]:
        yield f"{name} is listed for no reason: {listed['reasons']}"


def _strangers(history: History) -> Iterator[str]:
    """The warehouse got nothing that is no order of that merchant."""
    known = {(order["merchant"], order["number"]) for order in history["orders"]}
    for entry in history["received"]:
        if (entry["merchant"], entry["number"]) not in known:
            yield f"the warehouse got {entry['number']} for {entry['merchant']}, which is no order"
    references = Counter((entry["merchant"], entry["reference"]) for entry in history["received"])
    for (merchant, reference), times in references.items():
        if times > 1:
            yield f"reference {reference} of {merchant} came {times} times"


def _requests(history: History) -> Iterator[str]:
    """What the warehouse was asked, and what it said, is what people are told."""
    for request in history["requests"]:
        of = (request["merchant"], request["number"])
        for order in history["orders"]:
            if (order["merchant"], order["number"]) == of:
                yield from _answered(history, order, request)
    for order in history["orders"]:
        for entry in _received(history, order):
            yield from _unasked(history, order, entry)


def _answered(history: History, order: Order, request: Mapping[str, Any]) -> Iterator[str]:
    name, listed = f"{order['merchant']} {order['number']}", _listed(history, order)
    if request["outcome"] == "refused" and not listed["reasons"]:
        yield f"the warehouse refused to {request['what']} {name}, and nobody is told"
    is_canceled = request["what"] == "cancel" and request["outcome"] == "accepted"
    if is_canceled and listed["state"] != "canceled":
        yield f"the warehouse has canceled {name}, which is {listed['state']} here"


def _unasked(history: History, order: Order, entry: Mapping[str, Any]) -> Iterator[str]:
    """Where it takes requests it was asked; nowhere are we content without having asked."""
    if entry["canceled"] or _shipments(history, order):
        return
    name, state = f"{order['merchant']} {order['number']}", _listed(history, order)["state"]
    if state == "canceled":
        yield f"{name} is canceled here, and the warehouse ships it"
    last = order["versions"][-1]
    asked = any(_is_of(request, order) for request in history["requests"])
    if (last["deleted"] or last["status"] == "Cancelled") and history["asks"] and not asked:
        yield f"{name} is canceled, and the warehouse was not asked ({state})"


def _tracking(history: History) -> Iterator[str]:
    """Of every shipment the newest tracking numbers stand in the org, each once."""
    for order in history["orders"]:
        if order["versions"][-1]["deleted"]:
            continue
        expected = sorted(
            number
            for shipment in _shipments(history, order)
            for number in shipment["versions"][-1]["numbers"]
        )
        shown = history["shown"][order["merchant"]]["orders"][order["number"]][0]
        found = sorted(part for part in re.split(r"[,;\s]+", shown) if part)
        if found != expected and not (expected and order["note"] == REFUSED
                                      and _listed(history, order)["reasons"]):  # fmt: skip
            name = f"{order['merchant']} {order['number']}"
            yield f"{name} shows tracking {found}, and the warehouse sent {expected}"


def _never_backwards(history: History) -> Iterator[str]:
    """Newer tracking is never overwritten by older, but by a program that slept past its lease."""
    if history["slept_long"]:
        return
    newest: dict[tuple[str, str, str], int] = {}
    for sample in history["samples"]:
        for merchant, shown in sample.items():
            for number, (tracking, _) in shown["orders"].items():
                for shipment, version, _ in NUMBERS.findall(tracking):
                    key = (merchant, number, shipment)
                    if int(version) < newest.get(key, 0):
                        yield f"{merchant} {number} went back to older tracking: {tracking}"
                    newest[key] = int(version)


def _stock(history: History) -> Iterator[str]:
    """What the org shows is the merchant's last believable count; no record was created."""
    for merchant, shown in history["shown"].items():
        counts = [each for each in history["counts"]
                  if each["merchant"] == merchant and each["kind"] != "bad"]  # fmt: skip
        before = [code for code, _ in history["samples"][0][merchant]["stock"]]
        if [code for code, _ in shown["stock"]] != before:
            yield f"{merchant} has other inventory records than before: {shown['stock']}"
        if not counts or _may_be_on_the_way(history, merchant):
            continue
        levels = max(counts, key=lambda each: float(each["as_of"]))["levels"]
        for code, level in shown["stock"]:
            if code in levels and level != levels[code]:
                yield f"{merchant} shows {level} of {code}, and {levels[code]} were counted"


def _rest(history: History) -> Iterator[str]:
    """Once the faults stop everything comes to rest, and rest is cheap."""
    yield from history["unrest"]
    for what in history["starved"]:
        yield f"{what}, because of another merchant's folder"
    if history["uncounted"]:
        yield f"the orgs were asked {history['uncounted']} times more than the bridge says"
    if history["unexplained"]:
        yield f"{history['unexplained']} calls more or fewer than faults explain are counted"
    for spent in history["spent"]:
        if spent["calls"] > spent["allowed"]:
            yield f"{spent['calls']} calls were made though the org had none to spare"
    most = history["most_calm_calls"]
    if history["calm_calls"] > most:
        yield f"a round in which nothing happens costs {history['calm_calls']} calls, over {most}"


def _may_be_on_the_way(history: History, merchant: str) -> bool:
    """Goods of orders that nobody knows the fate of are kept back."""
    return any(
        listed["state"] in ("outcome_unknown", "released", "rejected")
        for listed in history["listed"][merchant].values()
    )


def _received(history: History, order: Order) -> list[Mapping[str, Any]]:
    return [entry for entry in history["received"] if _is_of(entry, order)]


def _shipments(history: History, order: Order) -> list[Mapping[str, Any]]:
    return [each for each in history["shipments"] if _is_of(each, order)]


def _is_of(entry: Mapping[str, Any], order: Order) -> bool:
    return (entry["merchant"], entry["number"]) == (order["merchant"], order["number"])


def _listed(history: History, order: Order) -> Mapping[str, Any]:
    unknown = {"state": "unknown here", "reasons": []}
    found: Mapping[str, Any] = history["listed"][order["merchant"]].get(order["number"], unknown)
    return found


def _is_ready(version: Mapping[str, Any]) -> bool:
    return version["status"] == "Approved" and bool(version["lines"]) and not version["deleted"]


def _as_sent(version: Mapping[str, Any]) -> list[list[str]]:
    return [list(line) for line in version["lines"]]
