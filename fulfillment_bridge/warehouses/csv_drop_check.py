"""Is everything there that a folder warehouse needs?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from fulfillment_bridge.domain.counting import counted
from fulfillment_bridge.warehouses import csv_drop_shipments, csv_drop_stock
from fulfillment_bridge.warehouses.base import WarehouseCheck, WarehouseProfile
from fulfillment_bridge.warehouses.csv_drop_folders import FOLDERS, MerchantFolders

_INCOMING = {"shipments": csv_drop_shipments.NAME, "stock": csv_drop_stock.NAME}


def check_folders(root: Path, profile: WarehouseProfile) -> list[WarehouseCheck]:
    """One line per thing looked at. Changes nothing."""
    if not root.is_dir():
        remedy = f"Create {root}, or mount the share there, for the user that runs the service."
        return [WarehouseCheck(False, f"folder {root} is not there", remedy)]
    return [line for code in sorted(set(profile.merchants.values())) for line in _lines(root, code)]


def check_strays(root: Path, profile: WarehouseProfile, until: datetime) -> list[WarehouseCheck]:
    """One line for each folder with files that were there by then, and that nobody reads."""
    found: list[WarehouseCheck] = []
    for code in sorted(set(profile.merchants.values())):
        for name, pattern in _INCOMING.items():
            with suppress(OSError):  # of a folder that cannot be read its collection tells
                strays = MerchantFolders(root / code).strays(name, pattern, until)
                found += _stray_lines(root / code / name, strays)
    return found


def _lines(root: Path, code: str) -> Iterator[WarehouseCheck]:
    for name in FOLDERS:
        yield _folder_line(root / code / name, root)
    for name, pattern in _INCOMING.items():
        strays = MerchantFolders(root / code).strays(name, pattern)
        yield from _stray_lines(root / code / name, strays)


def _folder_line(folder: Path, root: Path) -> WarehouseCheck:
    what = f"folder {folder}"
    if not folder.exists():
        creatable = os.access(_nearest(folder, root), os.W_OK | os.X_OK)
        return WarehouseCheck(
            creatable,
            f"{what} is not there yet and will be created with the first order",
            "" if creatable else f"Create it, or let the service write to {root}.",
        )
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return WarehouseCheck(
            False, f"{what} cannot be read and written", "Give the service's user these rights."
        )
    return WarehouseCheck(True, f"{what} can be read and written")


def _nearest(folder: Path, root: Path) -> Path:
    while folder != root and not folder.exists():
        folder = folder.parent
    return folder


def _stray_lines(folder: Path, names: list[str]) -> Iterator[WarehouseCheck]:
    if names:
        shown = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
        yield WarehouseCheck(
            False,
            f"{counted(len(names), 'file')} in {folder} with a name that is never read: {shown}",
            "Ask the warehouse to name them as docs/warehouse-files.md says, or move them away.",
        )
