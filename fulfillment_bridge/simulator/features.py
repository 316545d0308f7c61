"""Features that add fields and objects to an org: record types, currencies, person accounts.

An org description switches them on::

    features:
      person_accounts: true
      multi_currency: {corporate: USD, rates: {EUR: 0.9, JPY: 150}}   # of one USD
    objects:
      Opportunity:
        record_types: {Wholesale: {label: Wholesale, default: true}, Retail: {active: false}}

Without them the fields are not there at all, as in a real org.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Entries = dict[str, dict[str, Any]]

_WITHOUT_CURRENCY = frozenset({"Organization", "Profile", "RecordType", "OrderStatus"})
_CURRENCY_OF_PARENT = frozenset({"OrderItem", "OpportunityLineItem"})
_RECORD_TYPE_FIELD = {"type": "lookup", "to": "RecordType", "label": "Record Type ID"}
_FIXED = {"createable": False, "updateable": False}
_ADDRESS = {"PersonMailing": "Mailing", "PersonOther": "Other"}
# What a person account has of its contact, by the contact's name for it.
PERSON_FIELDS = {
    "FirstName": "FirstName",
    "LastName": "LastName",
    "Salutation": "Salutation",
    "Title": "PersonTitle",
    "MobilePhone": "PersonMobilePhone",
    "Email": "PersonEmail",
}
_PARTS = ("Street", "City", "State", "PostalCode", "Country")


@dataclass(frozen=True)
class Currencies:
    """The currencies of an org: what one unit of the corporate one is worth in each."""

    corporate: str
    rates: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, description: Mapping[str, Any]) -> Currencies:
        """Those of a description; an org with one currency has no rates."""
        many = (description.get("features") or {}).get("multi_currency")
        if not many:
            return cls(str(description.get("default_currency", "USD")))
        if not many.get("corporate") or not all(many.get("rates", {}).values()):
            raise ValueError("multi_currency needs its corporate currency, and rates above 0")
        corporate = str(many["corporate"])
        given = {code: float(rate) for code, rate in (many.get("rates") or {}).items()}
        return cls(corporate, {corporate: 1.0, **given})


def with_features(objects: Entries, features: Mapping[str, Any]) -> Entries:
    """The objects with the fields that these features, and record types, bring along."""
    unknown = set(features) - {"person_accounts", "multi_currency"}
    if unknown:
        raise ValueError(f"unknown features: {', '.join(sorted(unknown))}")
    if features.get("person_accounts"):
        objects = _with_person_accounts(objects)
    objects = {name: _with_record_types(entry) for name, entry in objects.items()}
    if many := features.get("multi_currency"):
        objects = _with_currencies(objects, [many["corporate"], *(many.get("rates") or {})])
    return objects


def _added(entry: Mapping[str, Any], fields: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {**entry, **more, "fields": {**entry.get("fields", {}), **fields}}


def _with_record_types(entry: dict[str, Any]) -> dict[str, Any]:
    if not entry.get("record_types"):
        return entry
    return _added(entry, {"RecordTypeId": _RECORD_TYPE_FIELD})


def _with_currencies(objects: Entries, codes: list[str]) -> Entries:
    entry = {
        "type": "picklist",
        "length": 3,
        "label": "Currency ISO Code",
        "restricted": True,
        "values": list(dict.fromkeys(codes)),
    }
    result = {}
    for name, each in objects.items():
        if each.get("virtual") or name in _WITHOUT_CURRENCY:
            result[name] = each
            continue
        settled = _FIXED if name in _CURRENCY_OF_PARENT else {}
        if name == "PricebookEntry":
            settled = {"updateable": False}
        result[name] = _added(each, {"CurrencyIsoCode": {**entry, **settled}})
    result["User"] = _added(
        result["User"], {"DefaultCurrencyIsoCode": {**entry, "label": "Default Currency ISO Code"}}
    )
    return {**result, "CurrencyType": _CURRENCY_TYPE}


_CURRENCY_TYPE: dict[str, Any] = {
    "label": "Currency Type",
    "key_prefix": "01L",
    "deleted_flag": False,
    "createable": False,
    "updateable": False,
    "deletable": False,
    "fields": {
        "IsoCode": {"type": "picklist", "length": 3, "label": "Currency ISO Code"},
        "ConversionRate": {"type": "number", "precision": 18, "scale": 6},
        "DecimalPlaces": {"type": "int"},
        "IsActive": {"type": "checkbox"},
        "IsCorporate": {"type": "checkbox"},
    },
}


def _with_person_accounts(objects: Entries) -> Entries:
    """Accounts that are persons: their contact's fields appear on the account too."""
    account, contact = objects["Account"], objects["Contact"]
    declared = contact["fields"]
    own = {person: {**declared[name], "required": False} for name, person in PERSON_FIELDS.items()}
    custom = {
        f"{name.removesuffix('__c')}__pc": {**each, "required": False, "children": None}
        for name, each in declared.items()
        if name.endswith("__c")
    }
    flag = {"type": "checkbox", "label": "Is Person Account", **_FIXED}
    link = {
        "type": "lookup",
        "to": "Contact",
        "label": "Contact ID",
        "relationship": "PersonContact",
        **_FIXED,
    }
    fields = {**own, "IsPersonAccount": flag, "PersonContactId": link, **custom}
    types = account.get("record_types") or {"Business_Account": {"default": True}}
    if not any((each or {}).get("person") for each in types.values()):
        types = {**types, "PersonAccount": {"label": "Person Account", "person": True}}
    addresses = {**account.get("addresses", {}), **_ADDRESS}
    return {
        **objects,
        "Account": _added(account, fields, record_types=types, addresses=addresses),
        "Contact": _added(contact, {"IsPersonAccount": flag}),
        "RecordType": _added(
            objects["RecordType"], {"IsPersonType": {**flag, "label": "Is Person Type"}}
        ),
    }


def mirrored_fields(account_fields: Mapping[str, Any]) -> dict[str, str]:
    """The account's fields that are its contact's, with the contact's name for each."""
    known = {person.lower(): name for name, person in PERSON_FIELDS.items()}
    for person, plain in _ADDRESS.items():
        known.update({f"{person}{part}".lower(): f"{plain}{part}" for part in _PARTS})
    mirrored = {}
    for lower, each in account_fields.items():
        if lower in known:
            mirrored[each.name] = known[lower]
        elif lower.endswith("__pc"):
            mirrored[each.name] = f"{each.name[:-4]}__c"
    return mirrored
