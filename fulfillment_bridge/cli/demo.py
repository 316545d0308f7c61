"""``demo``: three merchants, one warehouse, every job, and an independent checker."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click

from fulfillment_bridge.app import Bridge
from fulfillment_bridge.cli.demo_report import COLUMNS, merchant_reports
from fulfillment_bridge.cli.demo_story import play
from fulfillment_bridge.cli.demo_world import MERCHANTS, World, run_tool, start_world, write_config
from fulfillment_bridge.cli.output import progress, show_json, show_table


@click.command()
@click.option(
    "--orders", default=200, show_default=True, type=click.IntRange(1, 5000), help="Per merchant."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option("--keep-running", is_flag=True, help="Leave it up until Ctrl-C.")
def demo(orders: int, as_json: bool, keep_running: bool) -> int:
    """Three simulated merchants and a warehouse: see the whole thing work.

    Exit code 1 where the warehouse's ledger and the merchants' orgs do not agree.
    """
    began = time.monotonic()
    with _folder(keep_running) as folder, _world(folder) as world:
        config = write_config(world)
        with _bridge(config, world) as bridge:
            play(world, bridge, orders)
            verified, differences = _verify(world, bridge)
            merchants = merchant_reports(world, bridge)
        document = {
            "verified": verified,
            "seconds": round(time.monotonic() - began, 1),
            "merchants": merchants,
        }
        _show(document, differences, as_json)
        if keep_running:
            _stay(world, config)
    return 0 if verified else 1


def _verify(world: World, bridge: Bridge) -> tuple[bool, str]:
    """Ask the independent checker; what it printed."""
    progress("comparing every org with the warehouse's own ledger")
    held = world.folder / "held.json"
    with bridge.store.read() as uow:
        rows = [
            {
                "merchant": order.cart,
                "order_number": order.order_number,
                "reasons": [reason.text() for reason in order.hold_reasons],
            }
            for cart in MERCHANTS
            for order in uow.orders.held(cart)
        ]
    held.write_text(json.dumps(rows), encoding="utf-8")
    code, printed = run_tool(
        "fulfillment_bridge.simulator.checker", checker_arguments(world.folder, world.warehouse_url)
    )
    return code == 0, printed


def checker_arguments(folder: Path, warehouse_url: str) -> list[str]:
    """How the checker is called on a demo's folder."""
    return [
        "--orgs",
        str(folder / "orgs.json"),
        "--warehouse",
        warehouse_url,
        "--planted",
        str(folder / "planted.json"),
        "--held",
        str(folder / "held.json"),
    ]


def _show(document: dict[str, Any], differences: str, as_json: bool) -> None:
    if as_json:
        show_json(document)
    else:
        rows = [{**one, "calls": one["api_calls"]["total"]} for one in document["merchants"]]
        show_table(rows, COLUMNS)
        for one in document["merchants"]:
            calls = ", ".join(f"{word} {n}" for word, n in one["api_calls"].items())
            click.echo(f"{one['name']}: API calls: {calls}; held: {'; '.join(one['held_because'])}")
        click.echo(f"{document['seconds']} s")
    if document["verified"]:
        click.echo("Verified: orgs and warehouse agree.", err=as_json)
    else:
        click.echo(f"NOT verified; the checker found:\n{differences}", err=True)


def _stay(world: World, config: Path) -> None:
    """Say how to look around, and wait to be stopped."""
    credentials = world.folder / "credentials"
    click.echo(f"It stays up until Ctrl-C. In another terminal:\n"
               f"  export FULFILLMENT_BRIDGE_CONFIG={config}\n"
               f"  export CREDENTIALS_DIRECTORY={credentials}\n"
               f"  fulfillment-bridge status\n"
               f"  simulated orgs: {world.ready_file}\n"
               f"  simulated warehouse: {world.warehouse_url}", err=True)
    sys.stdout.flush()
    threading.Event().wait()


@contextmanager
def _folder(keep: bool) -> Iterator[Path]:
    """A fresh state directory of this demo alone; gone afterwards, whatever happened."""
    folder = Path(tempfile.mkdtemp(prefix="fulfillment-bridge-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _world(folder: Path) -> Iterator[World]:
    before = signal.signal(signal.SIGTERM, _stop)
    progress("starting three simulated orgs and a simulated warehouse")
    world = start_world(folder)
    try:
        yield world
    finally:
        world.stop()
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _bridge(config: Path, world: World) -> Iterator[Bridge]:
    os.environ["CREDENTIALS_DIRECTORY"] = str(world.folder / "credentials")
    bridge = Bridge.open(config, log_level="error")
    try:
        yield bridge
    finally:
        bridge.close()


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
