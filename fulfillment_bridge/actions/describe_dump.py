"""Write down what an org's objects look like, so that staff can rehearse on a copy of it.

No record is read, only describes: object and field names, types, picklist values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from fulfillment_bridge.carts.base import OrgIdentity
from fulfillment_bridge.errors import UserError

Describe = Callable[[Collection[str]], Mapping[str, Mapping[str, Any]]]
AT_ONCE = 25
USUAL_OBJECTS = frozenset(
    {
        "Account", "Contact", "Opportunity", "OpportunityContactRole", "OpportunityLineItem",
        "Order", "OrderItem", "OrderStatus", "Organization", "Pricebook2", "PricebookEntry",
        "Product2", "RecordType", "User",
    }
)  # fmt: skip
"""Standard objects that order mappings meet; custom objects are always taken."""


def usual_names(listed: Iterable[Mapping[str, Any]]) -> list[str]:
    """Of an org's list of objects, those worth a describe for mapping orders."""
    return sorted(
        each["name"]
        for each in listed
        if each.get("queryable") and (each.get("custom") or each["name"] in USUAL_OBJECTS)
    )


def describe_dump(
    directory: Path, identity: OrgIdentity, names: Sequence[str], describe: Describe
) -> int:
    """Write ``<Object>.json`` for each object and ``organization.json``; how many objects.

    25 objects cost one API call. Raises UserError where the folder cannot be written.
    """
    organization = {
        "id": identity.organization_id,
        "name": identity.organization_name,
        "is_sandbox": identity.is_sandbox,
        "default_currency": identity.default_currency,
    }
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _write(directory / "organization.json", organization)
        written = 0
        for some in _slices(names):
            for name, body in describe(some).items():
                _write(directory / f"{name}.json", body)
                written += 1
    except OSError as error:
        raise UserError(f"{directory} cannot be written: {error.strerror}") from error
    return written


def _slices(names: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _write(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document, indent=1, default=str) + "\n", encoding="utf-8")
