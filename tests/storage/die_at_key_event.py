"""Exchanges the keys of a store and dies, as kill -9 does, just before the nth thing it does to
the key file.

    python -m tests.storage.die_at_key_event FOLDER NTH

Exit code 9: died there. 0: came to the end with fewer.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from fulfillment_bridge.clock import SystemClock
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.secret_keys import SecretKeys
from fulfillment_bridge.storage.stored_secrets import StoredSecrets

EVENTS = ("open", "os.rename", "os.remove")


def main(folder: Path, nth: int) -> None:
    """One exchange of keys."""
    store = Store.open(f"sqlite:///{folder}/bridge.db")
    keys = SecretKeys(folder / "store_key", lambda: None)
    seen = 0

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event in EVENTS and "store_key" in str(arguments[0]):
            seen += 1
            if seen == nth:
                os._exit(9)

    sys.addaudithook(count)
    StoredSecrets(store, keys, SystemClock()).rotate(by="test")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
