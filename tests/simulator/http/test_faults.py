"""Faults on demand: hold, drop, kill, delay, refuse."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.simulator.web_client import ControlClient, OrgClient, fault_code, login_envelope


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
    ],
)
def test_a_rule_that_cannot_be_is_refused(control: ControlClient, rule: dict[str, Any]) -> None:
    """With a reason, and nothing comes into force."""
    response = control.http.post(control.url + "/rules", json=rule, timeout=10)
    assert response.status_code == 400
    assert response.json()["error"]
