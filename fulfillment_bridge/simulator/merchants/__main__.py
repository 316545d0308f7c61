"""Let the merchants create orders: ``python -m fulfillment_bridge.simulator.merchants``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from fulfillment_bridge.simulator.merchants import MERCHANTS, planted_document, trade


def main(arguments: Sequence[str] | None = None) -> int:
    """Create orders in each org of the ready file; the summary goes to --out or stdout."""
    parser = argparse.ArgumentParser(prog="python -m fulfillment_bridge.simulator.merchants")
    parser.add_argument("--orgs", type=Path, required=True, help="the simulator's ready file")
    parser.add_argument("--orders", type=int, default=200, help="ready orders per merchant")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="default: standard output")
    options = parser.parse_args(arguments)
    endpoints = json.loads(options.orgs.read_text(encoding="utf-8"))["orgs"]
    known = [endpoint for endpoint in endpoints if endpoint["name"] in MERCHANTS]
    summaries = [trade(endpoint, options.orders, seed=options.seed) for endpoint in known]
    text = json.dumps(planted_document(summaries), indent=1)
    if options.out:
        options.out.write_text(f"{text}\n", encoding="utf-8")
    else:
        sys.stdout.write(f"{text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
