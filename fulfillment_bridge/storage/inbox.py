"""Documents that warehouses sent, each taken in once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import inbox


@dataclass(frozen=True)
class IncomingDocument:
    """One document and what became of it; ``faults`` one line each."""

    document_id: int
    warehouse: str
    merchant_code: str
    source: str
    key: str
    kind: str
    received_at: datetime
    outcome: str
    faults: tuple[str, ...]


class Inbox(Repository):
    """``uow.inbox``"""

    def add_if_new(
        self,
        *,
        warehouse: str,
        merchant_code: str,
        source: str,
        key: str,
        kind: str,
        at: datetime,
        outcome: str,
        faults: Sequence[str] = (),
    ) -> bool:
        """Note the document; False when the same key came before: then nothing is taken in.

        ``kind`` is ``shipments`` or ``stock``; ``outcome`` a word such as ``taken``,
        ``with_faults``, ``refused``.
        """
        return self._insert_if_new(
            inbox,
            warehouse=warehouse,
            merchant_code=merchant_code,
            source=source,
            key=key,
            kind=kind,
            received_at=at,
            outcome=outcome,
            faults=list(faults),
        )

    def seen(self, warehouse: str, merchant_code: str, key: str) -> bool:
        """Whether that document was taken in before."""
        same = {"warehouse": warehouse, "merchant_code": merchant_code, "key": key}
        return self._first(select(inbox.c.document_id).filter_by(**same)) is not None

    def outcome(self, warehouse: str, merchant_code: str, key: str) -> str | None:
        """What became of that document when it came first; None if it never came."""
        same = {"warehouse": warehouse, "merchant_code": merchant_code, "key": key}
        row = self._first(select(inbox.c.outcome).filter_by(**same))
        return None if row is None else row["outcome"]

    def set_outcome(
        self,
        warehouse: str,
        merchant_code: str,
        key: str,
        *,
        outcome: str,
        faults: Sequence[str] = (),
    ) -> None:
        """What became of a document noted before, known only after it was worked through."""
        row = inbox.update().filter_by(warehouse=warehouse, merchant_code=merchant_code, key=key)
        self._change(row.values(outcome=outcome, faults=list(faults)))

    def find(self, warehouse: str, *, limit: int = 100) -> list[IncomingDocument]:
        """Newest first."""
        wanted = select(inbox).where(inbox.c.warehouse == warehouse)
        rows = self._rows(wanted.order_by(inbox.c.document_id.desc()).limit(limit))
        return [IncomingDocument(**{**row, "faults": tuple(row["faults"])}) for row in rows]
