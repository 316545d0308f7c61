"""Load a workbook: check it against the org, keep the file itself, and put it to work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fulfillment_bridge.actions.check_workbook import check_workbook
from fulfillment_bridge.carts.base import Cart
from fulfillment_bridge.clock import Clock
from fulfillment_bridge.domain.org_schema import OrgSchema
from fulfillment_bridge.domain.warehouse_needs import NO_NEEDS, WarehouseNeeds
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.mapping.findings import Finding
from fulfillment_bridge.mapping.package import read_bytes
from fulfillment_bridge.mapping.preflight import excerpt, schema_to_json
from fulfillment_bridge.storage.database import Store


@dataclass(frozen=True)
class WorkbookFile:
    """A workbook as it is on disk or in the store."""

    name: str
    content: bytes


@dataclass(frozen=True)
class LoadedWorkbook:
    """The version that is in force now, and what the check warned of."""

    mapping_version_id: int
    warnings: tuple[Finding, ...]


def load_workbook(
    store: Store,
    clock: Clock,
    cart_name: str,
    cart: Cart,
    path: Path,
    *,
    note: str,
    actor: str,
    needs: WarehouseNeeds = NO_NEEDS,
) -> LoadedWorkbook:
    """Check ``path`` against the org, then store it as a new version and activate it.

    Raises UserError with every fault where there are any: a faulty workbook never replaces a
    good one.
    """
    file = WorkbookFile(path.name, read_bytes(path))
    return load_file(store, clock, cart_name, cart, file, note=note, actor=actor, needs=needs)


def load_file(
    store: Store,
    clock: Clock,
    cart_name: str,
    cart: Cart,
    file: WorkbookFile,
    *,
    note: str,
    actor: str,
    needs: WarehouseNeeds = NO_NEEDS,
) -> LoadedWorkbook:
    """The same for a file that has been read already."""
    checked = check_workbook(file.content, cart=cart, clock=clock, needs=needs)
    refuse_faults(file.name, checked.findings)
    known = excerpt(checked.workbook, checked.schema or OrgSchema())
    now = clock.now()
    with store.begin() as uow:
        version_id = uow.mappings.add_and_activate(
            cart=cart_name,
            file_name=file.name,
            content=file.content,
            schema_json=schema_to_json(known),
            loaded_at=now,
            loaded_by=actor,
            note=note,
        ).mapping_version_id
        detail = {"version": version_id, "file": file.name, "note": note}
        uow.audit.add(now, actor, "mapping load", f"cart:{cart_name}", **detail)
    return LoadedWorkbook(version_id, checked.findings)


def refuse_faults(name: str, findings: Sequence[Finding]) -> None:
    """Raise UserError naming every fault among the findings; warnings pass."""
    faults = [finding for finding in findings if finding.severity == "fault"]
    if faults:
        raise UserError(
            f"{name} has {len(faults)} fault{'s' if len(faults) > 1 else ''}; "
            "the workbook in force stays as it is",
            problems=[finding.text() for finding in faults],
            remedy="Correct these cells in Excel, save, and load the file again.",
        )
