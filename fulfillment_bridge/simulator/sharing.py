"""Which rows a user may see and change: org-wide defaults, and single records by list.

An object's ``sharing`` is what people other than a record's owner may do: nothing
(``private``), read it (``read``), or read and write it (``read_write``). Records without an
owner go with their master.
"""

from __future__ import annotations

from fulfillment_bridge.simulator.changes import Change
from fulfillment_bridge.simulator.errors import RecordError
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.store import Row


def is_hidden(change: Change, sobject: SObject, row: Row) -> bool:
    """Whether sharing hides the record from the user."""
    if change.user.has("ViewAllData"):
        return False
    listed = change.settings.hidden_records.get(change.user.username.lower(), ())
    if row["Id"] in listed or (sobject.sharing == "private" and not _owns(change, row)):
        return True
    return any(is_hidden(change, *master) for master in _masters(change, sobject, row))


def is_read_only(change: Change, sobject: SObject, row: Row) -> bool:
    """Whether sharing lets the user only read the record."""
    if change.user.has("ModifyAllData"):
        return False
    listed = change.settings.read_only_records.get(change.user.username.lower(), ())
    if row["Id"] in listed or (sobject.sharing != "read_write" and not _owns(change, row)):
        return True
    return any(is_read_only(change, *master) for master in _masters(change, sobject, row))


def hidden_reference(record_id: str) -> RecordError:
    """INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY."""
    return RecordError(
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        f"insufficient access rights on cross-reference id: {record_id[:15]}",
    )


def _owns(change: Change, row: Row) -> bool:
    return bool(row.get("OwnerId") == change.user.user_id)


def _masters(change: Change, sobject: SObject, row: Row) -> list[tuple[SObject, Row]]:
    return [
        (change.object(field.reference_to[0]), master)
        for field in sobject.masters
        if (master := change.row(field.reference_to[0], row.get(field.name)))
    ]
