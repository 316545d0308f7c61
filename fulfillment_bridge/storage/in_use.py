"""A mark beside a SQLite database that says whether a service works on it or restores it.

It is a lock of the kernel on a small file, so it ends with the process, however that ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from fulfillment_bridge.errors import UserError


@contextmanager
def serving(url: str) -> Iterator[None]:
    """A service works on the database at ``url``; others may too, but nobody replaces it."""
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite" or not parts.database:
        yield  # a database with a server of its own is not replaced under anybody
        return
    with _locked(Path(parts.database), fcntl.LOCK_SH) as is_free:
        if not is_free:
            raise UserError(
                f"{parts.database} is being restored right now",
                remedy="Start the service when `db restore` and `db recover` have ended.",
            )
        yield


@contextmanager
def replacing(path: Path) -> Iterator[None]:
    """The database is about to be replaced; UserError while a service works on it."""
    with _locked(path, fcntl.LOCK_EX) as is_free:
        if not is_free:
            raise UserError(
                f"a service is running on {path}, even if it has nothing to do at the moment",
                remedy="Stop it first: systemctl stop fulfillment-bridge",
            )
        yield


@contextmanager
def _locked(database: Path, kind: int) -> Iterator[bool]:
    """Whether the lock was free; held until the end where it was."""
    mark = database.with_name(f"{database.name}.in-use")
    mark.parent.mkdir(parents=True, exist_ok=True)
    # To read is enough for a lock, so that it may have been made by another account.
    handle = os.open(mark, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
