"""REST: records with their children in one call, all or nothing, below `composite/tree`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fulfillment_bridge.simulator.call import Answer
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.org import Operation
from fulfillment_bridge.simulator.record_collections import MOST_RECORDS, TOO_MANY
from fulfillment_bridge.simulator.render import errors_in_collection
from fulfillment_bridge.simulator.resource import RestRequest, Route

DEEPEST = 5


@dataclass
class _Node:
    """One record of a tree, and the record it hangs on."""

    object_name: str
    reference_id: str
    values: dict[str, Any]
    children: dict[str, list[dict[str, Any]]]
    parent: _Node | None = None
    parent_field: str = ""
    id: str = ""

    def operation(self) -> Operation:
        """What creates the record; its parent exists by then."""
        link = {self.parent_field: self.parent.id} if self.parent else {}
        return Operation("create", self.object_name, values={**self.values, **link})


class _Refused(Exception):
    """Leaves the transaction of a tree; carries what is wrong with which record."""

    def __init__(self, results: list[dict[str, Any]]) -> None:
        super().__init__()
        self.results = results


def create(request: RestRequest, object_name: str) -> Answer:
    """Create up to 200 records, parents before children: 201, or 400 and nothing at all."""
    level = [_node(record) for record in _records(request.json_object())]
    if any(node.object_name.lower() != object_name.lower() for node in level):
        raise SalesforceError("INVALID_INPUT", "all roots must be of the type in the address")
    made: list[_Node] = []
    try:
        with request.tenant.org.transaction():
            for _ in range(DEEPEST):
                _save(request, level)
                made += level
                level = [child for node in level for child in _children(request, node)]
                if len(made) + len(level) > MOST_RECORDS:
                    raise SalesforceError("EXCEEDED_ID_LIMIT", TOO_MANY)
            if level:
                text = f"A tree has at most {DEEPEST} levels"
                raise SalesforceError("INVALID_INPUT", text)
    except _Refused as refused:
        return Answer(400, {"hasErrors": True, "results": refused.results})
    results = [{"referenceId": node.reference_id, "id": node.id} for node in made]
    return Answer(201, {"hasErrors": False, "results": results}, operations=len(made))


def _save(request: RestRequest, level: list[_Node]) -> None:
    if not level:
        return
    operations = [node.operation() for node in level]
    results = request.save(operations)
    pairs = list(zip(level, results, strict=True))
    if failed := [(node, result) for node, result in pairs if not result.success]:
        raise _Refused(
            [
                {"referenceId": node.reference_id, "errors": errors_in_collection(result.errors)}
                for node, result in failed
            ]
        )
    for node, result in pairs:
        node.id = str(result.id)


def _children(request: RestRequest, node: _Node) -> list[_Node]:
    if not node.children:
        return []
    links = _links(request, node.object_name)
    found = []
    for name, records in node.children.items():
        if name.lower() not in links:
            text = f"No such relationship '{name}' on sobject of type {node.object_name}"
            raise SalesforceError("INVALID_FIELD", text)
        for record in records:
            child = _node(record)
            child.parent, child.parent_field = node, links[name.lower()]
            found.append(child)
    return found


def _links(request: RestRequest, object_name: str) -> dict[str, str]:
    """The child relationships of an object: lower-case name to the child's field."""
    described = request.tenant.org.describe(request.user, object_name, request.version_text)
    return {
        each["relationshipName"].lower(): each["field"]
        for each in described["childRelationships"]
        if each["relationshipName"]
    }


def _node(record: dict[str, Any]) -> _Node:
    attributes = record.get("attributes")
    if not isinstance(attributes, dict) or not {"type", "referenceId"} <= set(attributes):
        text = "Include type and referenceId in the attributes of every record"
        raise SalesforceError("INVALID_INPUT", text)
    children = {name: _records(value) for name, value in record.items() if _is_branch(name, value)}
    values = {
        name: value
        for name, value in record.items()
        if name != "attributes" and name not in children
    }
    reference_id = str(attributes["referenceId"])
    return _Node(str(attributes["type"]), reference_id, values, children)


def _is_branch(name: str, value: Any) -> bool:
    return name != "attributes" and isinstance(value, dict) and "records" in value


def _records(body: dict[str, Any]) -> list[dict[str, Any]]:
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise SalesforceError("JSON_PARSER_ERROR", "records must be a list of objects")
    if len(records) > MOST_RECORDS:
        raise SalesforceError("EXCEEDED_ID_LIMIT", TOO_MANY)
    return records


ROUTES = (Route("composite/tree/{}", {"POST": create}),)
