"""From a file to settings, or to everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from fulfillment_bridge.errors import UserError
from fulfillment_bridge.registry import CARTS, WAREHOUSES, load
from fulfillment_bridge.secrets import SecretSource
from fulfillment_bridge.settings.adapter_options import checked_options
from fulfillment_bridge.settings.faults import Fault, Place, faulty, told
from fulfillment_bridge.settings.model import (
    BudgetSettings,
    CartSettings,
    ConfigFile,
    ConnectionSettings,
    JobSettings,
    LogSettings,
    MerchantSettings,
    Settings,
    WarehouseSettings,
)
from fulfillment_bridge.settings.references import block, blocks, wrong_references
from fulfillment_bridge.settings.text import read_yaml

ENVIRONMENT_VARIABLE = "FULFILLMENT_BRIDGE_CONFIG"
BLOCKS: dict[str, type[BaseModel]] = {
    "log": LogSettings,
    "merchants": MerchantSettings,
    "connections": ConnectionSettings,
    "carts": CartSettings,
    "warehouses": WarehouseSettings,
    "jobs": JobSettings,
}


def find_config(given: str | Path | None = None) -> Path:
    """The file named, else ``$FULFILLMENT_BRIDGE_CONFIG``, else ``config.yaml`` here."""
    path = Path(given or os.environ.get(ENVIRONMENT_VARIABLE) or "config.yaml")
    if not path.is_file():
        raise UserError(
            f"there is no configuration at {path.absolute()}",
            remedy=f"Name one with --config PATH or in ${ENVIRONMENT_VARIABLE}.",
        )
    return path.absolute()


def load_settings(path: str | Path | None = None) -> Settings:
    """The settings in that file (see ``find_config``); UserError with every fault it has."""
    found = find_config(path)
    document, lines = read_yaml(found)
    faults: list[Fault] = []
    source = SecretSource()
    file = _validated(document, source, faults)
    carts = dict(_adapted_carts(document, file, faults))
    warehouses = dict(_adapted_warehouses(document, file, faults))
    faults += wrong_references(document)
    if faults or file is None:
        raise faulty(found, faults, lines)
    state = _state_directory(found, file)
    return Settings(
        path=found,
        state_directory=state,
        database=_database(file.database, state),
        log=file.log,
        workers=file.workers,
        merchants=file.merchants,
        connections=file.connections,
        carts=carts,
        warehouses=warehouses,
        jobs=file.jobs,
        outgoing_addresses=tuple(file.outgoing_addresses),
        secret_source=source,
    )


def _validated(
    document: dict[str, Any], source: SecretSource, faults: list[Fault]
) -> ConfigFile | None:
    try:
        return ConfigFile.model_validate(document, context=source)
    except ValidationError as error:
        faults += told(error, (), _keys_beside)
        return None


def _adapted_carts(
    document: dict[str, Any], file: ConfigFile | None, faults: list[Fault]
) -> Iterator[tuple[str, CartSettings]]:
    """Each cart with its options as the cart type's own ``Options`` sees them."""
    for name, raw in blocks(document, "carts"):
        connection = block(document, "connections").get(str(raw.get("connection")))
        kind = connection.get("type") if isinstance(connection, dict) else None
        options = dict(block(raw, "options"))
        if "page_size" in raw:
            options["page_size"] = raw["page_size"]
        made = _adapter_options(CARTS, kind, options, ("carts", name, "options"), faults)
        if file is not None:
            yield name, file.carts[name].model_copy(update={"adapter_options": made})


def _adapted_warehouses(
    document: dict[str, Any], file: ConfigFile | None, faults: list[Fault]
) -> Iterator[tuple[str, WarehouseSettings]]:
    """Each warehouse with its options as the warehouse type's own ``Options`` sees them."""
    for name, raw in blocks(document, "warehouses"):
        place = ("warehouses", name, "options")
        options = block(raw, "options")
        made = _adapter_options(WAREHOUSES, raw.get("type"), options, place, faults)
        if file is not None:
            yield name, file.warehouses[name].model_copy(update={"adapter_options": made})


def _adapter_options(
    registry: Mapping[str, str], kind: Any, options: Any, place: Place, faults: list[Fault]
) -> Any:
    if kind not in registry:
        return None  # told by wrong_references
    return checked_options(load(registry[kind]), options, place, faults)


def _keys_beside(place: Place) -> Iterable[str]:
    if len(place) == 1:
        return ConfigFile.model_fields
    if len(place) > 3 and place[2] == "budget":
        return BudgetSettings.model_fields
    block = BLOCKS.get(str(place[0]))
    return block.model_fields.keys() - {"adapter_options"} if block else ()


def _state_directory(path: Path, file: ConfigFile) -> Path:
    if file.state_directory is not None:
        return path.parent / file.state_directory
    from_systemd = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    return Path(from_systemd) if from_systemd else path.parent


def _database(url: str, state_directory: Path) -> str:
    prefix = "sqlite:///"
    if not url.startswith(prefix):
        return url
    return prefix + str(state_directory / url.removeprefix(prefix))
