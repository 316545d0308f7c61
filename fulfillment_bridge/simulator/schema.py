"""Objects and fields of an org, read from YAML.

An org description (``simulator/orgs/*.yaml``) reads::

    name: acme                      # also the seed of ids, passwords and tokens
    label: Acme Outfitters          # Organization.Name
    instance: ACM1                  # Organization.InstanceName
    is_sandbox: false
    address: {street: 1 Main St, city: Reno, state: NV, postal_code: "89501", country: US}
    limits: {daily_api_requests: 100000}
    fiscal_year: {start_month: 4, named_after: end}    # or start; January when left out
    faults:                         # rules about this org's requests; see faults.py
      - {action: drop_after, path: /composite, nth: 3}
    settings:                       # any field of OrgSettings, e.g.
      security_token_required: false
      commit_lag: [{object: Order, seconds: 60, where: {Status: Draft}}]
      row_locks: [{object: Order, every: 3}]     # UNABLE_TO_LOCK_ROW; see RowLock
    features: {…}                   # person accounts, several currencies: see features.py
    objects:
      Order:                        # a standard object: its custom fields are added
        fields:
          Ready_for_Fulfillment__c: {type: checkbox, label: Ready for Fulfillment}
          Ship_Method__c: {type: picklist, restricted: true, values: [Ground, 2 Day]}
          Tracking_Numbers__c: {type: text, length: 255}
        validation_rules: {…}       # these, and the merchant's automation, duplicate rules,
        automation: {…}             # record types and sharing: see declarations.py
        picklists:                  # replaces the values of a standard picklist
          Status: [{value: Draft, category: Draft, default: true},
                   {value: Activated, category: Activated}]
      Inventory__c:                 # a custom object; Name is text unless told otherwise
        label: Inventory
        plural: Inventory
        name_field: {type: autonumber, format: "INV-{00000}"}   # or {type: text, label: Code}
        fields:
          SKU__c: {type: text, length: 40, external_id: true, unique: true, required: true}
          Available__c: {type: number, precision: 18, scale: 0}
          Product__c: {type: lookup, to: Product2, relationship: Product__r, children: Stock__r}
          Order__c: {type: master_detail, to: Order, children: Things__r}
          Value__c: {type: formula, returns: number, formula: "Available__c * 2"}
          Parts__c: {type: rollup, of: Parts__r, function: sum, field: Size__c, where: "Size__c>0"}
    users:
      - username: bridge@acme.example
        role: integration           # the ready line's user; `admin` is the ready line's admin
        full_name: Warehouse Bridge
        email: bridge@acme.example
        password: …                 # made from name and seed when left out; so is the token
        security_token: …
        time_zone: America/New_York # whose days TODAY means; GMT when left out
        currency: EUR               # in an org of several; its corporate one when left out
        permissions: [ApiEnabled, UseAnyApiAuth, EditActivatedOrders, ViewAllData]
        object_permissions: {Contact: [read]}          # unnamed objects are fully open
        hidden_fields: {Order: [Secret__c]}
        read_only_fields: {Order: [Ship_Method__c]}

Field types: text(length), textarea (255), long_text(length), checkbox, number/currency/
percent(precision, scale), int, date, datetime, time, picklist(values, restricted),
multipicklist(values), email, phone, url, lookup, master_detail, autonumber(format, start),
formula(returns, formula), rollup(of a child relationship, function count, sum, min or max,
field, where, returns). Other keys: label, required, default, external_id, unique,
case_sensitive, createable, updateable, help. ``relationship`` defaults to X__r for X__c, and a
lookup without ``children`` has no child relationship that a subquery could name.
A picklist value is its text or {value, label, default, active}.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from typing import Any

from fulfillment_bridge.simulator import declarations
from fulfillment_bridge.simulator.described import described_objects
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.features import Currencies, with_features
from fulfillment_bridge.simulator.fields import Field, address_fields, field_from, with_picklist
from fulfillment_bridge.simulator.ids import IdSource
from fulfillment_bridge.simulator.sobjects import ChildRelationship, SObject
from fulfillment_bridge.simulator.soql_dates import FiscalYear
from fulfillment_bridge.simulator.yaml_text import parse_yaml

__all__ = ["ChildRelationship", "SObject", "Schema"]

_REFERENCE_HINT = "Please reference your WSDL or the describe call for the appropriate names."
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Schema:
    """All objects of one org, by name in any case."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        """The standard objects with the features, fields and objects of an org description."""
        self._objects: dict[str, SObject] = {}
        self.currencies = Currencies.of(description)
        self.fiscal_year = FiscalYear.of(description)
        custom = 0
        merged = _merged(standard_objects(), description.get("objects") or {})
        for name, entry in with_features(merged, description.get("features") or {}).items():
            if name.endswith("__c"):
                entry = {"key_prefix": f"a{_BASE62[custom // 62]}{_BASE62[custom % 62]}", **entry}
                custom += 1
            self._objects[name.lower()] = _object_from(name, entry)
        for name, sobject in described_objects(description, self._objects).items():
            self._objects[name.lower()] = sobject
        for sobject in self:
            self._connect(sobject)

    def __iter__(self) -> Iterator[SObject]:
        return iter(self._objects.values())

    def get(self, name: str) -> SObject | None:
        """The object of this name in any case, or None."""
        return self._objects.get(name.lower())

    def by_id(self, record_id: str) -> SObject | None:
        """The object whose records have ids that begin like this one."""
        return next((each for each in self if each.key_prefix == record_id[:3]), None)

    def name_record_types(self, ids: IdSource) -> None:
        """Give every record type its id."""
        for sobject in self:
            for each in sobject.record_types:
                record_id = each.record_id or ids.next("012")
                sobject.record_type_ids[each.developer_name] = record_id

    def _connect(self, sobject: SObject) -> None:
        """Let both ends of every reference know each other."""
        for each in sobject.fields.values():
            if each.relationship_name:
                sobject.relationships[each.relationship_name.lower()] = each
            for target in each.reference_to:
                parent = self.get(target)
                if parent is None:
                    raise ValueError(f"{sobject.name}.{each.name} refers to unknown {target}")
                parent.children.append(
                    ChildRelationship(
                        each.child_relationship, sobject.name, each.name, each.on_delete
                    )
                )


def unknown_type(name: str) -> str:
    """Salesforce's words for an object that is not there."""
    return (
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, "
        f"be sure to append the '__c' after the entity name. {_REFERENCE_HINT}"
    )


def unknown_column(name: str, entity: str) -> str:
    """Salesforce's words for a column that is not there, or hidden from the user."""
    return (
        f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom "
        f"field, be sure to append the '__c' after the custom field name. {_REFERENCE_HINT}"
    )


def unknown_relationship(name: str) -> str:
    """Salesforce's words for a relationship in a path that is not there."""
    return (
        f"Didn't understand relationship '{name}' in field path. If you are attempting to use a "
        "custom relationship, be sure to append the '__r' after the custom relationship name. "
        f"{_REFERENCE_HINT}"
    )


def no_such_object() -> SalesforceError:
    """The 404 that REST gives for an object resource that is not there."""
    return SalesforceError("NOT_FOUND", "The requested resource does not exist", http_status=404)


@lru_cache(maxsize=1)
def standard_objects() -> dict[str, dict[str, Any]]:
    """The standard objects as ``schemas/standard.yaml`` declares them."""
    text = resources.files(__package__).joinpath("schemas", "standard.yaml").read_text("utf-8")
    declared: dict[str, dict[str, Any]] = parse_yaml(text)["objects"]
    return declared


def _merged(
    standard: Mapping[str, Mapping[str, Any]], own: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Standard objects with an org's fields added, then the org's own objects."""
    merged = {name: dict(entry) for name, entry in standard.items()}
    for name, entry in own.items():
        if name not in merged and not name.endswith("__c"):
            raise ValueError(f"{name} is neither a standard object nor ends in __c")
        fields = {**merged.get(name, {}).get("fields", {}), **(entry.get("fields") or {})}
        merged[name] = {**merged.get(name, {}), **entry, "fields": fields}
    return merged


def _object_from(name: str, entry: Mapping[str, Any]) -> SObject:
    fields = {each.name.lower(): each for each in _all_fields(name, entry)}
    for picklist, values in (entry.get("picklists") or {}).items():
        fields[picklist.lower()] = with_picklist(
            replace(fields[picklist.lower()], default=None), values
        )
    label = _label(name, entry)
    return SObject(
        name=name,
        label=label,
        plural=str(entry.get("plural") or f"{label}s"),
        key_prefix=entry.get("key_prefix"),
        fields=fields,
        createable=entry.get("createable", True),
        updateable=entry.get("updateable", True),
        deletable=entry.get("deletable", True),
        virtual=entry.get("virtual", False),
        validation_rules=tuple(declarations.validation_rules(entry.get("validation_rules") or {})),
        automations=tuple(declarations.automations(entry.get("automation") or {})),
        duplicate_rules=tuple(declarations.duplicate_rules(entry.get("duplicate_rules") or {})),
        record_types=tuple(declarations.record_types(entry.get("record_types") or {})),
        approval_lock=entry.get("approval_lock"),
        sharing=_sharing(name, entry),
    )


def _sharing(name: str, entry: Mapping[str, Any]) -> str:
    sharing = str(entry.get("sharing", "read_write"))
    if sharing not in ("private", "read", "read_write"):
        raise ValueError(f"{name}: unknown sharing {sharing!r}")
    return sharing


def _label(name: str, entry: Mapping[str, Any]) -> str:
    return str(entry.get("label") or name.removesuffix("__c").replace("_", " "))


def _all_fields(object_name: str, entry: Mapping[str, Any]) -> Iterator[Field]:
    declared: Mapping[str, Mapping[str, Any]] = entry.get("fields") or {}
    if entry.get("virtual"):
        yield from (field_from(name, each) for name, each in declared.items())
        return
    label = _label(object_name, entry)
    yield replace(
        field_from("Id", {"type": "id", "label": f"{label} ID", "nillable": False}),
        createable=False,
        updateable=False,
    )
    yield from _system_fields(object_name, entry)
    if object_name.endswith("__c"):
        yield _name_field(entry)
    for prefix, address_label in (entry.get("addresses") or {}).items():
        yield from address_fields(prefix, address_label)
    for name, each in declared.items():
        plain = field_from(name, each)
        yield replace(plain, name_field=name == entry.get("name_field", "Name"))


def _name_field(entry: Mapping[str, Any]) -> Field:
    """The Name of a custom object; an empty text name is filled with the record's id."""
    name = {"type": "text", "length": 80, **(entry.get("name_field") or {})}
    name.setdefault("label", f"{entry.get('label', '')} Name".strip())
    return replace(field_from("Name", name), name_field=True)


def _system_fields(object_name: str, entry: Mapping[str, Any]) -> Iterator[Field]:
    fields = entry.get("fields") or {}
    has_master = any(each.get("type") == "master_detail" for each in fields.values())
    if entry.get("owner", object_name.endswith("__c") and not has_master):
        yield field_from(
            "OwnerId", {"type": "lookup", "label": "Owner ID", "to": "User", "nillable": False}
        )
    if entry.get("deleted_flag", True):
        yield _fixed("IsDeleted", {"type": "checkbox", "label": "Deleted"})
    for name, label in (("Created", "Created"), ("LastModified", "Last Modified")):
        yield _fixed(f"{name}Date", {"type": "datetime", "label": f"{label} Date"})
        yield _fixed(f"{name}ById", {"type": "lookup", "label": f"{label} By ID", "to": "User"})
    yield _fixed("SystemModstamp", {"type": "datetime", "label": "System Modstamp"})


def _fixed(name: str, entry: Mapping[str, Any]) -> Field:
    return replace(field_from(name, entry), nillable=False, createable=False, updateable=False)
