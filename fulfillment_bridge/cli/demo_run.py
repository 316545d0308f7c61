"""A demo from its first process to its last: play the story, check it, show it, clean up."""

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
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from fulfillment_bridge.app import Bridge
from fulfillment_bridge.cli.demo_report import demo_report, held_orders, show_report
from fulfillment_bridge.cli.demo_story import play
from fulfillment_bridge.cli.demo_world import World, run_tool, start_world, write_config
from fulfillment_bridge.cli.output import progress, show_json

CHECKER = "fulfillment_bridge.simulator.checker"
PROGRAM = "fulfillment-bridge"


def run_demo(orders: int, *, as_json: bool, keep_running: bool) -> int:
    """0 where the checker found every org and the warehouse to agree, else 1."""
    began = time.monotonic()
    with _stopped_by_signals(), _folder() as folder, _world(folder) as world:
        config = write_config(world)
        with _bridge(config, world) as bridge:
            play(world, bridge, orders)
            verified, differences = _verify(world, bridge)
            seconds = round(time.monotonic() - began, 1)
            report = demo_report(world, bridge, verified=verified, seconds=seconds)
            if as_json:
                show_json(report)
            else:
                show_report(report, held_orders(bridge))
        if verified:
            click.echo("Verified: the orgs and the warehouse's own ledger agree.", err=as_json)
        else:
            click.echo(f"NOT verified. The checker found:\n{differences}", err=True)
        sys.stdout.flush()
        if keep_running:
            _stay(world, config)
    return 0 if verified else 1


def _verify(world: World, bridge: Bridge) -> tuple[bool, str]:
    """Ask the independent checker; what it printed."""
    progress("comparing every org with the warehouse's own ledger")
    rows = [
        {
            "merchant": order.cart,
            "order_number": order.order_number,
            "reasons": [reason.text() for reason in order.hold_reasons],
        }
        for order in held_orders(bridge)
    ]
    (world.folder / "held.json").write_text(json.dumps(rows), encoding="utf-8")
    code, printed = run_tool(CHECKER, checker_arguments(world.folder, world.warehouse_url))
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


def _stay(world: World, config: Path) -> None:
    """Say how to look around, and wait to be stopped: that is how it is meant to end."""
    program = PROGRAM if shutil.which(PROGRAM) else str(Path(sys.executable).parent / PROGRAM)
    checker = " ".join([sys.executable, "-m", CHECKER,
                        *checker_arguments(world.folder, world.warehouse_url)])  # fmt: skip
    click.echo(
        f"""
It stays up until Ctrl-C. In another terminal:

  export FULFILLMENT_BRIDGE_CONFIG={config}
  export CREDENTIALS_DIRECTORY={world.folder / "credentials"}
  {program} status

The orgs, with their users:     {world.ready_file}
The warehouse's folders:        {world.folder / "warehouses"}
The warehouse's own ledger:     {world.warehouse_url}/ledger
The checker once more:          {checker}""",
        err=True,
    )
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """SIGTERM ends a demo like Ctrl-C: everything is taken down on the way out."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def _folder() -> Iterator[Path]:
    """A fresh state directory of this demo alone; gone afterwards, whatever happened."""
    folder = Path(tempfile.mkdtemp(prefix="fulfillment-bridge-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _world(folder: Path) -> Iterator[World]:
    progress("starting three simulated orgs and a simulated warehouse")
    world = start_world(folder)
    try:
        yield world
    finally:
        world.stop()


@contextmanager
def _bridge(config: Path, world: World) -> Iterator[Bridge]:
    os.environ["CREDENTIALS_DIRECTORY"] = str(world.folder / "credentials")
    bridge = Bridge.open(config, log_level="error")
    try:
        yield bridge
    finally:
        bridge.close()
