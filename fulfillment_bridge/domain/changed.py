"""Records that somebody may have changed after we wrote onto them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from fulfillment_bridge.domain.org_schema import Record

BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class ChangedQuery:
    """Records of one object that changed at ``since`` or later, the recycle bin included.

    ``paths``         what we write there, beside Id, SystemModstamp and IsDeleted
    ``parent_field``  the lookup to the order; empty where the records are the orders themselves
    ``key_field``     the external id that we know them by; empty where that is their Id
    """

    object_name: str
    paths: tuple[str, ...]
    parent_field: str = ""
    key_field: str = ""
    since: datetime = BEGINNING

    def key_of(self, record: Record) -> str:
        """What we know the record by."""
        return str(record[self.key_field or "Id"])

    def order_of(self, record: Record) -> str:
        """The id of the order that the record belongs to."""
        return str(record[self.parent_field or "Id"])


@dataclass(frozen=True)
class ChangedRecords:
    """All that changed before ``until``, and maybe more; ``server_time`` is the org's clock."""

    records: tuple[Record, ...]
    until: datetime
    server_time: datetime
