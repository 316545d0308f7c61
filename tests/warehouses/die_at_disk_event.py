"""Hands one order over and dies, as kill -9 does, just before the nth thing it does to the disk.

    python -m tests.warehouses.die_at_disk_event FOLDER NTH [no-archives]

The interpreter reports every opening, renaming and removing to audit hooks before it happens.
Exit code 9: died there. 0: came to the end with fewer.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from fulfillment_bridge.warehouses.csv_drop_orders import prepare
from tests.warehouses.samples import NOON, a_part, csv_drop

EVENTS = ("open", "os.rename", "os.remove")


def main(folder: str, nth: int, *, partner_archives: bool) -> None:
    """One first attempt at submitting the sample order."""
    submission = prepare(a_part(), created_at=NOON)
    warehouse = csv_drop(Path(folder), partner_archives=partner_archives)
    seen = 0

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event in EVENTS and str(arguments[0]).startswith(folder):
            seen += 1
            if seen == nth:
                os._exit(9)

    sys.addaudithook(count)
    warehouse.submit(submission, first_attempt=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), partner_archives="no-archives" not in sys.argv)
