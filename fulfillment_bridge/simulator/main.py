"""`python -m fulfillment_bridge.simulator`: simulated orgs until a signal or the parent ends."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from fulfillment_bridge.simulator.descriptions import BadDescription, shipped_names
from fulfillment_bridge.simulator.faults import ACTIONS, BadRule, rule_of_text
from fulfillment_bridge.simulator.server import SimulatorServer

MERCHANTS = "fulfillment_bridge.simulator.merchants"
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
HARD_STOP_SECONDS = 1.0


class _Stopped(BaseException):
    """Unwinds the main thread, wherever it is, when the process is told to end."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run until told to stop; 0 then, 2 when it could not begin."""
    options = argument_parser().parse_args(argv)
    for number in STOP_SIGNALS:
        signal.signal(number, _stop)
    try:
        faults = [rule_of_text(text) for text in options.fault]
        if options.stop_when_stdin_closes:
            threading.Thread(target=_watch_stdin, daemon=True).start()
        with _server(options) as server:
            with server.faults.asleep():
                _open_orgs(server, options)
            for rule in faults:
                server.faults.add(rule)
            _announce(server.ready(), options.ready_file)
            threading.Event().wait()
    except (BadDescription, BadRule, OSError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2
    except _Stopped:
        return 0
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    """End in order, and hard after a second if that takes longer: no orphan may remain."""
    for each in STOP_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    timer = threading.Timer(HARD_STOP_SECONDS, os._exit, args=(0,))
    timer.daemon = True
    timer.start()
    raise _Stopped


def argument_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="fulfillment-bridge simulator",
        description="Simulated Salesforce orgs on loopback. Prints one line of JSON when ready.",
    )
    add = parser.add_argument
    add("--orgs", nargs="+", metavar="NAME", help="shipped names, or files (default: all shipped)")
    add("--describe", nargs="+", metavar="DIR", help="folders of describe answers of other orgs")
    add("--port", type=int, default=0, help="the first org's port, the next follow; 0: free ones")
    add("--control-port", type=int, default=0, help="port of the control address")
    add("--orders", type=int, default=0, metavar="N", help="orders of every merchant at the start")
    add("--empty", action="store_true", help="no starting data, whatever --orders says")
    add(
        "--fault",
        action="append",
        default=[],
        metavar="RULE",
        help="make requests fail, like action=drop_after,path=/composite,nth=3; JSON is fine "
        f"too; may be repeated. Actions: {', '.join(ACTIONS)}",
    )
    add("--no-tls", action="store_true", help="plain http instead of https")
    add("--ready-file", type=Path, help="also write the ready line to this file")
    add("--state-dir", type=Path, help="where the certificate files go")
    add("--stop-when-stdin-closes", action="store_true", help="end with the parent process")
    return parser


def _server(options: argparse.Namespace) -> SimulatorServer:
    return SimulatorServer(
        tls=not options.no_tls,
        port=options.port,
        control_port=options.control_port,
        state_dir=options.state_dir,
    )


def _open_orgs(server: SimulatorServer, options: argparse.Namespace) -> None:
    described = options.describe or []
    names = options.orgs or ([] if described else shipped_names())
    handles = [server.add_org(name) for name in [*names, *described]]
    if options.orders > 0 and not options.empty:
        # By name and only now: merchants are no part of the org, they are its users.
        merchants = importlib.import_module(MERCHANTS)
        for handle in handles:
            if handle.name not in merchants.MERCHANTS:
                raise BadDescription(f"nobody knows what {handle.name} sells: leave out --orders")
            merchants.create_orders(handle.endpoint(), options.orders)


def _announce(ready: dict[str, Any], ready_file: Path | None) -> None:
    line = json.dumps(ready)
    if ready_file is not None:
        _write_atomically(ready_file, line + "\n")
    print(line, flush=True)


def _write_atomically(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes the file readable by its owner only: it holds passwords.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)


def _watch_stdin() -> None:
    """Wait for the end of standard input: it comes even when the parent is killed."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
