"""Check a round: ``python -m fulfillment_bridge.simulator.checker``; exits 1 on any difference."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fulfillment_bridge.simulator.checker import Report, Unreadable, check


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every difference, one a line; 0 none, 1 some, 2 a side could not be read."""
    options = _parser().parse_args(arguments)
    try:
        report = check(
            _read(options.orgs)["orgs"],
            options.warehouse,
            _read(options.planted),
            _read(options.held),
        )
    except (Unreadable, OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"cannot check: {type(error).__name__}: {error}\n")
        return 2
    _print(report, as_json=options.json)
    return 1 if report.differences else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fulfillment_bridge.simulator.checker")
    parser.add_argument("--orgs", type=Path, required=True, help="the simulator's ready file")
    parser.add_argument("--warehouse", required=True, help="the warehouse's control address")
    parser.add_argument("--planted", type=Path, required=True, help="the merchants' summary")
    parser.add_argument("--held", type=Path, required=True, help="the bridge's held orders")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    return parser


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(f"{json.dumps(report.as_json(), indent=1)}\n")
        return
    for difference in report.differences:
        sys.stdout.write(f"{difference}\n")
    for merchant in report.merchants:
        sys.stdout.write(
            f"{merchant.name}: {merchant.orders} orders, {merchant.planted} planted,"
            f" {merchant.levels} levels, {len(merchant.differences)} differences\n"
        )


if __name__ == "__main__":
    sys.exit(main())
