"""The users of an org, and the few rows every org has from its first day."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fulfillment_bridge.simulator.ids import IdSource
from fulfillment_bridge.simulator.model import ALL_PERMISSIONS, User
from fulfillment_bridge.simulator.schema import Schema, SObject
from fulfillment_bridge.simulator.sql_functions import zone

Rows = dict[str, list[dict[str, Any]]]
_WITHOUT_CENTS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK"})
_DEFAULT_PERMISSIONS = ("ApiEnabled", "UseAnyApiAuth")


@dataclass(frozen=True)
class Profiles:
    """The ids of the two profiles every org has."""

    administrator: str
    standard: str

    @classmethod
    def of(cls, ids: IdSource) -> Profiles:
        """Fresh ids for them."""
        return cls(administrator=ids.next("00e"), standard=ids.next("00e"))


def users_of(
    description: Mapping[str, Any], ids: IdSource, profiles: Profiles, seed: int
) -> dict[str, User]:
    """The users that the description names, by user name; else an integration user and admin."""
    name = description["name"]
    entries = description.get("users") or [
        {"username": f"bridge@{name}.example", "role": "integration"},
        {"username": f"admin@{name}.example", "role": "admin"},
    ]
    users = (_user(entry, ids, profiles, f"{name}/{seed}") for entry in entries)
    return {user.username.lower(): user for user in users}


def _zone(name: str) -> str:
    """The name of a time zone; ValueError when nobody knows it."""
    zone(name)
    return name


def _user(entry: Mapping[str, Any], ids: IdSource, profiles: Profiles, seed: str) -> User:
    username = str(entry["username"])
    is_admin = bool(entry.get("is_admin", entry.get("role") == "admin"))
    given = entry.get("permissions", _DEFAULT_PERMISSIONS)
    return User(
        user_id=ids.next("005"),
        username=username,
        password=str(entry.get("password") or _secret(seed, username, "password", 16)),
        security_token=str(entry.get("security_token") or _secret(seed, username, "token", 24)),
        full_name=str(entry.get("full_name") or username.split("@")[0].title()),
        email=str(entry.get("email") or username),
        profile_id=profiles.administrator if is_admin else profiles.standard,
        is_admin=is_admin,
        is_active=bool(entry.get("is_active", True)),
        currency=entry.get("currency"),
        time_zone=_zone(str(entry.get("time_zone", "GMT"))),
        permissions=set(ALL_PERMISSIONS if is_admin else given),
        object_permissions=_sets(entry.get("object_permissions")),
        hidden_fields=_sets(entry.get("hidden_fields")),
        read_only_fields=_sets(entry.get("read_only_fields")),
    )


def _secret(seed: str, username: str, purpose: str, length: int) -> str:
    digest = hashlib.sha256(f"{seed}/{username}/{purpose}".encode()).hexdigest()
    return digest[:length]


def _sets(lists: Mapping[str, Any] | None) -> dict[str, set[str]]:
    return {name: set(values) for name, values in (lists or {}).items()}


def first_rows(
    description: Mapping[str, Any],
    organization_id: str,
    schema: Schema,
    users: dict[str, User],
    profiles: Profiles,
) -> Rows:
    """The rows of a new org: itself, its profiles and users, price book and order statuses."""
    return {
        "Organization": [_organization(description, organization_id, schema)],
        "Profile": [
            {"Id": profiles.administrator, "Name": "System Administrator"},
            {"Id": profiles.standard, "Name": "Standard User"},
        ],
        "User": [_user_row(user, schema) for user in users.values()],
        "Pricebook2": [
            {"Name": "Standard Price Book", "IsActive": True, "IsStandard": True},
        ],
        "OrderStatus": _order_statuses(schema),
        "RecordType": [row for sobject in schema for row in _record_types(schema, sobject)],
        **_currencies(schema),
    }


def _organization(
    description: Mapping[str, Any], organization_id: str, schema: Schema
) -> dict[str, Any]:
    address = description.get("address") or {}
    return {
        **_fiscal_year(schema),
        "Id": organization_id,
        "Name": description.get("label", description["name"]),
        "InstanceName": description.get("instance", "SIM1"),
        "IsSandbox": bool(description.get("is_sandbox", False)),
        "OrganizationType": "Enterprise Edition",
        "Street": address.get("street"),
        "City": address.get("city"),
        "State": address.get("state"),
        "PostalCode": address.get("postal_code"),
        "Country": address.get("country"),
    }


def _fiscal_year(schema: Schema) -> dict[str, Any]:
    """When the fiscal year begins; an org from a dump may not show that."""
    organization, fiscal = schema.get("Organization"), schema.fiscal_year
    values = {
        "FiscalYearStartMonth": fiscal.start_month,
        "UsesStartDateAsFiscalYearName": fiscal.named_after_start,
    }
    return {
        name: each for name, each in values.items() if organization and organization.field(name)
    }


def _user_row(user: User, schema: Schema) -> dict[str, Any]:
    first, _, last = user.full_name.rpartition(" ")
    currency = user.currency or schema.currencies.corporate
    many = {"DefaultCurrencyIsoCode": currency} if schema.currencies.rates else {}
    return {
        **many,
        "Id": user.user_id,
        "Username": user.username,
        "FirstName": first or None,
        "LastName": last,
        "Email": user.email,
        "Alias": user.username[:8],
        "IsActive": user.is_active,
        "ProfileId": user.profile_id,
        "TimeZoneSidKey": user.time_zone,
    }


def _record_types(schema: Schema, sobject: SObject) -> list[dict[str, Any]]:
    record_type = schema.get("RecordType")
    person_types = record_type and record_type.field("IsPersonType")
    return [
        {
            "Id": sobject.record_type_ids[each.developer_name],
            "Name": each.label,
            "DeveloperName": each.developer_name,
            "SobjectType": sobject.name,
            "IsActive": each.active,
            **({"IsPersonType": each.person} if person_types else {}),
        }
        for each in sobject.record_types
    ]


def _currencies(schema: Schema) -> Rows:
    """The currencies of an org that has several."""
    currencies = schema.currencies
    rows = [
        {
            "IsoCode": code,
            "ConversionRate": rate,
            "DecimalPlaces": 0 if code in _WITHOUT_CENTS else 2,
            "IsActive": True,
            "IsCorporate": code == currencies.corporate,
        }
        for code, rate in currencies.rates.items()
    ]
    return {"CurrencyType": rows} if rows else {}


def _order_statuses(schema: Schema) -> list[dict[str, Any]]:
    order = schema.get("Order")
    status = order.field("Status") if order else None
    return [
        {
            "MasterLabel": each.label,
            "ApiName": each.value,
            "SortOrder": place,
            "StatusCode": each.category,
            "IsDefault": each.default,
        }
        for place, each in enumerate(status.picklist if status else (), start=1)
    ]
