"""Who did what by hand, kept for good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from fulfillment_bridge.storage.repository import Repository
from fulfillment_bridge.storage.tables import audit


@dataclass(frozen=True)
class AuditEntry:
    """``actor`` did ``action`` to ``subject``, for instance ``cart:acme``."""

    audit_id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]


class Audit(Repository):
    """``uow.audit``"""

    def add(self, at: datetime, actor: str, action: str, subject: str, **detail: Any) -> None:
        """Write it down."""
        self._insert(audit, at=at, actor=actor, action=action, subject=subject, detail=detail)

    def find(self, *, subject: str | None = None, limit: int = 100) -> list[AuditEntry]:
        """Newest first."""
        wanted = select(audit)
        if subject is not None:
            wanted = wanted.where(audit.c.subject == subject)
        rows = self._rows(wanted.order_by(audit.c.audit_id.desc()).limit(limit))
        return [AuditEntry(**row) for row in rows]
