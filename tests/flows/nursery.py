"""Services that start at once: forked from a process that has the whole program loaded.

``python -m tests.flows.nursery CONFIG`` starts a service for each line that it reads, and writes
its process id, and later how it ended.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from fulfillment_bridge.cli.main import main as program
from tests.flows.world import FlowWorld


class Nursery:
    """Bears one service after the other; ``said`` is where all of them log to."""

    def __init__(self, world: FlowWorld, jobs: Sequence[str]) -> None:
        self.said = world.folder / "nursery.log"
        with self.said.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.flows.nursery", str(world.config), *jobs],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=world.environment(),
            )
        self._alive: int | None = None

    def serve(self) -> int:
        """Start a service; its process id."""
        assert self._process.stdin is not None
        print("serve", file=self._process.stdin, flush=True)
        self._alive = self._read()
        return self._alive

    def has_ended(self) -> bool:
        """Whether the service is dead by now."""
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], 0)[0])

    def ending(self) -> int:
        """Wait for its end; its exit code, negative for the signal that ended it."""
        code = self._read()
        self._alive = None
        return code

    def close(self) -> None:
        """Leave nothing behind."""
        with self._process:
            if self._alive is not None:
                os.kill(self._alive, signal.SIGKILL)
            self._process.kill()

    def _read(self) -> int:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self.said.read_text(encoding="utf-8")
        return int(line)


@contextmanager
def open_nursery(world: FlowWorld, jobs: Sequence[str]) -> Iterator[Nursery]:
    """One that has run these jobs once, so that nothing is left to be loaded."""
    nursery = Nursery(world, jobs)
    try:
        yield nursery
    finally:
        nursery.close()


def _bear(config: str, jobs: Sequence[str]) -> None:
    answers = os.dup(1)
    os.dup2(2, 1)  # what the program prints is no answer
    for job in jobs:
        with contextlib.suppress(SystemExit):
            program(["--config", config, "run", job])
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _live(config)
        os.write(answers, f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(answers, f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _live(config: str) -> None:
    code = 1
    try:
        program(["--config", config, "serve"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        os._exit(code)


if __name__ == "__main__":
    _bear(sys.argv[1], sys.argv[2:])
