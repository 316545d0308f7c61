"""The inventory records of one merchant: the org against the last published levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from fulfillment_bridge.simulator.checker.differences import Findings
from fulfillment_bridge.simulator.checker.org_reader import OrgReader, Record
from fulfillment_bridge.simulator.checker.shapes import Shape


def check_stock(
    org: OrgReader,
    shape: Shape,
    levels: Mapping[str, Mapping[str, str]],
    summaries: Iterable[Mapping[str, Any]],
    findings: Findings,
) -> int:
    """Compare every inventory record; returns how many have a published level."""
    untouched: dict[str, Record] = {}
    known: set[str] = set()
    for summary in summaries:
        untouched |= summary["untouched"]
        known |= set(summary["inventory_record_ids"])
    records = org.query(_soql(shape, untouched))
    for record in records:
        if record["Id"] not in known:
            findings.note(record[shape.stock_sku], f"{record['Id']} is a new inventory record")
        if record["Id"] in untouched:
            _must_be_as_before(record, untouched[record["Id"]], shape, findings)
    ours = [record for record in records if _is_ours(record, shape) and _sku(record, shape)]
    published = [record for record in ours if _sku(record, shape) in levels]
    for record in published:
        _compare_level(record, shape, levels, findings)
    return len(published)


def _soql(shape: Shape, untouched: Mapping[str, Record]) -> str:
    columns = {"Id", shape.stock_sku, shape.stock_level}
    columns |= {name for values in untouched.values() for name in values}
    if shape.stock_warehouse:
        columns.add(shape.stock_warehouse[0])
    return f"SELECT {', '.join(sorted(columns))} FROM {shape.stock_object}"  # noqa: S608 - own table


def _is_ours(record: Record, shape: Shape) -> bool:
    if shape.stock_warehouse is None:
        return True
    field, code = shape.stock_warehouse
    return bool(record[field] == code)


def _must_be_as_before(record: Record, before: Record, shape: Shape, findings: Findings) -> None:
    now = {name: record[name] for name in before}
    findings.equal(_sku(record, shape), f"{record['Id']} is not ours to change", before, now)


def _compare_level(
    record: Record, shape: Shape, levels: Mapping[str, Mapping[str, str]], findings: Findings
) -> None:
    sku = _sku(record, shape)
    level = record[shape.stock_level]
    found = None if level is None else Decimal(str(level)).normalize()
    findings.equal(sku, "level", Decimal(levels[sku]["available"]).normalize(), found)


def _sku(record: Record, shape: Shape) -> str:
    return str(record[shape.stock_sku] or "")
