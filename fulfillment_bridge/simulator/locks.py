"""Records that cannot be changed just now: under approval, or held by another transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from fulfillment_bridge.simulator.changes import Change, Refused, fits, locked
from fulfillment_bridge.simulator.errors import RecordError
from fulfillment_bridge.simulator.model import RowLock
from fulfillment_bridge.simulator.row_formula import evaluate
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.store import Row

_UNDER_APPROVAL = "the entity is locked for editing"
_held: ContextVar[tuple[RowLock, ...]] = ContextVar("held", default=())


@contextmanager
def held_rows(locks: Iterable[RowLock]) -> Iterator[None]:
    """Let somebody else hold the rows that these rules fit while the block runs."""
    token = _held.set(tuple(locks))
    try:
        yield
    finally:
        _held.reset(token)


def check_locks(change: Change, sobject: SObject, row: Row) -> None:
    """Refuse to change a record that is locked, or whose master is."""
    _check_row_lock(change, sobject, row)
    if not change.user.has("ModifyAllData") and is_under_approval(change, sobject, row):
        raise locked(_UNDER_APPROVAL)


def is_under_approval(change: Change, sobject: SObject, row: Row) -> bool:
    """Whether an approval locks the record, by itself or through its master."""
    if row["Id"] in change.settings.locked_records:
        return True
    lock = sobject.approval_lock
    if lock and evaluate(change, sobject, lock, row["Id"], row):
        return True
    return any(
        is_under_approval(change, master, master_row)
        for master, master_row in _masters(change, sobject, row)
    )


def _masters(change: Change, sobject: SObject, row: Row) -> list[tuple[SObject, Row]]:
    found = []
    for field in sobject.masters:
        master = change.object(field.reference_to[0])
        if master_row := change.row(master.name, row.get(field.name)):
            found.append((master, master_row))
    return found


def check_master_locks(change: Change, sobject: SObject, row: Row) -> None:
    """Refuse a new record whose master is locked."""
    for master, master_row in _masters(change, sobject, row):
        check_locks(change, master, master_row)


def _check_row_lock(change: Change, sobject: SObject, row: Row) -> None:
    for rule in (*change.settings.row_locks, *_held.get()):
        if fits(rule, sobject, row) and rule.strikes():
            message = f"unable to obtain exclusive access to this record or 1 records: {row['Id']}"
            raise Refused(RecordError("UNABLE_TO_LOCK_ROW", message))
