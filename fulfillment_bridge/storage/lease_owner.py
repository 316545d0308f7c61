"""Names for lease holders that tell whether the process behind them is still there.

A lease runs out by itself. But a service that was killed and started again on the same machine
need not wait for its own old leases when it can see that their process is gone.
"""

from __future__ import annotations

import os
import socket
import uuid
from pathlib import Path


def owner_name() -> str:
    """This process: machine, process namespace, id and start."""
    pid = os.getpid()
    return "/".join((_here(), str(pid), _started(pid) or "?"))


def worker_name(owner: str) -> str:
    """A name for one run, so that no two runs of a process take each other's leases."""
    return f"{owner}#{uuid.uuid4().hex[:12]}"


def is_gone(worker: str) -> bool:
    """True only where it is sure: the process ran on this machine and runs no more."""
    where, _, rest = worker.partition("#")[0].rpartition("/")[0].rpartition("/")
    if where != _here() or not rest.isdigit():
        return False
    pid = int(rest)
    try:
        os.kill(pid, 0)  # sends nothing; asks whether it could
    except ProcessLookupError:
        return True
    except PermissionError:
        return False  # it is there, under another account
    now_there = _started(pid)
    then = worker.partition("#")[0].rpartition("/")[2]
    return "?" not in (then, now_there or "?") and then != now_there


def _here() -> str:
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = "?"
    return f"{socket.gethostname()}/{namespace}"


def _started(pid: int) -> str | None:
    """When the process began, in the kernel's ticks: it tells two bearers of one id apart."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the program's name in brackets and may hold anything, spaces too.
    return text.rpartition(")")[2].split()[19]
