"""How long whole commands take, from the shell's point of view, against a simulated org.

    python -m benchmarks.command_times [TIMES]

Each command is a process of its own, as a person starts it; the fastest and the median of so
many starts are printed, with the CPU that the command itself used (the simulator's left out).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.flows.world import FlowWorld, open_world

COMMANDS = (
    ("--help",),
    ("status",),
    ("test-connection", "acme"),
    ("run", "order_download", "--cart", "acme"),
)


def measure(world: FlowWorld, words: tuple[str, ...], times: int) -> str:
    """One line: wall seconds and CPU of a command."""
    took, cpu = [], []
    for _ in range(times):
        before, began = os.times(), time.perf_counter()
        process = world.command(*words)
        said = process.communicate(timeout=100)
        took.append(time.perf_counter() - began)
        after = os.times()
        cpu.append(
            after.children_user
            - before.children_user
            + after.children_system
            - before.children_system
        )
        if process.returncode != 0:
            raise subprocess.SubprocessError(f"{' '.join(words)} failed: {said}")
    return (
        f"{' '.join(words):<32} fastest {min(took):.2f} s, median {statistics.median(took):.2f} s, "
        f"CPU {min(cpu):.2f} s"
    )


def main(arguments: list[str]) -> int:
    """Measure and print."""
    times = int(arguments[0]) if arguments else 5
    with tempfile.TemporaryDirectory() as folder, open_world(Path(folder), ["acme"]) as world:
        world.trade("acme", 20)
        os.environ["CREDENTIALS_DIRECTORY"] = str(Path(folder) / "credentials")
        world.set_up()
        for words in COMMANDS:
            sys.stdout.write(f"{measure(world, words, times)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
