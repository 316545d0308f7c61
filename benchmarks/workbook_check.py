"""How long the check of a large workbook against an org takes, and how many API calls it costs.

    python -m benchmarks.workbook_check [ROWS]

The org is a simulated one behind real HTTP. ROWS are filled rows of the workbook: mapped extras,
rules, value maps and SKU aliases together.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from fulfillment_bridge.actions.check_workbook import check_workbook
from fulfillment_bridge.actions.preview_orders import preview_orders
from fulfillment_bridge.mapping.annotating import annotate
from fulfillment_bridge.mapping.filling import Filling, From
from fulfillment_bridge.mapping.findings import faults_of
from fulfillment_bridge.mapping.samples import DEMO
from fulfillment_bridge.mapping.template import write_workbook
from tests.flows.world import FlowWorld, open_world

PATHS = ("PoNumber", "ShippingCity", "Account.Name", "ShipToContact.Name", "Description")


def filling_of(rows: int) -> Filling:
    """Acme's workbook with about so many filled rows."""
    acme = DEMO["acme"]
    extras = {
        f"extra.note {n}": From(PATHS[n % len(PATHS)], "trim; cut(35)") for n in range(rows // 4)
    }
    words = {f"word {n}": f"Word {n}" for n in range(rows // 2)}
    aliases = [(f"SKU-{n}", f"W-{n}", "1", "") for n in range(rows // 4)]
    return replace(
        acme,
        order_fields={**acme.order_fields, **extras},
        value_maps={
            **acme.value_maps,
            "statuses": {**acme.value_maps.get("statuses", {}), **words},
        },
        sku_aliases=aliases,
    )


def measure(world: FlowWorld, rows: int) -> Iterator[str]:
    """One line for each thing measured."""
    content = write_workbook(filling_of(rows))
    world.trade("acme", 20)
    with world.bridge() as bridge:
        cart = bridge.cart("acme", job="describe")
        cart.identity()
        world.forget_requests()
        began, cpu_began = time.perf_counter(), time.process_time()
        checked = check_workbook(content, cart=cart)
        took, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        calls = sum(world.charged("acme").values())
        faults = len(faults_of(checked.findings))
        yield (
            f"check of {rows} rows against the org: {took:.2f} s, of that {cpu:.2f} s CPU of both "
            f"sides; {calls} API calls after the login, {faults} faults, "
            f"{len(checked.findings) - faults} warnings"
        )
        began = time.perf_counter()
        check_workbook(content)
        yield f"the same offline: {time.perf_counter() - began:.2f} s"
        began = time.perf_counter()
        annotate(content, checked.findings)
        yield f"the marked copy: {time.perf_counter() - began:.2f} s"
        began = time.perf_counter()
        found = preview_orders(content, cart, count=20)
        yield f"preview of {len(found)} orders: {time.perf_counter() - began:.2f} s"


def main(arguments: list[str]) -> int:
    """Measure and print."""
    rows = int(arguments[0]) if arguments else 500
    with tempfile.TemporaryDirectory() as folder, open_world(Path(folder), ["acme"]) as world:
        os.environ["CREDENTIALS_DIRECTORY"] = str(Path(folder) / "credentials")
        for line in measure(world, rows):
            sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
