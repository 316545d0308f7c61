"""What goes into a workbook that we write: the content, without its looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
    only_if: str = ""


@dataclass(frozen=True)
class To:
    """The merchant's field that one of our values goes to."""

    target: str = ""
    transform: str = ""
    notes: str = ""
    write: str = ""


@dataclass(frozen=True)
class Filling:
    """The content of a whole workbook. Fields that are not named stay blank in it.

    ``rules`` are applies to, group, field, operator, value, notes, and for holding a reason.
    ``value_maps`` look for one text, or for up to three in a tuple.
    """

    about: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    rules: Sequence[tuple[str, ...]] = ()
    order_fields: Mapping[str, From] = field(default_factory=dict)
    line_fields: Mapping[str, From] = field(default_factory=dict)
    shipment_fields: Mapping[str, To] = field(default_factory=dict)
    inventory_fields: Mapping[str, To] = field(default_factory=dict)
    value_maps: Mapping[str, Mapping[str | Texts, str]] = field(default_factory=dict)
    sku_aliases: Sequence[tuple[str, str, str, str]] = ()

    def rows(self) -> dict[str, list[Texts]]:
        """The rows of every sheet, in the columns of the layout."""
        return {
            CART: [
                (setting.label, self.settings.get(setting.key, ""), setting.note)
                for setting in SETTINGS
            ],
            RULES: [_rule(row) for row in self.rules],
            ORDER_FIELDS: _mapped(ORDER_CATALOG, self.order_fields),
            LINE_FIELDS: _mapped(LINE_CATALOG, self.line_fields),
            SHIPMENT_FIELDS: [
                (*row[:3], self.shipment_fields.get(key, To()).write, row[3])
                for key, row in _targets(SHIPMENT_CATALOG, self.shipment_fields)
            ],
            INVENTORY_FIELDS: [
                row for _, row in _targets(INVENTORY_CATALOG, self.inventory_fields)
            ],
            VALUE_MAPS: [
                (name, *_three(found), new, "")
                for name, pairs in self.value_maps.items()
                for found, new in pairs.items()
            ],
            SKU_ALIASES: list(self.sku_aliases),
        }


def _rule(row: Texts) -> Texts:
    applies_to, group, path, operator, value, notes, *reason = row
    return (applies_to, group, path, operator, value, *(reason or [""]), notes)


def _three(found: str | Texts) -> Texts:
    texts = (found,) if isinstance(found, str) else found
    return (*texts, "", "")[:3]


def _mapped(catalog: Catalog, filled: Mapping[str, From]) -> list[Texts]:
    rows: list[Texts] = []
    for ours in _fields(catalog, filled):
        row = filled.get(ours.key, From())
        required = "yes" if row.required or ours.required else ""
        notes = row.notes or ours.note
        rows.append(
            (ours.label, row.source, required, row.transform, row.default, row.only_if, notes)
        )
    return rows


def _targets(catalog: Catalog, filled: Mapping[str, To]) -> list[tuple[str, Texts]]:
    rows: list[tuple[str, Texts]] = []
    for ours in _fields(catalog, filled):
        row = filled.get(ours.key, To())
        texts = (ours.label, row.target, row.transform, row.notes or ours.note)
        rows.append((ours.key, texts))
    return rows


def _fields(catalog: Catalog, filled: Mapping[str, object]) -> list[OurField]:
    """All fields of the catalog, then the extras that are filled in."""
    known = {ours.key for ours in catalog}
    extras = [extra for key in filled if key not in known and (extra := catalog.find(key))]
    return [*catalog, *extras]
