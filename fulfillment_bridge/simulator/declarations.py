"""What a merchant declares about an object besides its fields, and how YAML says it.

All of it stands under an object of an org description; formulas are Salesforce's::

    Order:
      sharing: private                    # of others' records; or read; read_write by default
      approval_lock: ISPICKVAL(Status, 'In Approval')    # true means locked for editing
      validation_rules:                   # true means refused
        Needs_Carrier: {when: ISBLANK(Carrier__c), message: Say who carries it, field: Carrier__c}
      record_types:
        Wholesale: {label: Wholesale, default: true}
        Retired: {active: false}
      duplicate_rules:                    # all fields agree; alert, block or allow
        Same_Number: {match: [PoNumber], on_create: alert, on_update: allow, message: Again?}
      automation:
        Stamp_Shipped:                    # a flow that edits the record before it is saved
          on: [create, update]            # or delete; create and update by default
          when: ISCHANGED(Tracking__c)    # always by default
          set: {Shipped_On__c: TODAY()}
        Tell_Account:                     # a trigger that edits the parent afterwards
          kind: trigger
          parent: Account                 # the relationship's name
          set_parent: {Last_Order__c: OrderNumber}
          most_rows: 150                  # of one transaction; above that it throws
          throws: soql                    # or cpu, dml, or the text of another exception
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Action = Literal["allow", "alert", "block"]
Event = Literal["create", "update", "delete"]

_AUTOMATION = ("kind", "on", "when", "set", "parent", "set_parent", "most_rows", "throws")
_DUPLICATE_RULE = ("match", "matching_rule", "on_create", "on_update", "message")
_RECORD_TYPE = ("label", "default", "active", "person", "id")


@dataclass(frozen=True)
class ValidationRule:
    """A formula that refuses a record when it is true, with the merchant's own message."""

    name: str
    when: str
    message: str
    field: str | None = None


@dataclass(frozen=True)
class Automation:
    """A flow or trigger of the merchant's that runs when a record is saved.

    It edits the record before it is saved (``set``) or its parent afterwards
    (``set_parent``), all by formulas over the record. In one transaction it bears
    ``most_rows`` records; above that it throws and takes the whole transaction along.
    """

    name: str
    kind: Literal["flow", "trigger"]
    events: frozenset[Event]
    when: str
    set: tuple[tuple[str, str], ...]
    parent: str | None
    set_parent: tuple[tuple[str, str], ...]
    most_rows: int | None
    throws: str


@dataclass(frozen=True)
class DuplicateRule:
    """Records that agree in all of the fields ``match`` are taken for one."""

    name: str
    matching_rule: str
    match: tuple[str, ...]
    on_create: Action
    on_update: Action
    message: str

    def action(self, *, creating: bool) -> Action:
        """What happens to a record that looks like another."""
        return self.on_create if creating else self.on_update


@dataclass(frozen=True)
class RecordTypeEntry:
    """A record type of an object; ``person`` makes accounts of it persons."""

    developer_name: str
    label: str
    default: bool
    active: bool
    person: bool
    record_id: str | None = None


def validation_rules(entries: Mapping[str, Any]) -> Iterator[ValidationRule]:
    """The rules of ``validation_rules: {Name: {when, message, field?}}``; ValueError for others."""
    for name, entry in entries.items():
        rule = _known(f"validation rule {name}", entry, ("when", "message", "field"))
        if not (rule.get("when") and rule.get("message")):
            raise ValueError(f"validation rule {name}: needs when and message")
        yield ValidationRule(name, str(rule["when"]), str(rule["message"]), rule.get("field"))


def automations(entries: Mapping[str, Any]) -> Iterator[Automation]:
    """The flows and triggers of ``automation: {Name: {…}}``; ValueError for a bad one."""
    for name, declared in entries.items():
        entry = _known(f"automation {name}", declared, _AUTOMATION)
        kind, events = entry.get("kind", "flow"), entry.get("on", ["create", "update"])
        if kind not in ("flow", "trigger") or set(events) - {"create", "update", "delete"}:
            raise ValueError(f"automation {name}: unknown kind {kind!r} or event in {events}")
        if bool(entry.get("parent")) != bool(entry.get("set_parent")):
            raise ValueError(f"automation {name}: parent and set_parent go together")
        yield Automation(
            name=name,
            kind=kind,
            events=frozenset(events),
            when=str(entry.get("when", "TRUE")),
            set=_formulas(entry.get("set")),
            parent=entry.get("parent"),
            set_parent=_formulas(entry.get("set_parent")),
            most_rows=entry.get("most_rows"),
            throws=str(entry.get("throws", "soql")),
        )


def duplicate_rules(entries: Mapping[str, Any]) -> Iterator[DuplicateRule]:
    """The rules of ``duplicate_rules: {Name: {match, on_create?, on_update?, message?}}``."""
    for name, declared in entries.items():
        entry = _known(f"duplicate rule {name}", declared, _DUPLICATE_RULE)
        if not entry.get("match"):
            raise ValueError(f"duplicate rule {name}: needs the fields to match")
        yield DuplicateRule(
            name=name,
            matching_rule=str(entry.get("matching_rule", f"{name}_Match")),
            match=tuple(entry["match"]),
            on_create=_action(name, entry.get("on_create", "alert")),
            on_update=_action(name, entry.get("on_update", "allow")),
            message=str(entry.get("message", "Use one of these records?")),
        )


def record_types(entries: Mapping[str, Any]) -> Iterator[RecordTypeEntry]:
    """The record types of ``record_types: {Name: {label?, default?, active?, person?}}``."""
    for name, declared in entries.items():
        entry = _known(f"record type {name}", declared, _RECORD_TYPE)
        yield RecordTypeEntry(
            developer_name=name,
            label=str(entry.get("label", name.replace("_", " "))),
            default=bool(entry.get("default", len(entries) == 1)),
            active=bool(entry.get("active", True)),
            person=bool(entry.get("person", False)),
            record_id=entry.get("id"),
        )


def _known(what: str, declared: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    """What is declared, by its keys; ValueError for a key that would be passed over in silence."""
    if not isinstance(declared or {}, Mapping):
        raise ValueError(f"{what}: keys and values are wanted, not {declared!r}")
    # A bare `on` is the truth value in YAML.
    entry = {"on" if key is True else str(key): value for key, value in (declared or {}).items()}
    if unknown := sorted(set(entry) - set(keys)):
        raise ValueError(f"{what}: unknown: {', '.join(unknown)}; known are {', '.join(keys)}")
    return entry


def _action(name: str, word: str) -> Action:
    if word == "block":
        return "block"
    if word not in ("alert", "allow"):
        raise ValueError(f"duplicate rule {name}: {word!r} is none of alert, block and allow")
    return "alert" if word == "alert" else "allow"


def _formulas(entries: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    return tuple((field, str(formula)) for field, formula in (entries or {}).items())
