"""SOAP: getUpdated and getDeleted."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from fulfillment_bridge.simulator.soap_envelope import ClientFault, element
from fulfillment_bridge.simulator.soap_login import instant
from fulfillment_bridge.simulator.soap_request import Result, SoapRequest

_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


def get_updated(request: SoapRequest) -> Result:
    """The ids of the records made or changed in a span of time."""
    name = request.object(request.envelope.argument("sObjectType")).name
    found = request.org.updated(
        request.user, name, _moment(request, "startDate"), _moment(request, "endDate")
    )
    ids = "".join(element("ids", each) for each in found.ids)
    covered = element("latestDateCovered", instant(found.latest_date_covered))
    return Result(f"<result>{ids}{covered}</result>")


def get_deleted(request: SoapRequest) -> Result:
    """The records deleted in a span of time, and when."""
    name = request.object(request.envelope.argument("sObjectType")).name
    found = request.org.deleted(
        request.user, name, _moment(request, "startDate"), _moment(request, "endDate")
    )
    records = "".join(
        f"<deletedRecords>{element('deletedDate', instant(each.deleted_date))}"
        f"{element('id', each.id)}</deletedRecords>"
        for each in found.records
    )
    earliest = element("earliestDateAvailable", instant(found.earliest_date_available))
    covered = element("latestDateCovered", instant(found.latest_date_covered))
    return Result(f"<result>{records}{earliest}{covered}</result>")


def _moment(request: SoapRequest, name: str) -> datetime:
    """A moment among the arguments; one without a zone means UTC."""
    text = request.envelope.argument(name).strip()
    try:
        if not _DATETIME.fullmatch(text):
            raise ValueError(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ClientFault(f"'{text}' is not a valid value for the type xsd:dateTime") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
