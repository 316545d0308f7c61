"""Run the simulated warehouse by itself, as a process."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread

from fulfillment_bridge.simulator.warehouse.building import Settings, SimulatedWarehouse
from fulfillment_bridge.simulator.warehouse.control import ControlServer
from fulfillment_bridge.simulator.warehouse.folders import write_whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM, SIGINT, or (when asked) the end of standard input."""
    options = _parser().parse_args(arguments)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if options.stop_when_stdin_closes:
        Thread(target=_die_with_parent, daemon=True).start()
    settings = Settings(empties_unseen=options.empty_unseen)
    warehouse = SimulatedWarehouse(
        options.folder,
        options.merchants,
        code=options.code,
        ledger=options.ledger,
        settings=settings,
    )
    with ControlServer(warehouse, port=options.control_port) as control:
        _announce(control.url, options)
        _work(warehouse, stop, options.tick_seconds)
    warehouse.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fulfillment_bridge.simulator.warehouse",
        description="A warehouse that works with folders; the files are in docs/warehouse-files.md",
    )
    parser.add_argument("--folder", type=Path, required=True, help="a folder per merchant in here")
    parser.add_argument("--merchants", nargs="+", required=True, help="the warehouse's codes")
    parser.add_argument("--code", default="RNO", help="the building's code in stock files")
    parser.add_argument("--ledger", type=Path, help="default: in the folder, hidden")
    parser.add_argument("--control-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ready-file", type=Path, help="gets the line that stdout gets")
    parser.add_argument("--tick-seconds", type=float, help="a round by itself every so often")
    parser.add_argument("--empty-unseen", action="store_true", help="delete instead of archiving")
    parser.add_argument("--stop-when-stdin-closes", action="store_true")
    return parser


def _announce(url: str, options: argparse.Namespace) -> None:
    line = json.dumps(
        {
            "control_url": url,
            "folder": str(options.folder.resolve()),
            "code": options.code,
            "merchants": options.merchants,
        }
    )
    if options.ready_file:
        write_whole(options.ready_file, f"{line}\n")
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _work(warehouse: SimulatedWarehouse, stop: Event, tick_seconds: float | None) -> None:
    """Rounds by itself; the round after the first shipments corrects a tracking number, once."""
    corrected = tick_seconds is None
    while not stop.wait(tick_seconds):
        if not corrected:
            corrected = any(warehouse.correct().values())
        warehouse.tick()


def _die_with_parent() -> None:
    # Not sys.stdin: a thread that holds its lock would make an ordinary end fail.
    while os.read(0, 65536):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
