"""Accounts that are persons: each has a contact of its own that goes where it goes."""

from __future__ import annotations

from fulfillment_bridge.simulator.assign import not_writable
from fulfillment_bridge.simulator.changes import Change, Refused
from fulfillment_bridge.simulator.errors import RecordError
from fulfillment_bridge.simulator.features import mirrored_fields
from fulfillment_bridge.simulator.rules import PersonRules, Rules
from fulfillment_bridge.simulator.schema import SObject
from fulfillment_bridge.simulator.store import Row


class AccountRules(Rules):
    """In an org with person accounts the record type tells persons from companies."""

    def derive(self, sobject: SObject, row: Row) -> None:
        """A person's name is made of first and last name."""
        if not sobject.field("IsPersonAccount"):
            return
        row["IsPersonAccount"] = int(_is_person(sobject, row))
        if row["IsPersonAccount"]:
            parts = (row.get("FirstName"), row.get("LastName"))
            row["Name"] = " ".join(part for part in parts if part) or None

    def prepare(self, change: Change, row: Row, values: Row) -> None:
        """A last name makes a person; a person has no Name of its own, a company no last name."""
        account = change.object("Account")
        if not account.field("IsPersonAccount"):
            return
        if values.get("LastName") and not values.get("RecordTypeId"):
            row["RecordTypeId"] = account.person_record_types[0]
        _check_fields(account, row, values)
        self.derive(account, row)
        if row["IsPersonAccount"] and not row["LastName"]:
            message = "Required fields are missing: [LastName]"
            raise Refused(RecordError("REQUIRED_FIELD_MISSING", message, ("LastName",)))

    def before_update(self, change: Change, old: Row, values: Row) -> None:
        """The same for changes; a company stays a company, a person a person."""
        account = change.object("Account")
        if not account.field("IsPersonAccount"):
            return
        new = {**old, **values}
        if _is_person(account, new) != bool(old["IsPersonAccount"]):
            message = "Record Type ID: cannot change between business and person record types"
            raise Refused(RecordError("INVALID_PERSON_ACCOUNT_OPERATION", message))
        _check_fields(account, new, values)
        self.derive(account, new)
        values["Name"] = new["Name"]

    def after(self, change: Change, row: Row) -> None:
        """The contact of a person has what the account has."""
        if not row.get("IsPersonAccount") or row.get("IsDeleted"):
            return
        contact = change.object("Contact")
        mirrored = mirrored_fields(change.object("Account").fields)
        values = {
            name: row[own]
            for own, name in mirrored.items()
            if contact.field(name) and name != "Name"
        }
        values["Name"] = row["Name"]
        existing = change.row("Contact", row["PersonContactId"])
        if not existing:
            _make_contact(change, contact, row, values)
        elif any(existing[name] != value for name, value in (values | {"IsDeleted": 0}).items()):
            change.update(contact, existing, values | {"IsDeleted": 0})

    def before_delete(self, change: Change, row: Row) -> None:
        """A person takes its contact along."""
        contact = change.row("Contact", row.get("PersonContactId"))
        if row.get("IsPersonAccount") and contact:
            change.update(change.object("Contact"), contact, {"IsDeleted": 1})


class ContactRules(PersonRules):
    """The contact of a person account is changed through its account only."""

    def before_update(self, change: Change, old: Row, values: Row) -> None:
        """Refuse to change a person's contact by itself."""
        _refuse_person(old)
        super().before_update(change, old, values)

    def before_delete(self, change: Change, row: Row) -> None:
        """Refuse to delete a person's contact by itself."""
        _refuse_person(row)


def _is_person(account: SObject, row: Row) -> bool:
    return row.get("RecordTypeId") in account.person_record_types


def _check_fields(account: SObject, row: Row, values: Row) -> None:
    """Refuse what only the other kind of account has."""
    if _is_person(account, row):
        wrong = [name for name in values if name == "Name"]
    else:
        mirrored = mirrored_fields(account.fields)
        wrong = [name for name, value in values.items() if name in mirrored and value is not None]
    if wrong:
        raise not_writable(wrong)


def _make_contact(change: Change, contact: SObject, account: Row, values: Row) -> None:
    row: Row = {each.name: None for each in contact.stored_fields()}
    row |= {each.name: 0 for each in contact.stored_fields() if each.type == "boolean"}
    row |= values | {
        "Id": change.ids.next(contact.key_prefix or ""),
        "AccountId": account["Id"],
        "OwnerId": account["OwnerId"],
        "IsPersonAccount": 1,
    }
    change.insert(contact, row)
    link = {"PersonContactId": row["Id"]}
    change.store.update(change.object("Account"), account["Id"], link)


def _refuse_person(row: Row) -> None:
    if row.get("IsPersonAccount"):
        message = "The contact of a person account is changed through its account"
        raise Refused(RecordError("INVALID_PERSON_ACCOUNT_OPERATION", message))
