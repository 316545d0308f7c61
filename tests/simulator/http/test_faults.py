"""Faults on demand: hold, drop, kill, delay, refuse."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from urllib3.exceptions import ProtocolError

from fulfillment_bridge.simulator.descriptions import BadDescription
from fulfillment_bridge.simulator.faults import BadRule, rule_of_text
from fulfillment_bridge.simulator.server import SimulatorServer
from tests.simulator.conftest import small_org
from tests.simulator.web_client import (
    ControlClient,
    OrgClient,
    fault_code,
    login_envelope,
    session_envelope,
)


def count(client: OrgClient) -> int:
    """How many accounts there are."""
    return int(client.query("SELECT COUNT() FROM Account").json()["totalSize"])


def test_a_connection_can_be_cut_before_the_work(client: OrgClient, control: ControlClient) -> None:
    """Nothing was done."""
    control.rule(org=client.org.name, method="POST", action="drop_before", nth=1)
    with pytest.raises(requests.ConnectionError):
        client.post("sobjects/Account", {"Name": "A"})
    assert count(client) == 0


def test_a_connection_can_be_cut_after_the_work(client: OrgClient, control: ControlClient) -> None:
    """Everything was done, only the answer is lost; the call is charged."""
    control.rule(org=client.org.name, path="/sobjects/", action="drop_after", nth=1)
    with pytest.raises(requests.ConnectionError):
        client.post("sobjects/Account", {"Name": "A"})
    assert count(client) == 1
    entry = control.get("/requests", org=client.org.name, method="POST")[-1]
    assert (entry["status"], entry["charged"]) == (None, True)


def test_the_nth_request_is_meant(client: OrgClient, control: ControlClient) -> None:
    """Counted from the rule on, over the requests that fit; once."""
    rule_id = control.rule(
        org=client.org.name, path="/sobjects/Account", action="status", status=503, nth=2
    )
    seen = []
    for name in "ABCD":
        seen.append(client.post("sobjects/Account", {"Name": name}).status_code)
        client.get("sobjects")
    assert seen == [201, 503, 201, 201]
    rule = control.get(f"/rules/{rule_id}")
    assert (rule["seen"], rule["hits"]) == (4, 1)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"every": 2}, [200, 503, 200, 503]),
        ({"times": 1}, [503, 200, 200, 200]),
        ({"nth": 2, "times": 2}, [200, 503, 503, 200]),
        ({"probability": 0.0}, [200] * 4),
        ({"probability": 1.0, "seed": 7}, [503] * 4),
        ({"user": "somebody@else.example"}, [200] * 4),
        ({"path": r"/sobjects$"}, [503] * 4),
    ],
)
def test_rules_say_how_often(
    client: OrgClient, control: ControlClient, rule: dict[str, Any], expected: list[int]
) -> None:
    """Every so many, so many times, by chance, for whom."""
    control.rule(org=client.org.name, action="status", **rule)
    assert [client.get("sobjects").status_code for _ in range(4)] == expected


def test_chance_is_the_same_every_time(client: OrgClient, control: ControlClient) -> None:
    """One seed gives one row of faults."""
    rows = []
    for _ in range(2):
        rule_id = control.rule(org=client.org.name, action="status", probability=0.5, seed=42)
        rows.append([client.get("sobjects").status_code for _ in range(12)])
        control.delete(f"/rules/{rule_id}")
    assert rows[0] == rows[1]
    assert set(rows[0]) == {200, 503}


def test_a_held_request_waits_until_it_is_released(
    client: OrgClient, control: ControlClient
) -> None:
    """Meanwhile the control address and other requests are answered."""
    rule_id = control.rule(org=client.org.name, method="POST", action="hold", nth=1)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(OrgClient.create, client, "Account", Name="A")
        waiting = control.get(f"/rules/{rule_id}/wait", hits=1)
        assert (waiting["reached"], waiting["held"]) == (True, 1)
        with OrgClient(client.org) as other:
            other.login()
            assert count(other) == 0
        assert not held.done()
        control.post(f"/rules/{rule_id}/release")
        assert held.result(30)
    assert count(client) == 1


def test_removing_a_rule_frees_what_it_holds(client: OrgClient, control: ControlClient) -> None:
    """Nothing hangs for ever."""
    rule_id = control.rule(org=client.org.name, path="/sobjects", action="hold")
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(client.get, "sobjects")
        control.get(f"/rules/{rule_id}/wait", hits=1)
        control.delete(f"/rules/{rule_id}")
        assert held.result(30).status_code == 200


@pytest.mark.parametrize(("when", "expected"), [("before", 0), ("after", 1)])
def test_a_process_is_killed_at_the_nth_request(
    client: OrgClient, control: ControlClient, when: str, expected: int
) -> None:
    """With signal 9, before its request does anything or after it has done all."""
    script = (
        "import sys, requests; sys.stdin.readline();"
        "[requests.post(sys.argv[1], json={'Name': str(n)}, timeout=30,"
        " headers={'Authorization': 'Bearer ' + sys.argv[2]}) for n in range(9)]"
    )
    url = f"{client.base_url}/services/data/v62.0/sobjects/Account"
    victim = subprocess.Popen(
        [sys.executable, "-c", script, url, client.session_id], stdin=subprocess.PIPE
    )
    try:
        control.rule(
            org=client.org.name, method="POST", action="kill", pid=victim.pid, nth=3, when=when
        )
        victim.communicate(b"go\n", timeout=60)
    finally:
        victim.kill()
        victim.wait()
    assert victim.returncode == -signal.SIGKILL
    assert count(client) == 2 + expected


def test_a_refusal_may_come_before_or_after_the_work(
    client: OrgClient, control: ControlClient
) -> None:
    """In Salesforce's own layout, with the wanted code."""
    settings = {"code": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain exclusive access"}
    for when, expected in (("before", 0), ("after", 1)):
        control.rule(
            org=client.org.name, method="POST", action="error", nth=1, when=when, **settings
        )
        response = client.post("sobjects/Account", {"Name": "A"})
        assert response.status_code == 400
        assert response.json()[0]["errorCode"] == "UNABLE_TO_LOCK_ROW"
        assert count(client) == expected


def test_a_refused_login_is_a_fault(client: OrgClient, control: ControlClient) -> None:
    """The SOAP address answers in its own way; the login's user is known to the rule."""
    control.rule(user=client.username, path="/Soap/", action="error", code="SERVER_UNAVAILABLE")
    response = client.soap(login_envelope(client.username, "any"))
    assert response.status_code == 500
    assert fault_code(response) == "sf:SERVER_UNAVAILABLE"


def test_an_org_under_maintenance_answers_with_a_page(
    client: OrgClient, control: ControlClient
) -> None:
    """Any status, body, type and header can be had."""
    page = "<html>We are down for maintenance.</html>"
    control.rule(
        org=client.org.name, action="status", status=503, body=page, headers={"Retry-After": "7"}
    )
    response = client.get("sobjects")
    assert (response.status_code, response.text) == (503, page)
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.headers["Retry-After"] == "7"


def test_a_rule_may_look_into_the_body(client: OrgClient, control: ControlClient) -> None:
    """To find the one composite that writes."""
    control.rule(org=client.org.name, contains="Bad Name", action="status", status=500)
    assert client.post("sobjects/Account", {"Name": "Good Name"}).status_code == 201
    assert client.post("sobjects/Account", {"Name": "Bad Name"}).status_code == 500


def test_a_delayed_request_is_answered_all_the_same(
    client: OrgClient, control: ControlClient
) -> None:
    """Only later."""
    control.rule(org=client.org.name, action="delay", seconds=0.05)
    assert client.get("sobjects").status_code == 200


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"action": "explode"},
        {"action": "kill"},
        {"action": "hold", "nth": 0},
        {"action": "hold", "when": "never"},
        {"action": "hold", "colour": "red"},
        {"action": "hold", "path": "("},
        {"action": "hold", "path": 7},
        {"action": "delay", "seconds": "long"},
        {"action": "delay", "seconds": -1},
        {"action": "status", "status": 99},
        {"action": "status", "status": True},
        {"action": "status", "headers": "none"},
        {"action": "error", "probability": 2},
        {"action": "lock_rows", "rows": 0},
    ],
)
def test_a_rule_that_cannot_be_is_refused(control: ControlClient, rule: dict[str, Any]) -> None:
    """With a reason, and nothing comes into force."""
    response = control.http.post(control.url + "/rules", json=rule, timeout=10)
    assert response.status_code == 400
    assert response.json()["error"]


def test_an_answer_can_break_off_in_its_middle(client: OrgClient, control: ControlClient) -> None:
    """The work is done and charged; the client gets the head and half of the body."""
    control.rule(org=client.org.name, path="/sobjects/", action="cut", nth=1)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.post("sobjects/Account", {"Name": "A"})
    assert count(client) == 1
    entry = control.get("/requests", org=client.org.name, method="POST")[-1]
    assert (entry["status"], entry["charged"]) == (None, True)


def test_the_head_arrives_before_the_cut(client: OrgClient, control: ControlClient) -> None:
    """A client that reads as it comes sees the status and too few bytes."""
    control.rule(org=client.org.name, path="/sobjects", action="cut")
    with client.get("sobjects", stream=True) as response:
        assert response.status_code == 200
        broken = r"IncompleteRead\([1-9]\d* bytes read, [1-9]\d* more expected\)"
        with pytest.raises(ProtocolError, match=broken):
            response.raw.read(decode_content=False)


@pytest.mark.parametrize(
    ("action", "status", "code", "text"),
    [
        ("unavailable", 503, None, "down for maintenance"),
        ("maintenance", 503, "ORG_IN_MAINTENANCE", "being maintained"),
        ("request_limit", 403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    ],
)
def test_well_known_troubles_have_names(
    client: OrgClient, control: ControlClient, action: str, status: int, code: str, text: str
) -> None:
    """What real orgs answer then, without spelling it out; nothing is done."""
    control.rule(org=client.org.name, method="POST", action=action, times=1)
    response = client.post("sobjects/Account", {"Name": "A"})
    assert response.status_code == status
    assert text in response.text
    if code:
        assert response.json()[0]["errorCode"] == code
    assert count(client) == 0


@pytest.mark.parametrize("action", ["maintenance", "request_limit"])
def test_in_soap_they_are_faults(client: OrgClient, control: ControlClient, action: str) -> None:
    """With HTTP status 500, as all faults."""
    control.rule(org=client.org.name, path="/Soap/", action=action)
    response = client.soap(login_envelope(client.username, "any"))
    codes = {"maintenance": "ORG_IN_MAINTENANCE", "request_limit": "REQUEST_LIMIT_EXCEEDED"}
    assert (response.status_code, fault_code(response)) == (500, f"sf:{codes[action]}")


def test_a_session_can_end_at_any_request(client: OrgClient, control: ControlClient) -> None:
    """It stays ended, for everyone who shares it, until somebody logs in again."""
    control.rule(org=client.org.name, path="/sobjects", action="expired_session", nth=2)
    assert [client.get("sobjects").status_code for _ in range(3)] == [200, 401, 401]
    client.login()
    assert client.get("sobjects").status_code == 200


def test_a_soap_session_can_end_too(client: OrgClient, control: ControlClient) -> None:
    """The session id stands in the envelope there."""
    control.rule(org=client.org.name, operation="getServerTimestamp", action="expired_session")
    response = client.soap(session_envelope("getServerTimestamp", client.session_id))
    assert fault_code(response) == "sf:INVALID_SESSION_ID"


def test_some_rows_of_one_request_can_be_locked(client: OrgClient, control: ControlClient) -> None:
    """Every second record is held by somebody else; the next try saves them all."""
    ids = [client.create("Account", Name=name) for name in "ABCD"]
    control.rule(org=client.org.name, path="/composite", action="lock_rows", rows=2, nth=1)
    body = {
        "records": [
            {"attributes": {"type": "Account"}, "id": each, "Name": f"{each} new"} for each in ids
        ]
    }
    results = client.patch("composite/sobjects", body).json()
    assert [each["success"] for each in results] == [True, False, True, False]
    assert {each["errors"][0]["statusCode"] for each in results if each["errors"]} == {
        "UNABLE_TO_LOCK_ROW"
    }
    again = client.patch("composite/sobjects", body).json()
    assert all(each["success"] for each in again)


def test_an_org_brings_its_own_faults_along(
    simulator: SimulatorServer, control: ControlClient
) -> None:
    """They are about its requests, come with it and go with it."""
    faults = [{"path": "/sobjects", "action": "unavailable", "nth": 2}]
    handle = simulator.add_org({**small_org("faulty"), "faults": faults})
    with OrgClient(handle) as client:
        client.login()
        assert [client.get("sobjects").status_code for _ in range(3)] == [200, 503, 200]
    assert [each["org"] for each in control.get("/rules")] == ["faulty"]
    simulator.remove_org("faulty")
    assert control.get("/rules") == []


@pytest.mark.parametrize("faults", [{"action": "hold"}, ["hold"], [{"action": "explode"}]])
def test_an_org_with_bad_faults_does_not_open(simulator: SimulatorServer, faults: object) -> None:
    """The reason names the org."""
    with pytest.raises(BadDescription, match="the description of hopeless: faults"):
        simulator.add_org({**small_org("hopeless"), "faults": faults})


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            "action=drop_after,path=/composite,nth=3",
            {"action": "drop_after", "path": "/composite", "nth": 3},
        ),
        (
            "path=/query, probability=0.25, seed=7, action=error, code=QUERY_TIMEOUT",
            {
                "path": "/query",
                "probability": 0.25,
                "seed": 7,
                "action": "error",
                "code": "QUERY_TIMEOUT",
            },
        ),
        ('{"action": "delay", "seconds": 1.5}', {"action": "delay", "seconds": 1.5}),
    ],
)
def test_a_rule_can_be_a_text(text: str, rule: dict[str, Any]) -> None:
    """For the command line: pairs, or JSON."""
    assert rule_of_text(text) == rule


@pytest.mark.parametrize(
    "text", ["", "drop", "action=drop_after,nth=two", "action=explode", '{"action": ', "{}", "[1]"]
)
def test_a_text_that_is_no_rule_is_refused(text: str) -> None:
    """With a reason."""
    with pytest.raises(BadRule):
        rule_of_text(text)
