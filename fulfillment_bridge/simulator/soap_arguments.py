"""Which elements each SOAP operation takes, as the published schema of the partner API has it."""

from __future__ import annotations

from fulfillment_bridge.simulator.soap_envelope import ClientFault, Envelope, local_name

ARGUMENTS: dict[str, frozenset[str]] = {
    "login": frozenset({"username", "password"}),
    "logout": frozenset(),
    "getServerTimestamp": frozenset(),
    "getUserInfo": frozenset(),
    "describeGlobal": frozenset(),
    "describeSObject": frozenset({"sObjectType"}),
    "describeSObjects": frozenset({"sObjectType"}),
    "getUpdated": frozenset({"sObjectType", "startDate", "endDate"}),
    "getDeleted": frozenset({"sObjectType", "startDate", "endDate"}),
    "query": frozenset({"queryString"}),
    "queryAll": frozenset({"queryString"}),
    "queryMore": frozenset({"queryLocator"}),
    "retrieve": frozenset({"fieldList", "sObjectType", "ids"}),
    "create": frozenset({"sObjects"}),
    "update": frozenset({"sObjects"}),
    "upsert": frozenset({"externalIDFieldName", "sObjects"}),
    "delete": frozenset({"ids"}),
    "undelete": frozenset({"ids"}),
    "emptyRecycleBin": frozenset({"ids"}),
}


def check_arguments(envelope: Envelope) -> None:
    """Raise ClientFault for an element that the operation does not have.

    Passing over it would mean, say, to delete nothing and to answer as if all were well.
    """
    known = ARGUMENTS.get(envelope.operation)
    if known is None:
        return
    for child in envelope.body:
        if local_name(child) not in known:
            raise ClientFault(f"Element {child.tag} invalid at this location")
