"""The folders of one merchant at a folder warehouse: every step survives a sudden end.

orders/      we write, the warehouse takes
shipments/   the warehouse writes, we take
stock/       the warehouse writes, we take
archive/     what was taken and understood, by either side
set_aside/   what was taken and not understood, beside it NAME.reason.txt
"""

from __future__ import annotations

import errno
import filecmp
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from fulfillment_bridge.errors import BridgeError, Misconfigured, Retry

FOLDERS = ("orders", "shipments", "stock", "archive", "set_aside")
PUT_AWAY = ("archive", "set_aside")
_NO_PERMISSION = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)


class MerchantFolders:
    """Where one merchant's files lie."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def create(self) -> None:
        """Make the folders that are missing: whoever comes first does."""
        for name in FOLDERS:
            (self.root / name).mkdir(parents=True, exist_ok=True)

    def incoming(self, folder: str, pattern: re.Pattern[str]) -> list[tuple[Path, re.Match[str]]]:
        """The files of a folder whose whole name matches; an absent folder has none."""
        found = []
        for path in self._files(folder):
            match = pattern.fullmatch(path.name)
            if match:
                found.append((path, match))
        return found

    def strays(
        self, folder: str, pattern: re.Pattern[str], until: datetime | None = None
    ) -> list[str]:
        """Names in an incoming folder that nobody will ever read; half-written ones aside.

        With ``until`` only files that have not changed since then.
        """
        return sorted(
            path.name
            for path in self._files(folder)
            if not pattern.fullmatch(path.name)
            and not is_temporary(path.name)
            and (until is None or _modified_at(path) <= until)
        )

    def find(self, name: str) -> Path | None:
        """Where an order file of ours is now: waiting, archived or set aside.

        The warehouse moves files onward from ``orders``, so that is looked at first: a file on
        its way is then seen in one of the two places at least.
        """
        for folder in ("orders", *PUT_AWAY):
            path = self.root / folder / name
            if path.exists():
                return path
        return None

    def put_away(self, path: Path, folder: str) -> Path | None:
        """Move a read file to ``archive`` or ``set_aside``; None when it is gone already.

        A file of that name which is there already is never overwritten: the same content makes
        this one superfluous, another content gives this one a number.
        """
        target = self.root / folder / path.name
        number = 1
        try:
            while target.exists():
                if filecmp.cmp(target, path, shallow=False):
                    path.unlink()
                    return target
                number += 1
                target = target.with_name(f"{path.stem}.{number}{path.suffix}")
            path.rename(target)
        except FileNotFoundError:
            return None
        sync_folder(target.parent)
        return target

    def _files(self, folder: str) -> Iterator[Path]:
        try:
            paths = sorted((self.root / folder).iterdir())
        except FileNotFoundError:
            return
        yield from (path for path in paths if path.is_file())


def _modified_at(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.max.replace(tzinfo=UTC)


def is_temporary(name: str) -> bool:
    """Is this the name of a file that somebody is still writing?"""
    return name.startswith(".") or name.lower().endswith((".tmp", ".part", ".filepart"))


def temporary_name(path: Path) -> Path:
    """The name under which a file is written before it gets its own; nobody reads it."""
    return path.with_name(f".{path.name}.tmp")


def write_new(path: Path, body: bytes) -> bool:
    """Write and sync a file that must not exist yet; False when it does."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o664)
    except FileExistsError:
        return False
    with os.fdopen(handle, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    return True


def write_whole(path: Path, text: str) -> None:
    """Write a small file for people, all at once."""
    temporary = temporary_name(path)
    with suppress(FileNotFoundError):
        temporary.unlink()
    write_new(temporary, text.encode())
    temporary.rename(path)


def sync_file(path: Path) -> None:
    """Make sure the bytes of a file are on the disk."""
    _sync(path, os.O_RDONLY)


def sync_folder(folder: Path) -> None:
    """Make sure the names in a folder are on the disk."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def disk_faults(what: str, *, code: str = "disk") -> Iterator[None]:
    """Turn the operating system's refusals into ours."""
    try:
        yield
    except OSError as error:
        raise disk_fault(what, error, code=code) from error


def disk_fault(what: str, error: OSError, *, code: str = "disk") -> BridgeError:
    """Misconfigured where a person must change permissions, Retry for everything else."""
    if error.errno in _NO_PERMISSION:
        return Misconfigured(
            f"{what}: {error}",
            remedy="Give the service's user the right to read and write this folder.",
            code=code,
            raw=str(error),
        )
    return Retry(f"{what}: {error}", code=code, raw=str(error))
