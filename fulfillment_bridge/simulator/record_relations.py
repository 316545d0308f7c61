"""REST: from a record along a relationship, to its parent or its children."""

from __future__ import annotations

from fulfillment_bridge.simulator.call import Answer
from fulfillment_bridge.simulator.errors import not_found
from fulfillment_bridge.simulator.fields import Field
from fulfillment_bridge.simulator.ids import normalized
from fulfillment_bridge.simulator.query_resource import batch_size
from fulfillment_bridge.simulator.render import PageRenderer
from fulfillment_bridge.simulator.resource import RestRequest
from fulfillment_bridge.simulator.schema import ChildRelationship, SObject


def is_record(request: RestRequest, object_name: str, text: str) -> bool:
    """Whether the text is the id of a record of this object, and no field name."""
    sobject = request.tenant.org.schema.get(object_name)
    return bool(sobject and normalized(text) and text.startswith(sobject.key_prefix or " "))


def related(request: RestRequest, object_name: str, record_id: str, name: str) -> Answer:
    """The parent, or a page of the children, that the relationship leads to."""
    sobject = request.tenant.org.schema.get(object_name)
    if sobject is None:
        raise not_found()
    if link := sobject.relationships.get(name.lower()):
        return _parent(request, sobject, record_id, link)
    for each in sobject.children:
        if (each.name or "").lower() == name.lower():
            return _children(request, sobject, record_id, each)
    raise not_found()


def wanted_fields(request: RestRequest) -> list[str] | None:
    """The names in the parameter `fields`, None when there are none."""
    wanted = request.call.query.get("fields", "")
    return [name.strip() for name in wanted.split(",") if name.strip()] or None


def _parent(request: RestRequest, sobject: SObject, record_id: str, link: Field) -> Answer:
    org, user = request.tenant.org, request.user
    if user.hides(sobject.name, link.name):
        raise not_found()
    parent_id = org.retrieve(user, sobject.name, record_id, [link.name])[link.name]
    parent = org.schema.by_id(parent_id) if parent_id else None
    if parent is None:
        raise not_found()
    record = org.retrieve(user, parent.name, parent_id, wanted_fields(request))
    return Answer(200, _renderer(request).record(record))


def _children(
    request: RestRequest, sobject: SObject, record_id: str, relationship: ChildRelationship
) -> Answer:
    org, user = request.tenant.org, request.user
    child = org.schema.get(relationship.object_name)
    if child is None or user.hides(child.name, relationship.field_name):
        raise not_found()
    found = str(org.retrieve(user, sobject.name, record_id, ["Id"])["Id"])
    readable = [
        each.name for each in child.fields.values() if not user.hides(child.name, each.name)
    ]
    names = ", ".join(wanted_fields(request) or readable)
    soql = f"SELECT {names} FROM {child.name} WHERE {relationship.field_name} = '{found}'"  # noqa: S608
    return Answer(200, _renderer(request).first_page(org.query(user, soql), batch_size(request)))


def _renderer(request: RestRequest) -> PageRenderer:
    return PageRenderer(request.root, request.user, request.tenant.locators)
