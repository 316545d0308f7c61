"""Loaded workbooks: find one, go back to one, give its file back."""

from __future__ import annotations

from pathlib import Path

from fulfillment_bridge.actions.load_workbook import LoadedWorkbook, WorkbookFile, load_file
from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.clock import Clock
from fulfillment_bridge.domain.warehouse_needs import NO_NEEDS, WarehouseNeeds
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.mappings import MappingVersion


def version_of(store: Store, cart: str, version: int | None) -> MappingVersion:
    """That version of the cart's workbook, or the one in force; UserError if there is none."""
    with store.read() as uow:
        if version is None:
            found = uow.mappings.active(cart)
            if found is None:
                raise UserError(
                    f"no workbook is loaded for cart {cart}",
                    remedy=f"fulfillment-bridge mapping load FILE --cart {cart}",
                )
            return found
        every = uow.mappings.versions(cart)
    found = next((each for each in every if each.mapping_version_id == version), None)
    if found is None:
        known = ", ".join(str(each.mapping_version_id) for each in reversed(every)) or "none"
        raise UserError(
            f"cart {cart} has no version {version} of its workbook",
            remedy=f"There is: {known}. fulfillment-bridge mapping list --cart {cart}",
        )
    return found


def roll_back(
    store: Store,
    clock: Clock,
    cart_name: str,
    cart: Cart,
    version: int,
    *,
    note: str,
    actor: str,
    needs: WarehouseNeeds = NO_NEEDS,
) -> LoadedWorkbook:
    """Load the file of an earlier version once more, as a new version, checked like any other.

    So versions only ever grow, and orders are mapped again just as after any other load.
    """
    before = version_of(store, cart_name, version)
    if before.active:
        raise UserError(f"version {version} is in force already")
    story = f"back to version {version}" + (f": {note}" if note else "")
    file = WorkbookFile(before.file_name, before.content)
    return load_file(store, clock, cart_name, cart, file, note=story, actor=actor, needs=needs)


def export(store: Store, cart: str, version: int | None, path: Path) -> MappingVersion:
    """Write a loaded workbook to ``path``, byte for byte as it was loaded."""
    found = version_of(store, cart, version)
    try:
        path.write_bytes(found.content)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from error
    return found
