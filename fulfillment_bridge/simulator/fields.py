"""Fields of an object: Salesforce's types, and how the YAML words turn into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

# The YAML word: Salesforce's type and the properties it brings along.
_TYPES: dict[str, tuple[str, dict[str, Any]]] = {
    "id": ("id", {"length": 18}),
    "text": ("string", {"length": 255}),
    "textarea": ("textarea", {"length": 255}),
    "long_text": ("textarea", {"length": 32768}),
    "checkbox": ("boolean", {"default": False}),
    "number": ("double", {"precision": 18}),
    "currency": ("currency", {"precision": 18, "scale": 2}),
    "percent": ("percent", {"precision": 18, "scale": 2}),
    "int": ("int", {"digits": 9}),
    "date": ("date", {}),
    "datetime": ("datetime", {}),
    "time": ("time", {}),
    "picklist": ("picklist", {"length": 255}),
    "multipicklist": ("multipicklist", {"length": 4099}),
    "email": ("email", {"length": 80}),
    "phone": ("phone", {"length": 40}),
    "url": ("url", {"length": 255}),
    "lookup": ("reference", {"length": 18}),
    "master_detail": ("reference", {"length": 18, "on_delete": "cascade", "nillable": False}),
    "autonumber": ("string", {"length": 30, "createable": False, "updateable": False}),
    "address": ("address", {"createable": False, "updateable": False}),
}
FIELD_TYPES = tuple(_TYPES)
_RETURNS = {"formula": "text", "rollup": "number"}
COMPOUND_TYPES = frozenset({"address", "location"})
_KINDS = {
    "id": "id",
    "reference": "id",
    "boolean": "boolean",
    "double": "number",
    "currency": "number",
    "percent": "number",
    "int": "int",
    "date": "date",
    "datetime": "datetime",
    "time": "time",
    "address": "address",
    "location": "address",
}
_SQL_TYPES = {"number": "REAL", "int": "INTEGER", "string": "TEXT COLLATE NOCASE"}
_PLAIN_KEYS = (
    "length",
    "precision",
    "scale",
    "digits",
    "nillable",
    "createable",
    "updateable",
    "default",
    "external_id",
    "unique",
    "case_sensitive",
    "restricted",
    "on_delete",
    "filterable",
    "sortable",
)


@dataclass(frozen=True)
class PicklistValue:
    """One value of a picklist; ``category`` is what a status or stage means."""

    value: str
    label: str
    default: bool = False
    active: bool = True
    category: str | None = None
    probability: float = 0.0

    @classmethod
    def of(cls, entry: Any) -> PicklistValue:
        """The value as YAML gives it: a text or a mapping."""
        if isinstance(entry, Mapping):
            value = str(entry["value"])
            return cls(**{"label": value, **entry, "value": value})
        return cls(value=str(entry), label=str(entry))


@dataclass(frozen=True)
class Rollup:
    """What a roll-up summary field does with the details of a child relationship."""

    of: str
    function: str
    field: str | None = None
    where: str | None = None

    @classmethod
    def of_entry(cls, name: str, entry: Mapping[str, Any]) -> Rollup:
        """As ``of``, ``function``, ``field`` and ``where`` say; ValueError for nonsense."""
        function = str(entry.get("function", "count"))
        if function not in ("count", "sum", "min", "max") or not entry.get("of"):
            raise ValueError(f"{name}: a rollup is count, sum, min or max of a child relationship")
        if (function == "count") == ("field" in entry):
            raise ValueError(f"{name}: sum, min and max need a field, count takes none")
        return cls(str(entry["of"]), function, entry.get("field"), entry.get("where"))


@dataclass(frozen=True)
class Field:
    """One field, with the properties a describe tells and the engine goes by.

    ``defaulted`` is filled by the platform in ways the engine does not know; a formula or
    roll-up that is ``never_computed`` keeps the values that records were loaded with.
    """

    name: str
    label: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    default: Any = None
    defaulted: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    filterable: bool = True
    sortable: bool = True
    name_field: bool = False
    auto_number: str | None = None
    auto_start: int = 1
    formula: str | None = None
    never_computed: bool = False
    rollup: Rollup | None = None
    help: str | None = None
    picklist: tuple[PicklistValue, ...] = ()
    restricted: bool = False
    reference_to: tuple[str, ...] = ()
    relationship_name: str | None = None
    child_relationship: str | None = None
    on_delete: str = "clear"
    compound: str | None = None
    components: tuple[tuple[str, str], ...] = ()

    @property
    def custom(self) -> bool:
        """Whether a merchant made the field."""
        return self.name.endswith("__c")

    @cached_property
    def kind(self) -> str:
        """How values compare: string, id, boolean, number, int, date, datetime, time, address."""
        return _KINDS.get(self.type, "string")

    @property
    def calculated(self) -> bool:
        """Whether a formula or a roll-up computes the field."""
        return self.formula is not None or self.rollup is not None or self.never_computed

    @property
    def stored(self) -> bool:
        """Whether the field has a column of its own."""
        return self.formula is None and self.type not in COMPOUND_TYPES

    @property
    def is_master(self) -> bool:
        """Whether the record is a detail of the one the field names."""
        return self.custom and self.type == "reference" and self.on_delete == "cascade"

    @property
    def required(self) -> bool:
        """Whether a new record must give a value."""
        filled = self.nillable or self.default is not None or self.defaulted
        return not filled and self.createable

    @property
    def groupable(self) -> bool:
        """Whether GROUP BY takes the field."""
        if not self.filterable or self.calculated or self.type == "multipicklist":
            return False
        return self.kind in ("string", "id", "boolean", "int", "date")

    @property
    def id_lookup(self) -> bool:
        """Whether an upsert may look records up by the field."""
        return self.external_id or self.type == "id"

    @property
    def column(self) -> str:
        """The declaration of the field's column in SQLite."""
        if self.type == "boolean":
            return f'"{self.name}" INTEGER NOT NULL DEFAULT {int(bool(self.default))}'
        sql_type = "TEXT" if self.case_sensitive else _SQL_TYPES.get(self.kind, "TEXT")
        return f'"{self.name}" {sql_type}'

    def picklist_value(self, value: Any) -> PicklistValue | None:
        """The declared picklist value that ``value`` means, upper and lower case being one."""
        wanted = str(value).lower()
        return next((each for each in self.picklist if each.value.lower() == wanted), None)


def field_from(name: str, entry: Mapping[str, Any]) -> Field:
    """The field that a YAML entry declares; ValueError when it makes no sense."""
    word = str(entry.get("type", ""))
    returns = str(entry.get("returns", _RETURNS[word])) if word in _RETURNS else word
    if returns not in _TYPES:
        raise ValueError(f"{name}: unknown field type {returns!r}")
    sf_type, properties = _TYPES[returns]
    properties = dict(properties)
    properties.update((key, entry[key]) for key in _PLAIN_KEYS if key in entry)
    if entry.get("required"):
        properties["nillable"] = False
    if sf_type == "boolean" or word == "autonumber":
        properties["nillable"] = False
    label = str(entry.get("label") or name.removesuffix("__c").replace("_", " "))
    field = Field(name, label, sf_type, help=entry.get("help"), **properties)
    return _finished(field, word, entry)


def _finished(field: Field, word: str, entry: Mapping[str, Any]) -> Field:
    """The field with what its kind needs beyond plain properties."""
    if word == "formula":
        formula = str(entry["formula"])
        return replace(field, formula=formula, createable=False, updateable=False, nillable=True)
    if word == "rollup":
        rollup = Rollup.of_entry(field.name, entry)
        empty = 0.0 if rollup.function in ("count", "sum") else None
        return replace(field, rollup=rollup, default=empty, createable=False, updateable=False)
    if word == "autonumber":
        return replace(
            field,
            auto_number=str(entry.get("format", "{0}")),
            auto_start=int(entry.get("start", 1)),
        )
    if field.type == "reference":
        return _with_relationship(field, entry)
    if field.type in ("picklist", "multipicklist"):
        return with_picklist(field, entry.get("values", ()))
    if field.type == "textarea" and field.length > 255:
        return replace(field, filterable=False, sortable=False)
    return field


def _with_relationship(field: Field, entry: Mapping[str, Any]) -> Field:
    to = entry["to"]
    by_name = field.name[:-1] + "r" if field.custom else field.name.removesuffix("Id")
    return replace(
        field,
        reference_to=(to,) if isinstance(to, str) else tuple(to),
        relationship_name=entry.get("relationship", by_name),
        child_relationship=entry.get("children"),
    )


def with_picklist(field: Field, entries: Any) -> Field:
    """The field with these picklist values and the default one of them may be."""
    values = tuple(PicklistValue.of(entry) for entry in entries)
    default = next((each.value for each in values if each.default), field.default)
    sortable = field.sortable and field.type != "multipicklist"
    return replace(field, picklist=values, default=default, sortable=sortable)


_ADDRESS_PARTS = (
    ("Street", "textarea", {"length": 255}),
    ("City", "text", {"length": 40}),
    ("State", "text", {"length": 80}),
    ("PostalCode", "text", {"length": 20}),
    ("Country", "text", {"length": 80}),
    ("Latitude", "number", {"precision": 18, "scale": 15}),
    ("Longitude", "number", {"precision": 18, "scale": 15}),
    ("GeocodeAccuracy", "picklist", {"length": 40}),
)


def address_fields(prefix: str, label: str) -> list[Field]:
    """The eight parts of an address and the compound field that shows them together."""
    compound = f"{prefix}Address"
    parts = [
        replace(
            field_from(
                f"{prefix}{part}",
                {"type": word, "label": f"{label} {_spaced(part)}".strip(), **properties},
            ),
            compound=compound,
        )
        for part, word, properties in _ADDRESS_PARTS
    ]
    components = tuple(
        (part[0].lower() + part[1:], f"{prefix}{part}") for part, _, _ in _ADDRESS_PARTS
    )
    whole = field_from(compound, {"type": "address", "label": f"{label} Address".strip()})
    return [*parts, replace(whole, components=components, filterable=False, sortable=False)]


def _spaced(part: str) -> str:
    return {"PostalCode": "Zip/Postal Code", "State": "State/Province"}.get(part, part)
