"""How far each cart has been read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fulfillment_bridge.domain.cursor import Cursor, Window
from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import cursors


@dataclass(frozen=True)
class CartCursor:
    """``read_until`` is the server's clock of the last whole poll; None before the first.

    ``open_window`` is there while a poll is under way, and after a run that died in one.
    """

    cart: str
    read_until: datetime | None = None
    open_window: Window | None = None
    swept_at: datetime | None = None


class Cursors(Repository):
    """``uow.cursors``"""

    def get(self, cart: str) -> CartCursor:
        """Where the cart stands; an empty cursor for one that was never read."""
        row = self._one(cursors, cart=cart)
        if row is None:
            return CartCursor(cart)
        resume = None
        if row["resume_modstamp"] is not None:
            resume = Cursor(row["resume_modstamp"], row["resume_id"])
        window = Window(row["window_since"], resume) if row["window_opened_at"] else None
        return CartCursor(cart, row["read_until"], window, row["swept_at"])

    def open_window(self, cart: str, since: datetime | None, *, at: datetime) -> Window:
        """A poll from ``since`` begins; the position inside the last one is forgotten."""
        self._set(
            cart,
            at,
            window_opened_at=at,
            window_since=since,
            resume_modstamp=None,
            resume_id=None,
        )
        return Window(since)

    def store_position(self, cart: str, position: Cursor, *, at: datetime) -> None:
        """A page is stored up to here; a run that dies now resumes after it."""
        self._set(cart, at, resume_modstamp=position.modstamp, resume_id=position.record_id)

    def close_window(self, cart: str, read_until: datetime, *, at: datetime) -> None:
        """The poll is complete: everything visible before ``read_until`` is stored."""
        self._set(
            cart,
            at,
            read_until=read_until,
            window_opened_at=None,
            window_since=None,
            resume_modstamp=None,
            resume_id=None,
        )

    def set_swept(self, cart: str, *, at: datetime) -> None:
        """The sweep by ids is done."""
        self._set(cart, at, swept_at=at)

    def rewind(self, cart: str, read_until: datetime | None, *, at: datetime) -> None:
        """Read again from there (None: from the beginning) at the next poll."""
        self._set(cart, at, read_until=read_until, window_opened_at=None)

    def _set(self, cart: str, at: datetime, **values: Any) -> None:
        self._upsert(cursors, {"cart": cart}, {**values, "updated_at": at})
