"""REST: graphs of requests, each of which succeeds or fails as a whole."""

from __future__ import annotations

from typing import Any

from fulfillment_bridge.simulator.call import Answer
from fulfillment_bridge.simulator.composite import check_reference_ids, run_all_or_none
from fulfillment_bridge.simulator.errors import SalesforceError, not_found
from fulfillment_bridge.simulator.resource import RestRequest, Route

GRAPHS_SINCE = 50
MOST_GRAPHS = 75
MOST_NODES = 500
FAILURES_TO_HALT = 14
HALTED = "Processing is halted because too many graphs failed."


def graph(request: RestRequest) -> Answer:
    """Up to 75 graphs for one API call; the answer is 200 whatever becomes of them."""
    if request.version < GRAPHS_SINCE:
        raise not_found()
    graphs = _checked(request.json_object().get("graphs"))
    results: list[dict[str, Any]] = []
    operations = 0
    for each in graphs:
        failed = sum(not result["isSuccessful"] for result in results)
        subrequests = each["compositeRequest"]
        if failed >= FAILURES_TO_HALT:
            error = SalesforceError("PROCESSING_HALTED", HALTED)
            answers = [_refused(subrequest, error) for subrequest in subrequests]
        else:
            answers, done = run_all_or_none(request, subrequests)
            operations += done
        results.append(_result(each["graphId"], answers))
    return Answer(200, {"graphs": results}, operations=max(1, operations))


def _checked(graphs: Any) -> list[dict[str, Any]]:
    """The graphs, if that is what they are, not too many and not too large; else raises."""
    if not isinstance(graphs, list) or not all(_is_graph(each) for each in graphs):
        raise SalesforceError("JSON_PARSER_ERROR", "graphs must be a list of graphs")
    if len(graphs) > MOST_GRAPHS:
        message = f"The payload can’t contain more than {MOST_GRAPHS} graphs."
        raise SalesforceError("LIMIT_EXCEEDED", message)
    if sum(len(each["compositeRequest"]) for each in graphs) > MOST_NODES:
        message = f"The payload can’t contain more than {MOST_NODES} nodes."
        raise SalesforceError("LIMIT_EXCEEDED", message)
    names = [each["graphId"] for each in graphs]
    if len(set(names)) < len(names):
        raise SalesforceError("INVALID_INPUT", "Every graphId must be unique.")
    for each in graphs:
        check_reference_ids(each["compositeRequest"])
    return graphs


def _is_graph(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("graphId"), str):
        return False
    nodes = value.get("compositeRequest")
    return isinstance(nodes, list) and all(isinstance(node, dict) for node in nodes)


def _refused(subrequest: dict[str, Any], error: SalesforceError) -> dict[str, Any]:
    return {
        "body": error.rest_body(),
        "httpHeaders": {},
        "httpStatusCode": error.http_status,
        "referenceId": subrequest["referenceId"],
    }


def _result(graph_id: str, answers: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "graphId": graph_id,
        "graphResponse": {"compositeResponse": answers},
        "isSuccessful": all(answer["httpStatusCode"] < 400 for answer in answers),
    }


ROUTES = (Route("composite/graph", {"POST": graph}),)
