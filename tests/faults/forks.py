"""Child processes forked from a parent that has everything loaded, and a pipe to each."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

_parents_ends: set[Connection] = set()


class Child:
    """A forked process that runs ``main(connection)`` and then ends."""

    def __init__(self, main: Callable[[Connection], None]) -> None:
        ours, theirs = Pipe()
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()  # else it would never see that the parent is gone
            _be_the_child(main, theirs)
        theirs.close()
        self.connection = ours
        _parents_ends.add(ours)

    def receive(self) -> Any:
        """What it says next; None once it is dead, and then it is buried too."""
        try:
            return self.connection.recv()
        except (EOFError, ConnectionResetError):
            self.bury()
            return None

    def kill(self) -> None:
        """End it as kill -9 does."""
        if self.connection in _parents_ends:
            os.kill(self.pid, signal.SIGKILL)
            self.bury()

    def bury(self) -> int:
        """Wait for its end; the signal that ended it, 0 for none."""
        if self.connection not in _parents_ends:
            return 0
        _parents_ends.discard(self.connection)
        self.connection.close()
        _, status = os.waitpid(self.pid, 0)
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _be_the_child(main: Callable[[Connection], None], connection: Connection) -> None:
    code = 1
    try:
        for other in _parents_ends:
            other.close()
        main(connection)
        code = 0
    except EOFError:
        code = 0  # the parent is gone, so nobody asks any more
    finally:
        # Nothing of the parent's may be flushed or cleaned up a second time.
        os._exit(code)
