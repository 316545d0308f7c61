"""What goes into a workbook that we write: the content, without its looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fulfillment_bridge.mapping.contents import AppliesTo
from fulfillment_bridge.mapping.layout import (
    CART,
    INVENTORY_FIELDS,
    LINE_FIELDS,
    ORDER_FIELDS,
    RULES,
    SETTINGS,
    SHIPMENT_FIELDS,
    SKU_ALIASES,
    VALUE_MAPS,
)
from fulfillment_bridge.mapping.our_fields import INVENTORY_FIELDS as INVENTORY_CATALOG
from fulfillment_bridge.mapping.our_fields import LINE_FIELDS as LINE_CATALOG
from fulfillment_bridge.mapping.our_fields import ORDER_FIELDS as ORDER_CATALOG
from fulfillment_bridge.mapping.our_fields import SHIPMENT_FIELDS as SHIPMENT_CATALOG
from fulfillment_bridge.mapping.our_fields import Catalog, OurField

Texts = tuple[str, ...]


@dataclass(frozen=True)
class From:
    """Where one of our fields comes from."""

    source: str = ""
    transform: str = ""
    default: str = ""
    required: bool = False
    notes: str = ""


@dataclass(frozen=True)
class To:
    """The merchant's field that one of our values goes to."""

    target: str = ""
    transform: str = ""
    notes: str = ""


@dataclass(frozen=True)
class Filling:
    """The content of a whole workbook. Fields that are not named stay blank in it."""

    about: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    rules: Sequence[tuple[AppliesTo, str, str, str, str, str]] = ()
    order_fields: Mapping[str, From] = field(default_factory=dict)
    line_fields: Mapping[str, From] = field(default_factory=dict)
    shipment_fields: Mapping[str, To] = field(default_factory=dict)
    inventory_fields: Mapping[str, To] = field(default_factory=dict)
    value_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sku_aliases: Sequence[tuple[str, str, str, str]] = ()

    def rows(self) -> dict[str, list[Texts]]:
        """The rows of every sheet, in the columns of the layout."""
        return {
            CART: [
                (setting.label, self.settings.get(setting.key, ""), setting.note)
                for setting in SETTINGS
            ],
            RULES: list(self.rules),
            ORDER_FIELDS: _mapped(ORDER_CATALOG, self.order_fields),
            LINE_FIELDS: _mapped(LINE_CATALOG, self.line_fields),
            SHIPMENT_FIELDS: _targets(SHIPMENT_CATALOG, self.shipment_fields),
            INVENTORY_FIELDS: _targets(INVENTORY_CATALOG, self.inventory_fields),
            VALUE_MAPS: [
                (name, found, new, "")
                for name, pairs in self.value_maps.items()
                for found, new in pairs.items()
            ],
            SKU_ALIASES: list(self.sku_aliases),
        }


def _mapped(catalog: Catalog, filled: Mapping[str, From]) -> list[Texts]:
    rows: list[Texts] = []
    for ours in _fields(catalog, filled):
        row = filled.get(ours.key, From())
        required = "yes" if row.required or ours.required else ""
        notes = row.notes or ours.note
        rows.append((ours.label, row.source, required, row.transform, row.default, notes))
    return rows


def _targets(catalog: Catalog, filled: Mapping[str, To]) -> list[Texts]:
    rows: list[Texts] = []
    for ours in _fields(catalog, filled):
        row = filled.get(ours.key, To())
        rows.append((ours.label, row.target, row.transform, row.notes or ours.note))
    return rows


def _fields(catalog: Catalog, filled: Mapping[str, object]) -> list[OurField]:
    """All fields of the catalog, then the extras that are filled in."""
    known = {ours.key for ours in catalog}
    extras = [extra for key in filled if key not in known and (extra := catalog.find(key))]
    return [*catalog, *extras]
