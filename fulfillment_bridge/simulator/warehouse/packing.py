"""Deciding what goes into which package, and what does not leave at all. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from fulfillment_bridge.simulator.warehouse.order_files import OrderedLine

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Plan:
    """The packages of one shipment, and what stays behind."""

    packages: tuple[tuple[OrderedLine, ...], ...]
    left: tuple[OrderedLine, ...] = ()


def plan(lines: Sequence[OrderedLine], *, short: bool, two_packages: bool) -> Plan:
    """Pack the lines; short leaves some of the last line behind, unless nothing would be left."""
    left: tuple[OrderedLine, ...] = ()
    leaving = tuple(lines)
    if short and sum(line.quantity for line in lines) > 1:
        leaving, left = _hold_back(leaving)
    return Plan(packages=_split(leaving) if two_packages else (leaving,), left=left)


def _hold_back(
    lines: tuple[OrderedLine, ...],
) -> tuple[tuple[OrderedLine, ...], tuple[OrderedLine, ...]]:
    *others, last = lines
    kept = last.quantity if others and last.quantity <= 1 else _half(last.quantity)
    return (
        (*others, replace(last, quantity=last.quantity - kept)),
        (replace(last, quantity=kept),),
    )


def _split(lines: tuple[OrderedLine, ...]) -> tuple[tuple[OrderedLine, ...], ...]:
    shippable = [line for line in lines if line.quantity > 0]
    if len(shippable) > 1:
        first = shippable[0]
        return (first,), tuple(line for line in lines if line is not first)
    (only,) = shippable
    if only.quantity <= 1:
        return (lines,)
    half = _half(only.quantity)
    rest = tuple(line for line in lines if line is not only)
    return (replace(only, quantity=half),), (
        replace(only, quantity=only.quantity - half),
        *rest,
    )


def _half(quantity: Decimal) -> Decimal:
    """Half, rounded up to whole pieces where that leaves something."""
    whole = (quantity / 2).to_integral_value(ROUND_CEILING)
    return whole if NOTHING < whole < quantity else quantity / 2
