"""Order files as a bridge would write them, made by hand here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

PLAIN = {
    2: "SO-1", 4: "Ada Buyer", 5: "1 Market St", 7: "Reno", 8: "NV", 9: "89501", 10: "US",
    20: "Ground", 21: "P", 24: "SFDC", 33: "1",
}  # fmt: skip


def order_text(
    reference: str,
    lines: Sequence[tuple[str, str, str]] = (("1", "MUG-1", "2"), ("2", "TENT-4", "3")),
    changes: Mapping[int, str] | None = None,
) -> str:
    """One order; ``changes`` are PH columns by position, 1 is the record type."""
    columns = {**PLAIN, 1: "PH", 2: reference, **(changes or {})}
    rows = [[columns.get(place, "") for place in range(1, 38)]]
    rows += [["PD", reference, *line, "0.00", "", "EA"] for line in lines]
    return "".join(",".join(f'"{value}"' for value in row) + "\r\n" for row in rows)


def put_order(folder: Path, reference: str, stamp: str = "261122091500", **how: object) -> Path:
    """Write an order file into a merchant's folder; returns its path."""
    path = folder / "orders" / f"ord_{reference}_{stamp}.csv"
    path.write_text(order_text(reference, **how), encoding="utf-8", newline="")  # type: ignore[arg-type]  # passed on as it came
    return path
