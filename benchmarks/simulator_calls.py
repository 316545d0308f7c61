"""How many small calls a second a simulated org answers on one core.

    python -m benchmarks.simulator_calls [--calls N]

The simulator is a process of its own, bound to one core; one client sends calls over one
connection, as fast as they are answered. Figures are printed, not judged: what the simulator
promises is 200 a second. CPU is the simulator's own, start-up left out.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

VERSION = "/services/data/v64.0"
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Start a simulator, call it, and print how it bore that."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000, metavar="N")
    calls = parser.parse_args().calls
    command = [sys.executable, "-m", "fulfillment_bridge.simulator", "--orgs", "acme", "--no-tls"]
    with subprocess.Popen(  # noqa: S603 - our own program
        [*command, "--orders", "50", "--stop-when-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise SystemExit("the simulator has no pipes")
        org = json.loads(process.stdout.readline())["orgs"][0]
        _bind(process.pid)
        client = Client(org)
        for name, call in client.small_calls():
            measure(name, call, calls, process.pid)
        process.stdin.close()
    return 0


def _bind(pid: int) -> None:
    """Keep every thread of the process on one core, the last one."""
    core = {max(os.sched_getaffinity(0))}
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), core)


def measure(name: str, call: Callable[[], None], calls: int, pid: int) -> None:
    """Print calls a second, and the simulator's CPU for each."""
    for _ in range(20):
        call()
    cpu, start = cpu_seconds(pid), time.perf_counter()
    for _ in range(calls):
        call()
    took, used = time.perf_counter() - start, cpu_seconds(pid) - cpu
    print(f"{name:<44} {calls / took:>7,.0f} calls/s {used / calls * 1000:>6.2f} ms CPU each")


def cpu_seconds(pid: int) -> float:
    """The CPU that the process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Client:
    """One connection with a session."""

    def __init__(self, org: dict[str, Any]) -> None:
        address = urlsplit(org["base_url"])
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port)
        self._headers = {"Content-Type": "application/json"}
        form = {
            "grant_type": "client_credentials",
            "client_id": org["consumer_key"],
            "client_secret": org["consumer_secret"],
        }
        self._headers = {"Content-Type": "application/x-www-form-urlencoded"}
        token = self._call("POST", "/services/oauth2/token", urlencode(form))["access_token"]
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        self._orders = self._query("SELECT Id FROM Order LIMIT 50")["records"]

    def small_calls(self) -> list[tuple[str, Callable[[], None]]]:
        """What clients do all day, one record at a time."""
        record = f"{VERSION}/sobjects/Order/{self._orders[0]['Id']}"
        note = json.dumps({"Warehouse_Reference__c": "R-1"})
        one = "SELECT Id, Status FROM Order WHERE OrderNumber = '00000101'"
        return [
            ("GET limits", lambda: self._ignore(self._call("GET", f"{VERSION}/limits"))),
            ("GET one order", lambda: self._ignore(self._call("GET", record))),
            ("GET query, one row", lambda: self._ignore(self._query(one))),
            ("GET query, 50 rows", lambda: self._ignore(self._query("SELECT Id FROM Order"))),
            ("PATCH one order", lambda: self._ignore(self._call("PATCH", record, note))),
        ]

    def _query(self, soql: str) -> Any:
        return self._call("GET", f"{VERSION}/query?{urlencode({'q': soql})}")

    def _call(self, method: str, path: str, body: str | None = None) -> Any:
        self._connection.request(method, path, body, self._headers)
        with self._connection.getresponse() as response:
            answer = response.read()
        # The integration user may not see the limits: that is an answer too.
        if response.status not in (200, 204, 403):
            raise SystemExit(f"{method} {path}: {response.status} {answer[:200]!r}")
        return json.loads(answer) if answer else None

    def _ignore(self, answer: Any) -> None:
        """Let go of an answer."""


if __name__ == "__main__":
    sys.exit(main())
