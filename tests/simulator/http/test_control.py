"""The control address."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from fulfillment_bridge.simulator.server import OrgHandle, SimulatorServer
from tests.simulator.conftest import small_org
from tests.simulator.web_client import ControlClient, OrgClient, login_envelope


def test_the_log_knows_who_asked_for_what(client: OrgClient, control: ControlClient) -> None:
    """Org, user, method, path in clear, client, status and whether it was charged."""
    soql = "SELECT Id FROM Account WHERE Name = 'A & B'"
    client.query(soql, headers={"Sforce-Call-Options": "client=order_download"})
    login, query = control.get("/requests", org=client.org.name)
    assert (login["path"], login["client"]) == ("/services/Soap/u/64.0", "tests")
    assert query["path"] == f"/services/data/v62.0/query/?q={soql}"
    assert query["user"] == login["user"] == client.username
    assert (query["client"], query["method"]) == ("order_download", "GET")
    assert (query["status"], query["charged"], query["operations"]) == (200, True, 1)


def test_the_log_can_be_searched(client: OrgClient, control: ControlClient) -> None:
    """By method, path (as it stands or as a pattern), user, and from an id on."""
    name = client.org.name
    client.create("Account", Name="A")
    client.get("sobjects")
    assert len(control.get("/requests", org=name)) == 3
    assert len(control.get("/requests", org=name, method="post")) == 2
    assert len(control.get("/requests", org=name, path="/sobjects")) == 2
    assert len(control.get("/requests", org=name, path="/sobjects$")) == 1
    assert control.get("/requests", org=name, user="nobody") == []
    first = control.get("/requests", org=name)[0]["id"]
    assert len(control.get("/requests", org=name, since_id=first)) == 2


def test_a_refused_login_is_logged_with_its_user(org: OrgHandle, control: ControlClient) -> None:
    """So that attempts can be counted; it is not charged."""
    OrgClient(org).soap(login_envelope(org.username, "wrong"))
    entry = control.get("/requests", org=org.name)[0]
    assert (entry["user"], entry["status"], entry["charged"]) == (org.username, 500, False)


def test_usage_is_counted_by_client(client: OrgClient, control: ControlClient) -> None:
    """Per org and user."""
    for job in ("orders", "orders", "stock"):
        client.get("sobjects", headers={"Sforce-Call-Options": f"client={job}"})
    usage = control.get("/usage", org=client.org.name, user=client.username)
    assert usage == {"charged": 4, "by_client": {"tests": 1, "orders": 2, "stock": 1}}
    assert control.get("/usage", org=client.org.name, user="x") == {"charged": 0, "by_client": {}}


def test_one_can_wait_for_requests(client: OrgClient, control: ControlClient) -> None:
    """Until enough arrived, or until patience ends."""
    last = control.get("/requests", org=client.org.name)[-1]["id"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(
            control.get, "/requests/wait", org=client.org.name, since_id=last, count=2, answered=1
        )
        client.get("sobjects")
        client.get("limits")
        found = waiting.result(30)
    assert found["reached"]
    assert [entry["status"] for entry in found["requests"]] == [200, 403]
    late = control.get("/requests/wait", org=client.org.name, count=99, timeout=0.01)
    assert late["reached"] is False


def test_the_clock_is_settable(control: ControlClient) -> None:
    """Forward, to a moment, and to a stop."""
    assert control.post("/clock", {"set": "2030-01-01T00:00:00Z", "freeze": True}) == {
        "now": control.get("/clock")["now"],
        "frozen": True,
    }
    before = control.get("/clock")["now"]
    assert before.startswith("2030-01-01T00:00:")
    assert control.get("/clock")["now"] == before
    moved = control.post("/clock", {"advance_seconds": 3600})["now"]
    assert moved.startswith("2030-01-01T01:00:")
    assert control.post("/clock", {"freeze": False})["frozen"] is False


def test_orgs_come_and_go_while_it_runs(control: ControlClient, simulator: SimulatorServer) -> None:
    """A description opens one and answers like the ready line."""
    endpoint = control.post("/orgs", small_org("passing"))
    expected = {
        "name", "base_url", "soap_login_url", "username", "password", "security_token",
        "admin_username", "admin_password", "admin_security_token", "consumer_key",
        "consumer_secret", "refresh_token", "organization_id", "ca_file",
    }  # fmt: skip
    assert set(endpoint) == expected
    assert endpoint["ca_file"] is None
    assert endpoint in control.get("/orgs")
    assert endpoint in simulator.ready()["orgs"]
    again = control.http.post(control.url + "/orgs", json=small_org("passing"), timeout=10)
    assert again.status_code == 400
    control.delete("/orgs/passing")
    assert "passing" not in [each["name"] for each in control.get("/orgs")]


def test_records_can_be_put_in_past_all_rules(client: OrgClient, control: ControlClient) -> None:
    """With a stamp of one's own, in bulk, and changed afterwards."""
    name = client.org.name
    body = {
        "object": "Parcel__c",
        "records": [{"Name": "A"}, {"Name": "B"}],
        "stamp": "2026-01-02T03:04:05Z",
    }
    ids = control.post(f"/orgs/{name}/records", body)["ids"]
    change = {"object": "Parcel__c", "id": ids[0], "values": {"Name": "A2"}}
    assert control.post(f"/orgs/{name}/records", change)["ids"] == ids[:1]
    soql = "SELECT Name, SystemModstamp FROM Parcel__c ORDER BY Name"
    rows = client.query(soql).json()["records"]
    assert [(row["Name"], row["SystemModstamp"]) for row in rows] == [
        ("A2", "2026-01-02T03:04:05.000+0000"),
        ("B", "2026-01-02T03:04:05.000+0000"),
    ]


def test_settings_are_checked(client: OrgClient, control: ControlClient) -> None:
    """Unknown names and wrong kinds change nothing."""
    url = f"{control.url}/orgs/{client.org.name}/settings"
    for body in ({"nope": 1}, {"daily_api_limit": "many"}, {"api_enabled": False, "x": 1}):
        assert control.http.post(url, json=body, timeout=10).status_code == 400
    settings = control.get(f"/orgs/{client.org.name}/settings")
    assert settings["api_enabled"] is True
    assert settings["organization_id"] == client.org.organization_id
    changed = control.post(f"/orgs/{client.org.name}/settings", {"is_sandbox": True})
    assert changed["is_sandbox"] is True


def test_an_org_can_become_another(client: OrgClient, control: ControlClient) -> None:
    """As after a sandbox refresh: a new organization id shows at the next login."""
    other = "00D000000000999EAA"
    control.post(f"/orgs/{client.org.name}/settings", {"organization_id": other})
    control.post(f"/orgs/{client.org.name}/sessions/expire")
    assert client.login().startswith(other[:15] + "!")
    rows = client.query("SELECT Id FROM Organization").json()["records"]
    assert [row["Id"] for row in rows] == [other]


def test_a_field_can_be_hidden_from_a_user(client: OrgClient, control: ControlClient) -> None:
    """Then it does not exist for this user; the answer shows no secret."""
    org = client.org
    shown = control.post(
        f"/orgs/{org.name}/users/{org.username}", {"hidden_fields": {"Parcel__c": ["Weight__c"]}}
    )
    assert shown["hidden_fields"] == {"Parcel__c": ["Weight__c"]}
    assert "password" not in shown
    response = client.query("SELECT Weight__c FROM Parcel__c")
    assert response.json()[0]["errorCode"] == "INVALID_FIELD"


def test_records_may_show_late(client: OrgClient, control: ControlClient) -> None:
    """Stamped now, visible when the clock has gone on."""
    lag = {"commit_lag": [{"object": "Account", "seconds": 30}]}
    control.post(f"/orgs/{client.org.name}/settings", lag)
    client.create("Account", Name="Late")
    soql = "SELECT COUNT() FROM Account"
    assert client.query(soql).json()["totalSize"] == 0
    control.post("/clock", {"advance_seconds": 31})
    assert client.query(soql).json()["totalSize"] == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/orgs/nowhere/settings"),
        ("DELETE", "/orgs/nowhere"),
        ("POST", "/orgs/nowhere/users/x"),
        ("POST", "/rules/999999/release"),
        ("GET", "/rules/999999"),
    ],
)
def test_what_is_not_there_is_said_so(control: ControlClient, method: str, path: str) -> None:
    """404 with a reason."""
    response = control.http.request(method, control.url + path, json={}, timeout=10)
    assert response.status_code == 404
    assert response.json()["error"].startswith("there is no such")


def test_nonsense_is_refused(control: ControlClient) -> None:
    """400, not a crash."""
    for path, data in (("/clock", "x"), ("/clock", '{"set": "noon"}'), ("/orgs", "[]")):
        response = control.http.post(control.url + path, data=data, timeout=10)
        assert response.status_code == 400, path


def test_a_shipped_org_opens_by_its_name(control: ControlClient) -> None:
    """As in a demo; an unknown name says which there are."""
    endpoint = control.post("/orgs", {"name": "globex"})
    assert endpoint["username"] == "bridge@globex.example"
    control.delete("/orgs/globex")
    url = control.url + "/orgs"
    refused = control.http.post(url, json={"name": "nowhere"}, timeout=10)
    assert refused.status_code == 400
    assert "there are acme, globex, initech" in refused.json()["error"]
    broken = {**small_org("broken"), "settings": {"no_such": 1}}
    assert control.http.post(url, json=broken, timeout=10).status_code == 400


def test_logs_rules_and_locators_can_be_forgotten(
    client: OrgClient, control: ControlClient
) -> None:
    """The log keeps its numbering."""
    last = control.get("/requests", org=client.org.name)[-1]["id"]
    control.delete("/requests")
    assert control.get("/requests") == []
    client.get("sobjects")
    assert control.get("/requests")[0]["id"] > last
    control.rule(org=client.org.name, action="status")
    assert len(control.get("/rules")) == 1
    control.delete("/rules")
    assert control.get("/rules") == []
    assert control.post(f"/orgs/{client.org.name}/locators/expire") == {"expired": 0}


def test_a_simulator_opens_orgs_by_name_only_while_it_runs() -> None:
    """In process as over the control address."""
    server = SimulatorServer(tls=False)
    with pytest.raises(RuntimeError):
        server.add_org("acme")
    with server:
        assert server.add_org("acme").endpoint()["name"] == "acme"
        with (
            pytest.raises(OSError, match="in use"),
            SimulatorServer(tls=False, control_port=int(server.control_url.rpartition(":")[2])),
        ):
            pass
