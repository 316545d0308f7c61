"""REST: objects and single records below `sobjects`."""

from __future__ import annotations

from typing import Any

from fulfillment_bridge.simulator.call import Answer
from fulfillment_bridge.simulator.errors import (
    DuplicatesDetected,
    MultipleMatches,
    SalesforceError,
    not_found,
)
from fulfillment_bridge.simulator.org import Operation, SaveResult
from fulfillment_bridge.simulator.record_relations import is_record, related, wanted_fields
from fulfillment_bridge.simulator.render import PageRenderer, record_url
from fulfillment_bridge.simulator.resource import RestRequest, Route

UPSERT_ANSWERS_SINCE = 46


def describe_global(request: RestRequest) -> Answer:
    """The objects of the org."""
    body = request.tenant.org.describe_global(request.user, request.version_text)
    return request.tenant.describes.answer(request.call, request.user.username, body)


def describe(request: RestRequest, object_name: str) -> Answer:
    """All that is known about one object."""
    body = _describe(request, object_name)
    body["urls"] |= _pages(request, body)
    return request.tenant.describes.answer(request.call, request.user.username, body)


def basic_info(request: RestRequest, object_name: str) -> Answer:
    """The object without its fields; nothing was looked at recently."""
    whole = _describe(request, object_name)
    lists = ("fields", "childRelationships", "recordTypeInfos", "namedLayoutInfos")
    short = {key: value for key, value in whole.items() if key not in lists}
    return Answer(200, {"objectDescribe": short, "recentItems": []})


def create(request: RestRequest, object_name: str) -> Answer:
    """Create a record: 201 and where it is."""
    name = _known_name(request, object_name)
    operation = Operation("create", name, values=values_of(request.json_object()))
    result = _save(request, operation)
    return _created(request, name, result, {"id": result.id, "success": True, "errors": []})


def retrieve(request: RestRequest, object_name: str, record_id: str) -> Answer:
    """A record, with the wanted `fields` or all the user may read."""
    record = request.tenant.org.retrieve(
        request.user, object_name, record_id, wanted_fields(request), request.version_text
    )
    return Answer(200, _renderer(request).record(record))


def update(request: RestRequest, object_name: str, record_id: str) -> Answer:
    """Change a record: 204."""
    name = _known_name(request, object_name)
    _save(request, Operation("update", name, record_id, values_of(request.json_object())))
    return Answer(204)


def delete(request: RestRequest, object_name: str, record_id: str) -> Answer:
    """Put a record into the recycle bin: 204."""
    _save(request, Operation("delete", _known_name(request, object_name), record_id))
    return Answer(204)


def retrieve_by_external_id(
    request: RestRequest, object_name: str, field_name: str, value: str
) -> Answer:
    """The record with this external id; 300 and all addresses when there are several.

    With a record's id in place of the field, what a relationship of that record leads to.
    """
    if is_record(request, object_name, field_name):
        return related(request, object_name, field_name, value)
    try:
        record = request.tenant.org.retrieve_by_external_id(
            request.user, object_name, field_name, value, wanted_fields(request)
        )
    except MultipleMatches as matches:
        return _choices(request, matches)
    return Answer(200, _renderer(request).record(record))


def upsert(request: RestRequest, object_name: str, field_name: str, value: str) -> Answer:
    """Create (201) or change (200, 204 in old versions) the record with this external id."""
    name = _known_name(request, object_name)
    operation = Operation(
        "upsert",
        name,
        values=values_of(request.json_object()),
        external_id_field=field_name,
        external_id=value,
        update_only=request.call.query.get("updateOnly", "").lower() == "true",
    )
    try:
        result = _save(request, operation)
    except MultipleMatches as matches:
        return _choices(request, matches)
    body: dict[str, Any] = {"id": result.id, "success": True, "errors": []}
    body["created"] = result.created
    if result.created:
        return _created(request, name, result, body)
    return Answer(200, body) if request.version >= UPSERT_ANSWERS_SINCE else Answer(204)


def delete_by_external_id(
    request: RestRequest, object_name: str, field_name: str, value: str
) -> Answer:
    """Delete the record with this external id: 204."""
    org = request.tenant.org
    try:
        record = org.retrieve_by_external_id(request.user, object_name, field_name, value, ["Id"])
    except MultipleMatches as matches:
        return _choices(request, matches)
    return delete(request, object_name, str(record["Id"]))


def values_of(body: dict[str, Any]) -> dict[str, Any]:
    """The field values of a record in a request: all but its attributes."""
    return {name: value for name, value in body.items() if name != "attributes"}


def _save(request: RestRequest, operation: Operation) -> SaveResult:
    result = request.save([operation])[0]
    if result.success:
        return result
    first = result.errors[0]
    if isinstance(first, MultipleMatches):
        raise first
    raise RefusedRecord(result.errors, request.version_text)


class RefusedRecord(SalesforceError):
    """A single record was refused; the body lists every reason, the status is the first's."""

    def __init__(self, errors: list[SalesforceError], version: str) -> None:
        first = errors[0]
        super().__init__(first.code, first.message, first.fields, first.http_status)
        self.errors = errors
        self._version = version

    def rest_body(self) -> list[dict[str, Any]]:
        """One element per reason."""
        return [body for error in self.errors for body in self._bodies(error)]

    def _bodies(self, error: SalesforceError) -> list[dict[str, Any]]:
        if isinstance(error, DuplicatesDetected):
            return error.rest_body(self._version)
        return error.rest_body()


def _describe(request: RestRequest, object_name: str) -> dict[str, Any]:
    return request.tenant.org.describe(request.user, object_name, request.version_text)


def _pages(request: RestRequest, body: dict[str, Any]) -> dict[str, str]:
    """Where a browser would see, edit and make such records, and what new ones begin with."""
    if not body["layoutable"] or not body["keyPrefix"]:
        return {}
    base = request.tenant.base_url
    return {
        "uiDetailTemplate": f"{base}/{{ID}}",
        "uiEditTemplate": f"{base}/{{ID}}/e",
        "uiNewRecord": f"{base}/{body['keyPrefix']}/e",
        "defaultValues": f"{body['urls']['sobject']}/defaultValues?recordTypeId&fields",
    }


def _known_name(request: RestRequest, object_name: str) -> str:
    objects = request.tenant.object_names(request.user)
    if object_name.lower() not in objects:
        raise not_found()
    return objects[object_name.lower()]


def _renderer(request: RestRequest) -> PageRenderer:
    return PageRenderer(request.root, request.user, request.tenant.locators)


def _created(request: RestRequest, name: str, result: SaveResult, body: dict[str, Any]) -> Answer:
    location = record_url(request.root, name, str(result.id))
    return Answer(201, body, headers={"Location": location})


def _choices(request: RestRequest, matches: MultipleMatches) -> Answer:
    name = matches.object_name
    return Answer(300, [record_url(request.root, name, found) for found in matches.record_ids])


ROUTES = (
    Route("sobjects", {"GET": describe_global}),
    Route("sobjects/{}", {"GET": basic_info, "POST": create}),
    Route("sobjects/{}/describe", {"GET": describe}),
    Route("sobjects/{}/{}", {"GET": retrieve, "PATCH": update, "DELETE": delete}),
    Route(
        "sobjects/{}/{}/{}",
        {"GET": retrieve_by_external_id, "PATCH": upsert, "DELETE": delete_by_external_id},
    ),
)
