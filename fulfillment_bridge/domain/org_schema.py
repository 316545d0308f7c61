"""What crosses between a workbook and an org: its schema, what to read, what to write.

Pure values. The field map says what to read and write in these terms, the cart carries it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

Record = Mapping[str, Any]
"""One record as the org answers it: columns by name, parents nested, numbers as Decimal."""

Value = str | bool | int | Decimal | date | datetime | None
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "LIKE", "NOT LIKE", "IN", "NOT IN"]


@dataclass(frozen=True)
class OrgField:
    """One field of an object as the org's describe shows it to our user."""

    name: str
    label: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    filterable: bool = True
    sortable: bool = True
    calculated: bool = False
    unique: bool = False
    external_id: bool = False
    defaulted_on_create: bool = False
    restricted_picklist: bool = False
    picklist_values: tuple[str, ...] = ()
    reference_to: tuple[str, ...] = ()
    relationship_name: str | None = None


@dataclass(frozen=True)
class ChildRelationship:
    """A list of an object's child records: ``OpportunityContactRoles`` of an Opportunity.

    ``field`` is the lookup on the child object that names the parent.
    """

    name: str
    object_name: str
    field: str


@dataclass(frozen=True)
class OrgObject:
    """One object; ``fields`` by lower-case API name, because Salesforce ignores case.

    ``children`` may be left out: a child object can be found by its own lookup as well.
    """

    name: str
    label: str
    fields: Mapping[str, OrgField]
    updateable: bool = True
    queryable: bool = True
    key_prefix: str | None = None
    children: tuple[ChildRelationship, ...] = ()

    def field(self, name: str) -> OrgField | None:
        return self.fields.get(name.lower())

    def child(self, name: str) -> ChildRelationship | None:
        """The child relationship of that name."""
        wanted = name.lower()
        return next((each for each in self.children if each.name.lower() == wanted), None)

    def by_relationship(self, name: str) -> OrgField | None:
        """The reference field behind a relationship such as ``Account`` or ``Account__r``."""
        wanted = name.lower()
        for candidate in self.fields.values():
            if (candidate.relationship_name or "").lower() == wanted:
                return candidate
        return None


@dataclass(frozen=True)
class ResolvedPath:
    """A path such as ``Account__r.ShippingCity`` followed to its last field."""

    path: str
    object_name: str
    field: OrgField
    relationships: tuple[str, ...] = ()


@dataclass(frozen=True)
class PathFault:
    """Why a path leads nowhere: ``missing`` on ``object_name``, with the nearest real names."""

    path: str
    object_name: str
    missing: str
    is_relationship: bool = False
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True)
class OrgSchema:
    """The objects that somebody looked at; not necessarily the whole org."""

    objects: Mapping[str, OrgObject] = field(default_factory=dict)
    organization_id: str = ""
    default_currency: str | None = None

    def object(self, name: str) -> OrgObject | None:
        return self.objects.get(name.lower())


@dataclass(frozen=True)
class Condition:
    """One comparison. ``value`` is typed already: text for text fields, bool for checkboxes.

    IN and NOT IN take a tuple. None means empty.
    """

    path: str
    operator: Operator
    value: Value | tuple[Value, ...]


Rule = tuple[tuple[Condition, ...], ...]
"""Groups: the conditions of a group all hold; one group that holds is enough. () is no rule."""


@dataclass(frozen=True)
class ChildQuery:
    """Child records that orders' values come from, read by the ids of their orders.

    ``name``          what a RawOrder keeps them under
    ``object_name``   the object to read, ``parent_field`` its lookup to the order,
                      ``parent_relationship`` the same as a relationship
    ``paths``         columns, beside Id and the parent field
    ``rule``          which of them are wanted; () is all
    ``order``         columns to sort by: the first record of an order counts
    """

    name: str
    object_name: str
    parent_field: str
    paths: tuple[str, ...]
    rule: Rule = ()
    parent_relationship: str = ""
    order: tuple[str, ...] = ("Id",)


@dataclass(frozen=True)
class OrderQuery:
    """What to read to know a cart's orders.

    ``order_paths``, ``line_paths``  columns, without Id and SystemModstamp, which are always read
    ``line_parent_field``         the line's reference to its order (``OrderId``)
    ``line_parent_relationship``  the same as a relationship (``Order``, ``Sales_Order__r``)
    ``ready``, ``cancel``         rules over the order's fields
    ``still_ready``               holds for ready orders too that bear what we write ourselves; ()
                                  where the ready rule asks for nothing that we write
    ``earliest``                  the condition "not older than", apart so that it can be explained
    ``parent_stamps``             relationships whose own SystemModstamp counts as a change
    ``rests_on_formula``          a rule reads a formula or counts days: no stamp moves; sweep by id
    ``marker``                    holds for a record that was marked as downloaded
    ``children``                  other child records to read with the orders

    Where ``line_object`` is empty there are no line records: the lines stand in repeated columns
    of the order itself.
    """

    order_object: str
    order_paths: tuple[str, ...]
    line_object: str
    line_paths: tuple[str, ...]
    line_parent_field: str
    line_parent_relationship: str
    ready: Rule
    cancel: Rule = ()
    still_ready: Rule = ()
    earliest: Condition | None = None
    parent_stamps: tuple[str, ...] = ()
    rests_on_formula: bool = False
    marker: Condition | None = None
    children: tuple[ChildQuery, ...] = ()

    @property
    def has_line_records(self) -> bool:
        return bool(self.line_object)


@dataclass(frozen=True)
class RawOrder:
    """An order's record and all of its lines, untouched.

    ``children`` has the records of every ChildQuery under its name, in its order; () where the
    order has none. ``line_modstamp`` is that of the line that changed last. ``created_at`` is
    when the record came into being.
    """

    record: Record
    lines: tuple[Record, ...]
    modstamp: datetime
    children: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    line_modstamp: datetime | None = None
    created_at: datetime | None = None

    @property
    def cart_order_id(self) -> str:
        return str(self.record["Id"])


@dataclass(frozen=True)
class RecordStamp:
    """A record and the SystemModstamp it was seen with."""

    record_id: str
    modstamp: datetime


@dataclass(frozen=True)
class Stretch:
    """A part of a cart's orders: by SystemModstamp, by when they were made, or by Id.

    From the first bound, before the second; None leaves a side open. With ``made`` the times are
    those of creation or of change, whichever lies in the stretch.
    """

    since: datetime | None = None
    until: datetime | None = None
    id_from: str | None = None
    id_until: str | None = None
    made: bool = False


@dataclass(frozen=True)
class CanceledRecord:
    """An order that matches a cancel rule or was deleted in the org."""

    record_id: str
    modstamp: datetime
    deleted: bool


@dataclass(frozen=True)
class InventoryQuery:
    """Which inventory records to read: ``key_path`` holds the SKU, ``paths`` what we may write.

    ``warehouse_path`` is set where there is one record per SKU and warehouse.
    """

    inventory_object: str
    key_path: str
    paths: tuple[str, ...]
    warehouse_path: str | None = None
    rule: Rule = ()


@dataclass(frozen=True)
class RecordUpdate:
    """New values for one existing record; None clears a field."""

    object_name: str
    record_id: str
    values: Mapping[str, Value]


@dataclass(frozen=True)
class ChildUpsert:
    """A child record to create, or to change where one has that external id already.

    ``values`` are without the external id and the lookup to the parent, which go along.
    """

    object_name: str
    external_id_field: str
    external_id: str
    parent_field: str
    parent_id: str
    values: Mapping[str, Value]


@dataclass(frozen=True)
class WriteFault:
    """One error the org gave for one record; ``remedy`` is what to do about it, in clicks."""

    code: str
    message: str
    fields: tuple[str, ...] = ()
    remedy: str = ""


@dataclass(frozen=True)
class UpdateResult:
    """What became of one RecordUpdate.

    ``retry`` is True where the same write may work later (a locked row, the org under load).
    ``unknown`` is True where the answer was lost: read back before writing again.
    """

    record_id: str
    written: bool
    faults: tuple[WriteFault, ...] = ()
    retry: bool = False
    unknown: bool = False


def value_at(record: Record, path: str) -> Any:
    """The value at a dotted path of a nested record; None where a parent is missing."""
    current: Any = record
    for name in path.split("."):
        if current is None:
            return None
        current = _named(current, name)
    return current


def _named(record: Mapping[str, Any], name: str) -> Any:
    if name in record:
        return record[name]
    wanted = name.lower()
    for key, value in record.items():
        if key.lower() == wanted:
            return value
    return None


def rule_paths(rules: Sequence[Rule]) -> tuple[str, ...]:
    """Every path that the rules read, each once, in order."""
    return tuple(
        dict.fromkeys(condition.path for rule in rules for group in rule for condition in group)
    )
