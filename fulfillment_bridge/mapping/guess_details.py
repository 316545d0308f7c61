"""Guesses beyond the field itself: transforms, names in two parts, maps of values, demands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from fulfillment_bridge.domain.org_schema import OrgField
from fulfillment_bridge.domain.warehouse_needs import WarehouseNeeds
from fulfillment_bridge.mapping.filling import From, Texts, To
from fulfillment_bridge.mapping.findings import nearest
from fulfillment_bridge.mapping.guess_words import RECIPIENT, WORDS_OF_STATUS
from fulfillment_bridge.mapping.guessing_objects import words_of
from fulfillment_bridge.mapping.layout import BLANK, UNCHANGED
from fulfillment_bridge.mapping.our_fields import OurField

SHIP_METHODS, STATUSES = "ship methods", "statuses"
Values = Mapping[str | Texts, str]
_MOST_ROWS = 60
_FREE_TEXT = frozenset({"string", "textarea"})
_FIRST, _LAST = ("first name", "given name"), ("last name", "surname", "family name")


def with_transforms(sources: Mapping[str, From], fields: Mapping[str, OrgField]) -> dict[str, From]:
    """The same rows, with a transform where the type of their field tells that it needs one."""
    found = dict(sources)
    for key, row in sources.items():
        field = fields.get(row.source)
        if key.endswith(".state") and field and field.type.lower() in _FREE_TEXT:
            found[key] = replace(row, transform="state_code")
        if key == "ship_method" and field and field.picklist_values:
            found[key] = replace(row, transform=f"map({SHIP_METHODS})")
    return found


def name_in_two_parts(fields: Mapping[str, OrgField]) -> str:
    """``First_Name__c + Last_Name__c`` of the recipient; nothing where there is no such pair."""
    first, last = (_named(fields, words) for words in (_FIRST, _LAST))
    return f"{first} + {last}" if first and last else ""


def _named(fields: Mapping[str, OrgField], words: Sequence[str]) -> str:
    for phrase in (f"{beginning} {word}" for word in words for beginning in (*RECIPIENT, "")):
        wanted = tuple(phrase.split())
        for path, field in fields.items():
            if "." not in path and wanted in (words_of(field.name), words_of(field.label)):
                return path
    return ""


def method_map(field: OrgField | None, codes: Sequence[str]) -> Values:
    """A row for each value of the merchant's picklist; beside it the code that looks like it.

    Where the warehouse lists its codes and none looks like it, a person has to fill in the cell.
    """
    values = field.picklist_values[:_MOST_ROWS] if field else ()
    if not values:
        return {}
    rows: dict[str | Texts, str] = {
        value: _like(value, codes) if codes else UNCHANGED for value in values
    }
    if field and field.nillable:
        rows[BLANK] = "" if codes else BLANK
    return rows


def _like(value: str, known: Sequence[str]) -> str:
    """The known word that says the same, else the one that looks most like it."""
    same = [each for each in known if words_of(each) == words_of(value)]
    return next(iter([*same, *nearest(value, known, count=1)]), "")


def status_map(field: OrgField | None) -> Values:
    """Our words for how an order stands, and the picklist value that says the same."""
    if field is None or not field.picklist_values:
        return {}
    found: dict[str | Texts, str] = {}
    for word, others in WORDS_OF_STATUS.items():
        same = [
            value for said in (word, *others) for value in field.picklist_values
            if words_of(value) == words_of(said)
        ]  # fmt: skip
        found[word] = same[0] if same else UNCHANGED
    return found if any(value != UNCHANGED for value in found.values()) else {}


def with_status_map(targets: Mapping[str, To], maps: Mapping[str, Values]) -> dict[str, To]:
    """The same rows, with the map of states where there is one."""
    found = dict(targets)
    if STATUSES in maps:
        found["fulfillment_status"] = replace(
            found["fulfillment_status"], transform=f"map({STATUSES})"
        )
    return found


def with_demands(
    rows: Mapping[str, From], needs: WarehouseNeeds, demanded: Collection[OurField]
) -> dict[str, From]:
    """The same rows, ticked where the warehouse demands them, filled or not."""
    found = dict(rows)
    for ours in demanded:
        row = found.get(ours.key, From(notes=ours.note))
        notes = " ".join(part for part in (required_by(needs), row.notes) if part)
        found[ours.key] = replace(row, required=True, notes=notes)
    return found


def required_by(needs: WarehouseNeeds) -> str:
    """The words of a template about a field that its warehouse demands."""
    return f"Required by warehouse {needs.warehouse}."
