"""What an org knows of one object: its fields, its rules, and what may be done with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fulfillment_bridge.simulator.declarations import (
    Automation,
    DuplicateRule,
    RecordTypeEntry,
    ValidationRule,
)
from fulfillment_bridge.simulator.fields import Field


@dataclass(frozen=True)
class ChildRelationship:
    """A field of another object that points here; ``name`` is what a subquery calls it."""

    name: str | None
    object_name: str
    field_name: str
    on_delete: str


@dataclass
class SObject:
    """One object: its fields by lower-case name, and what may be done with its records.

    ``internal`` fields exist for the engine's own rules only; ``recorded`` is the describe
    answer of the org that the object was copied from.
    """

    name: str
    label: str
    plural: str
    key_prefix: str | None
    fields: dict[str, Field]
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    virtual: bool = False
    validation_rules: tuple[ValidationRule, ...] = ()
    automations: tuple[Automation, ...] = ()
    duplicate_rules: tuple[DuplicateRule, ...] = ()
    record_types: tuple[RecordTypeEntry, ...] = ()
    approval_lock: str | None = None
    sharing: str = "read_write"
    internal: dict[str, Field] = field(default_factory=dict)
    recorded: dict[str, Any] | None = None
    record_type_ids: dict[str, str] = field(default_factory=dict)
    children: list[ChildRelationship] = field(default_factory=list)
    relationships: dict[str, Field] = field(default_factory=dict)

    @property
    def custom(self) -> bool:
        """Whether a merchant made the object."""
        return self.name.endswith("__c")

    def field(self, name: str) -> Field | None:
        """The field of this name in any case, or None."""
        return self.fields.get(name.lower())

    def engine_field(self, name: str) -> Field | None:
        """The field of this name, be it one that nobody sees."""
        return self.field(name) or self.internal.get(name.lower())

    @property
    def default_record_type(self) -> str | None:
        """The id of the record type of records that name none."""
        names = (each.developer_name for each in self.record_types if each.default)
        return next((self.record_type_ids[name] for name in names), None)

    @property
    def active_record_types(self) -> set[str]:
        """The ids of the record types that records may have."""
        active = (each for each in self.record_types if each.active)
        return {self.record_type_ids[each.developer_name] for each in active}

    @property
    def person_record_types(self) -> list[str]:
        """The ids of the record types whose accounts are persons, the default one first."""
        persons = sorted((each for each in self.record_types if each.person), key=_by_default)
        return [self.record_type_ids[each.developer_name] for each in persons]

    @cached_property
    def masters(self) -> tuple[Field, ...]:
        """The references to the records that this one belongs to, unless it has an owner."""
        if self.field("OwnerId"):
            return ()
        references = (each for each in self.fields.values() if each.reference_to)
        return tuple(each for each in references if each.on_delete == "cascade")

    def stored_fields(self) -> Iterator[Field]:
        """The fields that have a column."""
        declared = (*self.fields.values(), *self.internal.values())
        return (each for each in declared if each.stored)


def _by_default(record_type: RecordTypeEntry) -> bool:
    return not record_type.default
