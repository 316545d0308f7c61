"""The body of a record: which of its fields the user may write, and what they come to."""

from __future__ import annotations

from typing import Any

from fulfillment_bridge.simulator.changes import Change, Refused
from fulfillment_bridge.simulator.errors import RecordError, SalesforceError
from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.sharing import hidden_reference, is_hidden
from fulfillment_bridge.simulator.store import Row
from fulfillment_bridge.simulator.values import stored_value


def assigned(change: Change, sobject: SObject, body: dict[str, Any], *, creating: bool) -> Row:
    """The columns that the body sets; raises for fields that are not there or not writable."""
    values: Row = {}
    refused: list[str] = []
    for name, value in body.items():
        if name == "attributes":
            continue
        field, value = _field(change, sobject, name, value, creating=creating)
        writable = field.createable if creating else field.updateable
        if not writable or change.user.only_reads(sobject.name, field.name):
            refused.append(field.name)
        elif not refused:
            values[field.name] = stored_value(field, value, change.schema)
    if refused:
        raise not_writable(refused)
    return values


def new_row(sobject: SObject, values: Row) -> Row:
    """A whole new row: the values given, else each field's default."""
    row: Row = {}
    for field in sobject.stored_fields():
        default = int(bool(field.default)) if field.type == "boolean" else field.default
        row[field.name] = values.get(field.name, default)
    return row


def fill_defaults(change: Change, sobject: SObject, row: Row) -> None:
    """What the org fills in a new record: its owner, record type and currency."""
    if "OwnerId" in row:
        row["OwnerId"] = row["OwnerId"] or change.user.user_id
    if "RecordTypeId" in row:
        row["RecordTypeId"] = row["RecordTypeId"] or sobject.default_record_type
    if "CurrencyIsoCode" in row:
        currency = change.user.currency or change.schema.currencies.corporate
        row["CurrencyIsoCode"] = row["CurrencyIsoCode"] or currency


def check_required(sobject: SObject, values: Row) -> None:
    """Refuse a blank in any required field among the values."""
    missing = [
        name
        for name, value in values.items()
        if value is None and (field := sobject.field(name)) and field.required
    ]
    if missing:
        message = f"Required fields are missing: [{', '.join(missing)}]"
        raise Refused(RecordError("REQUIRED_FIELD_MISSING", message, tuple(missing)))


def check_references(change: Change, sobject: SObject, values: Row) -> None:
    """Refuse references to records that are gone, never were, or are hidden from the user."""
    for name, value in values.items():
        field = sobject.field(name)
        if value is None or field is None or not field.reference_to:
            continue
        target = change.schema.by_id(value)
        found = change.store.row(target, value) if target else None
        if found is None:
            raise Refused(RecordError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"))
        if found.get("IsDeleted"):
            raise Refused(RecordError("ENTITY_IS_DELETED", "entity is deleted"))
        if target and is_hidden(change, target, found):
            raise Refused(hidden_reference(value))
        if name == "RecordTypeId" and value not in sobject.active_record_types:
            message = f"Record Type ID: this ID value isn't valid for the user: {value}"
            raise Refused(RecordError("INVALID_CROSS_REFERENCE_KEY", message, (name,)))


def check_unique(change: Change, sobject: SObject, record_id: str, values: Row) -> None:
    """Refuse a value that another record already has in a unique field."""
    for name, value in values.items():
        field = sobject.field(name)
        if value is None or field is None or not field.unique:
            continue
        for other in change.live(sobject.name, field.name, value):
            if other["Id"] != record_id:
                message = (
                    f"duplicate value found: {name} duplicates value on record with id: "
                    f"{other['Id'][:15]}"
                )
                raise Refused(RecordError("DUPLICATE_VALUE", message))


def external_id_field(change: Change, sobject: SObject, name: str) -> Field:
    """The field of this name that may identify records; NOT_FOUND otherwise."""
    field = sobject.field(name)
    if field is None or not field.id_lookup or change.user.hides(sobject.name, field.name):
        message = f"Provided external ID field does not exist or is not accessible: {name}"
        raise SalesforceError("NOT_FOUND", message, http_status=404)
    return field


def _field(
    change: Change, sobject: SObject, name: str, value: Any, *, creating: bool
) -> tuple[Field, Any]:
    """The field a key of the body means, and its value; a parent may be named by external id."""
    field = sobject.field(name)
    if name.lower() == "id" and creating:
        message = "cannot specify Id in an insert call"
        raise RecordError("INVALID_FIELD_FOR_INSERT_UPDATE", message, ("Id",))
    if name.lower() == "id":
        message = "The Id field should not be specified in the sobject data."
        raise SalesforceError("INVALID_FIELD", message)
    link = sobject.relationships.get(name.lower())
    if field is None and link and isinstance(value, dict):
        return link, _parent_by_external_id(change, link, value)
    if field is None or change.user.hides(sobject.name, field.name):
        message = f"No such column '{name}' on sobject of type {sobject.name}"
        raise SalesforceError("INVALID_FIELD", message)
    return field, value


def _parent_by_external_id(change: Change, link: Field, body: dict[str, Any]) -> str:
    parent = change.object(link.reference_to[0])
    given = [(name, value) for name, value in body.items() if name != "attributes"]
    if len(given) != 1:
        message = (
            "More than 1 field provided in an external foreign key reference in entity: "
            f"{parent.name}"
        )
        raise SalesforceError("INVALID_FIELD", message)
    name, value = given[0]
    field = external_id_field(change, parent, name)
    found = change.live(parent.name, field.name, stored_value(field, value, change.schema))
    if len(found) != 1:
        message = (
            f"Foreign key external ID: {value} not found for field {field.name} in entity "
            f"{parent.name}"
        )
        raise SalesforceError("INVALID_FIELD", message)
    record_id: str = found[0]["Id"]
    return record_id


def not_writable(names: list[str]) -> RecordError:
    """INVALID_FIELD_FOR_INSERT_UPDATE for these fields."""
    return RecordError(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings "
        "of this field and verify that it is read/write for your profile or permission set.",
        tuple(names),
    )
