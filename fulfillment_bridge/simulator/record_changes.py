"""REST: which records of an object changed or were deleted in a span of time."""

from __future__ import annotations

from datetime import datetime

from fulfillment_bridge.simulator.call import Answer
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.resource import RestRequest, Route


def updated(request: RestRequest, object_name: str) -> Answer:
    """The ids of the records that were made or changed from `start` to `end`."""
    start, end = _moment(request, "start"), _moment(request, "end")
    found = request.tenant.org.updated(request.user, object_name, start, end)
    body = {"ids": found.ids, "latestDateCovered": _stamp(found.latest_date_covered)}
    return Answer(200, body)


def deleted(request: RestRequest, object_name: str) -> Answer:
    """The records that were deleted from `start` to `end`, and how far back one may ask."""
    start, end = _moment(request, "start"), _moment(request, "end")
    found = request.tenant.org.deleted(request.user, object_name, start, end)
    records = [{"deletedDate": _stamp(each.deleted_date), "id": each.id} for each in found.records]
    body = {
        "deletedRecords": records,
        "earliestDateAvailable": _stamp(found.earliest_date_available),
        "latestDateCovered": _stamp(found.latest_date_covered),
    }
    return Answer(200, body)


def _moment(request: RestRequest, name: str) -> datetime:
    """A time in the address; it must say how far it is from UTC."""
    text = request.call.query.get(name, "")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        message = f"{name} must be a date and time with its offset from UTC: {text}"
        raise SalesforceError("INVALID_REPLICATION_DATE", message)
    return moment


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


ROUTES = (
    Route("sobjects/{}/updated", {"GET": updated}),
    Route("sobjects/{}/deleted", {"GET": deleted}),
)
