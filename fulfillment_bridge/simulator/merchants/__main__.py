"""Let the merchants create orders: ``python -m fulfillment_bridge.simulator.merchants``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fulfillment_bridge.simulator.merchants import (
    MERCHANTS,
    MerchantError,
    planted_document,
    trade,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Create orders in each org of the ready file; the summary goes to --out or stdout.

    0 when all is done, 2 with a message when an org refused something.
    """
    options = _parser().parse_args(arguments)
    try:
        text = _trade_everywhere(options.orgs, options.orders, options.seed)
    except (MerchantError, OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"merchants: {type(error).__name__}: {error}\n")
        return 2
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fulfillment_bridge.simulator.merchants")
    parser.add_argument("--orgs", type=Path, required=True, help="the simulator's ready file")
    parser.add_argument("--orders", type=int, default=200, help="ready orders per merchant")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="default: standard output")
    return parser


def _trade_everywhere(orgs: Path, orders: int, seed: int) -> str:
    endpoints = json.loads(orgs.read_text(encoding="utf-8"))["orgs"]
    known = [endpoint for endpoint in endpoints if endpoint["name"] in MERCHANTS]
    with ThreadPoolExecutor() as merchants:
        summaries = list(merchants.map(lambda each: trade(each, orders, seed=seed), known))
    return f"{json.dumps(planted_document(summaries), indent=1)}\n"


if __name__ == "__main__":
    sys.exit(main())
