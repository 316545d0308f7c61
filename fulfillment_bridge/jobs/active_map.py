"""The workbook a cart works with now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fulfillment_bridge.errors import BridgeError, Misconfigured
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.preflight import schema_from_json
from fulfillment_bridge.mapping.workbook import read_workbook
from fulfillment_bridge.storage.database import Store


@dataclass(frozen=True)
class ActiveMap:
    """A field map and which loaded workbook it is."""

    mapping_version_id: int
    field_map: FieldMap


def load_active_map(store: Store, cart: str) -> ActiveMap:
    """The cart's active workbook, joined with the schema it was checked against.

    Misconfigured where none was loaded yet.
    """
    with store.read() as uow:
        version = uow.mappings.active(cart)
    if version is None:
        raise Misconfigured(
            f"cart {cart} has no mapping workbook yet",
            remedy=f"Load a workbook: fulfillment-bridge mapping load FILE --cart {cart}",
            code="no_workbook",
        )
    workbook = read_workbook(version.content)
    field_map = FieldMap(workbook, schema_from_json(version.schema_json))
    return ActiveMap(version.mapping_version_id, field_map)


@contextmanager
def naming_cells(field_map: FieldMap) -> Iterator[None]:
    """Add the workbook cell to an error of the org that names a column."""
    try:
        yield
    except BridgeError as error:
        cell = _cell_of(field_map, getattr(error, "entity", ""), getattr(error, "column", ""))
        if cell and cell not in error.message:
            error.message = f"{error.message} (workbook cell {cell})"
            error.args = (error.message,)
        raise


def _cell_of(field_map: FieldMap, entity: str, column: str) -> str | None:
    if not column:
        return None
    return field_map.cell_for(f"{entity}.{column}") or field_map.cell_for(column)
