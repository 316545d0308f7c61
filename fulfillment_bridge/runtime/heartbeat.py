"""Tells systemd how we are. Without systemd nothing happens."""

from __future__ import annotations

import os
import socket


def notify(*words: str) -> bool:
    """Send ``READY=1``, ``WATCHDOG=1``, ``STOPPING=1`` …; whether there was somebody to tell."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        try:
            out.sendto("\n".join(words).encode(), address)
        except OSError:
            return False  # whoever watched us is gone; that is no reason to stop working
    return True
