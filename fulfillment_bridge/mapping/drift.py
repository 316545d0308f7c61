"""Where an org has moved away from the workbook that was loaded for it.

Pure: compares what the org looked like when the workbook was loaded with what it looks like now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from fulfillment_bridge.domain.org_schema import OrgSchema, PathFault, ResolvedPath
from fulfillment_bridge.mapping.contents import MappedField, Workbook
from fulfillment_bridge.mapping.findings import Finding, did_you_mean, faults_of
from fulfillment_bridge.mapping.paths import resolve
from fulfillment_bridge.mapping.preflight import check
from fulfillment_bridge.mapping.touched import Base, PlacedPath, Use, touched_paths

Severity = Literal["told", "left_out", "stops"]

REMEDY = (
    "In Setup > Object Manager > the object > Fields & Relationships see whether the field was "
    "deleted, renamed or changed. If it is there, open it > Set Field-Level Security and tick "
    "Visible for the integration user's profile or permission set. Otherwise correct the cell and "
    "load the workbook again."
)
_NO_PARCEL_WITHOUT = frozenset({"ship_to.name", "ship_to.street", "ship_to.line_1"})
"""No order is complete without these, whatever the workbook ticks as required."""


@dataclass(frozen=True)
class Drift:
    """One column that the org no longer has as the workbook needs it.

    ``told``      work goes on; a person should know
    ``left_out``  an optional field: orders are read without it
    ``stops``     nothing right can be read or written without it
    """

    base: Base
    path: str
    use: Use
    place: str
    message: str
    severity: Severity

    @property
    def key(self) -> tuple[str, str]:
        """The column, whatever the case it is written in."""
        return self.base, self.path.lower()


def drift(workbook: Workbook, before: OrgSchema, now: OrgSchema) -> tuple[Drift, ...]:
    """Every difference that matters to the workbook, in the order of its sheets."""
    return tuple(_Comparison(workbook, before, now).differences())


class _Comparison:
    def __init__(self, workbook: Workbook, before: OrgSchema, now: OrgSchema) -> None:
        self._workbook = workbook
        self._before = before
        self._now = now
        self._paths = touched_paths(workbook)
        self._faults: dict[str, Finding] = {}
        for finding in faults_of(check(workbook, now)):
            self._faults.setdefault(finding.place, finding)

    def differences(self) -> Iterator[Drift]:
        told: set[str] = set()
        for placed in self._paths:
            found = self._difference(placed)
            if found:
                told.add(found.place)
                yield found
        yield from self._others(told)

    def _difference(self, placed: PlacedPath) -> Drift | None:
        base = self._workbook.object_of(placed.base)
        before = resolve(self._before, base, placed.path)
        now = resolve(self._now, base, placed.path)
        if isinstance(before, PathFault):
            return None
        if isinstance(now, PathFault):
            return self._drift(placed, _gone(now, base), self._severity(placed))
        return self._changed(placed, before, now)

    def _changed(self, placed: PlacedPath, before: ResolvedPath, now: ResolvedPath) -> Drift | None:
        name = f"{now.object_name}.{now.field.name}"
        fault = self._faults.get(placed.cell.place)
        if before.field.type != now.field.type:
            message = f"{name} was {before.field.type} and is {now.field.type} now"
            if fault is None:
                return self._drift(placed, message, "told")
            return self._drift(placed, f"{message}: {fault.message}", self._severity(placed))
        if _is_written(placed) and before.field.updateable and not now.field.updateable:
            return self._drift(placed, f"{name} can no longer be written by our user", "stops")
        return None

    def _others(self, told: set[str]) -> Iterator[Drift]:
        """What else the check of a workbook would not let pass today."""
        by_place = {placed.cell.place: placed for placed in self._paths}
        for place, fault in self._faults.items():
            if place in told:
                continue
            placed = by_place.get(place)
            base: Base = placed.base if placed else "order"
            use: Use = placed.use if placed else "read"
            path = placed.path if placed else ""
            yield Drift(base, path, use, place, fault.message, "stops")

    def _severity(self, placed: PlacedPath) -> Severity:
        column = (placed.base, placed.path.lower())
        others = (each for each in self._paths if (each.base, each.path.lower()) == column)
        if any(each.use != "read" for each in others):
            return "stops"
        return "stops" if any(self._is_needed(row) for row in self._rows(placed)) else "left_out"

    def _rows(self, placed: PlacedPath) -> Iterator[MappedField]:
        for row in (*self._workbook.order_fields, *self._workbook.line_fields):
            if row.source.cell.place == placed.cell.place:
                yield row

    def _is_needed(self, row: MappedField) -> bool:
        wanted = row.required or row.ours.required or row.ours.key in _NO_PARCEL_WITHOUT
        return wanted and row.default.is_blank

    def _drift(self, placed: PlacedPath, message: str, severity: Severity) -> Drift:
        return Drift(placed.base, placed.path, placed.use, placed.cell.place, message, severity)


def _is_written(placed: PlacedPath) -> bool:
    return placed.use in ("write", "marker")


def _gone(fault: PathFault, base: str) -> str:
    if fault.missing == fault.object_name:
        what = f"our user no longer sees the object {fault.missing}"
    else:
        kind = "relationship" if fault.is_relationship else "field"
        what = f"{fault.object_name} no longer has the {kind} {fault.missing}"
    path = "" if fault.path == fault.missing else f" (on the way {base}.{fault.path})"
    hint = did_you_mean(fault.suggestions)
    return f"{what}, or it is hidden from our user{path}{'; ' + hint if hint else ''}"
