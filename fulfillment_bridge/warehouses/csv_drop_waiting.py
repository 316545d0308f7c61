"""Incoming files that wait to be read: which of them are complete, and in which order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fulfillment_bridge.clock import Clock
from fulfillment_bridge.warehouses.csv_drop_folders import MerchantFolders

MOST_AHEAD = timedelta(days=2)
"""A stamp may be in the warehouse's own time, by a clock that is not quite right."""


@dataclass(frozen=True)
class WaitingFile:
    """A complete file. ``name`` holds the parts of its name, ``content`` is None if too large.

    ``stamp`` is the one in its name, empty where it lies so far ahead that it says nothing.
    """

    merchant_code: str
    path: Path
    name: dict[str, str]
    key: str
    content: bytes | None
    stamp: str = ""


@dataclass(frozen=True)
class _Look:
    """How a file looked, and since when it has looked so."""

    size: int
    modified: int
    since: datetime


@dataclass(frozen=True)
class Patience:
    """When a file counts as complete: see the options of the same names."""

    partner_renames: bool
    stable_seconds: int
    largest_file_bytes: int


class WaitingFiles:
    """The incoming files of all merchants in one kind of folder."""

    def __init__(
        self, root: Path, folder: str, pattern: re.Pattern[str], patience: Patience, clock: Clock
    ) -> None:
        self._root = root
        self._folder = folder
        self._pattern = pattern
        self._patience = patience
        self._clock = clock
        self._looks: dict[str, dict[Path, _Look]] = {}

    def complete(self, code: str) -> Iterator[WaitingFile]:
        """Every complete file of a merchant, oldest first by the stamp in its name.

        One whose stamp cannot be believed is as old as the file. A file that cannot be read comes
        last, as an error.
        """
        found = MerchantFolders(self._root / code).incoming(self._folder, self._pattern)
        self._look_at(code, [path for path, _ in found])
        latest = f"{self._clock.now() + MOST_AHEAD:%Y%m%d%H%M%S}"
        waiting = [
            (
                match["stamp"] if match["stamp"] <= latest else self._age_of(code, path),
                _counted(match),
                path,
                match.groupdict(),
            )
            for path, match in found
        ]
        unreadable: list[OSError] = []
        for _, _, path, name in sorted(waiting, key=lambda entry: entry[:3]):
            try:
                file = self._read(code, path, name)
            except OSError as error:
                unreadable.append(error)
                continue
            if file is not None:
                stamp = name["stamp"]
                yield replace(file, stamp=stamp if stamp <= latest else "")
        for trouble in unreadable:
            raise trouble

    def _look_at(self, code: str, paths: list[Path]) -> None:
        now = self._clock.now()
        before, self._looks[code] = self._looks.get(code, {}), {}
        for path in paths:
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            last = before.get(path)
            same = last and (last.size, last.modified) == (found.st_size, found.st_mtime_ns)
            since = last.since if last and same and last.since <= now else now
            self._looks[code][path] = _Look(found.st_size, found.st_mtime_ns, since)

    def _age_of(self, code: str, path: Path) -> str:
        """When it was written, in the form of a stamp."""
        look = self._looks[code].get(path)
        modified = datetime.fromtimestamp(look.modified / 1e9, UTC) if look else self._clock.now()
        return f"{min(modified, self._clock.now()):%Y%m%d%H%M%S}"

    def _read(self, code: str, path: Path, name: dict[str, str]) -> WaitingFile | None:
        look = self._looks[code].get(path)
        if look is None or not (self._patience.partner_renames or self._is_stable(look)):
            return None
        if look.size > self._patience.largest_file_bytes:
            key = _size_key(path.name, look.size, look.modified)
            return WaitingFile(code, path, name, key, None) if self._is_stable(look) else None
        content = read_file(path)
        if content is None or not (_last_line_is_whole(content) or self._is_stable(look)):
            return None
        return WaitingFile(code, path, name, content_key(path.name, content), content)

    def _is_stable(self, look: _Look) -> bool:
        """Unchanged for a while, by the file's own time or by ours: their clocks may differ."""
        modified_at = datetime.fromtimestamp(look.modified / 1e9, UTC)
        while_ago = self._clock.now() - timedelta(seconds=self._patience.stable_seconds)
        return modified_at <= while_ago or look.since <= while_ago


def content_key(name: str, content: bytes) -> str:
    """What tells this document from every other: its name and its content."""
    return f"{name}:{hashlib.sha256(content).hexdigest()}"


def still_the_same(path: Path, key: str) -> bool:
    """Is the file still there with the content (or, unread, the size and time) of ``key``?"""
    try:
        found = path.stat()
        if key == _size_key(path.name, found.st_size, found.st_mtime_ns):
            return True
        return content_key(path.name, path.read_bytes()) == key
    except FileNotFoundError:
        return False


def _size_key(name: str, size: int, modified: int) -> str:
    return f"{name}:{size}:{modified}"


def read_file(path: Path) -> bytes | None:
    """The content, or None where the file is gone."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _last_line_is_whole(content: bytes) -> bool:
    return content.endswith((b"\n", b"\r"))


def _counted(match: re.Match[str]) -> int:
    """The running number in a stock file's name; shipment files have none."""
    return int(match.groupdict().get("number") or 0)
