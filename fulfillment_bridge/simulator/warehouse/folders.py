"""The folders of one merchant; files come and go in them, never seen half written."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

FOLDERS = ("orders", "shipments", "stock", "archive", "set_aside")


class MerchantFolders:
    """Where one merchant's files lie."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in FOLDERS:
            (root / name).mkdir(parents=True, exist_ok=True)

    def order_files(self) -> list[Path]:
        """The complete order files that wait, by name; half-written ones have other names."""
        return sorted(path for path in (self.root / "orders").glob("ord_*.csv") if path.is_file())

    def archive(self, path: Path) -> None:
        """Keep a file that was understood; a second one of that name gets a number."""
        path.rename(_free_name(self.root / "archive" / path.name))

    def set_aside(self, path: Path, reason: str) -> None:
        """Keep a file that was not understood, with the reason beside it."""
        target = _free_name(self.root / "set_aside" / path.name)
        path.rename(target)
        write_whole(target.with_name(f"{target.name}.reason.txt"), f"{reason}\n")

    def write(self, folder: str, name: str, text: str) -> None:
        """Put a file for the partner into a folder, all at once."""
        write_whole(self.root / folder / name, text)


def write_whole(path: Path, text: str) -> None:
    """Write under a name nobody reads, then rename."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8", newline="")
    temporary.rename(path)


def name_stamp(moment: datetime) -> str:
    """The stamp in the name of a shipment or stock file."""
    return moment.strftime("%Y%m%d%H%M%S")


def _free_name(path: Path) -> Path:
    number = 1
    candidate = path
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.stem}.{number}{path.suffix}")
    return candidate
