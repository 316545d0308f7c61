"""What a connection does to the org behind it: how often it tries, and how much it asks for."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import pytest
import yaml

from fulfillment_bridge.app import Bridge
from fulfillment_bridge.clock import Clock
from fulfillment_bridge.runtime.schedule import in_order_of_work
from fulfillment_bridge.simulator.server import OrgHandle
from tests.flows.world import WAREHOUSE, FlowWorld, change_config
from tests.jobs.world import WorldClock
from tests.simulator.certificates import Keypair

CONNECTION = "acme_org"
RUN = ("run", "order_download", "--json")
WITHOUT_WAREHOUSES = {
    job: {"enabled": False} for job in ("order_delivery", "shipment_collection", "stock_collection")
}


@pytest.mark.timeout(400)  # processes that start at once, on a machine that may be busy
@pytest.mark.parametrize("count", [4, pytest.param(10, marks=pytest.mark.thorough)])
def test_processes_with_a_wrong_password_make_one_attempt(
    acme_world: FlowWorld, count: int
) -> None:
    """All of them are at it when the org answers the first; the others learn from the store."""
    acme_world.set_up()
    names = _carts(acme_world, count)
    _password(acme_world, "mistyped")
    held = acme_world.simulator.faults.add({"path": "/services/Soap", "action": "hold", "times": 1})
    before = _attempts(acme_world)
    with ExitStack() as ends, acme_world.bridge() as bridge:
        processes = [
            ends.enter_context(_ended(acme_world.command(*RUN, "--cart", name))) for name in names
        ]
        _wait_for_runs(bridge, processes)
        held.release()
        answers = [process.communicate(timeout=100) for process in processes]
        suspended = bridge.status()["attention"]
    assert _attempts(acme_world) - before == 1
    runs = [json.loads(out)[0] for out, _ in answers]
    assert {run["outcome"] for run in runs} == {"failed"}
    assert {run["error"]["code"] for run in runs} == {"INVALID_LOGIN"}
    assert any("connections resume acme_org" in sentence for sentence in suspended)


def test_a_wrong_password_is_tried_once_a_day_long(acme_world: FlowWorld) -> None:
    """The service runs on, restarts included; a corrected password is tried, once, and works."""
    acme_world.set_up()
    change_config(acme_world, jobs=WITHOUT_WAREHOUSES | {"shipment_upload": {"enabled": False}})
    right = acme_world.orgs["acme"].password
    _password(acme_world, "mistyped")
    before = _attempts(acme_world)
    for _ in range(2):
        with _opened(acme_world) as bridge:
            _serve(bridge, hours=12)
    assert _attempts(acme_world) - before == 1
    with _opened(acme_world) as bridge:
        for _ in range(3):
            assert bridge.run("order_download", "acme").outcome == "failed"
    _password(acme_world, right)
    with _opened(acme_world) as bridge:
        assert bridge.run("order_download", "acme").outcome == "ok"
    assert _attempts(acme_world) - before == 2
    assert "logout" not in json.dumps(acme_world.control("GET", "/requests?org=acme"))


def test_a_person_may_have_the_same_password_tried_again(acme_world: FlowWorld) -> None:
    """After `connections resume` there is one more attempt, whatever the password is."""
    acme_world.set_up()
    user = acme_world.orgs["acme"].org.users[acme_world.orgs["acme"].username.lower()]
    right, user.password = user.password, "changed in the org"
    before = _attempts(acme_world)
    with acme_world.bridge() as bridge:
        assert bridge.run("order_download", "acme").outcome == "failed"
        assert bridge.run("order_download", "acme").outcome == "failed"
    user.password = right
    assert acme_world.run_command("connections", "resume", CONNECTION)[0] == 0
    with acme_world.bridge() as bridge:
        assert bridge.run("order_download", "acme").outcome == "ok"
    assert _attempts(acme_world) - before == 2


def test_we_stop_at_the_reserve_and_go_on_when_usage_falls(acme_world: FlowWorld) -> None:
    """The org's other apps use up the quota: nothing fails, nothing is lost, nobody is asked."""
    acme_world.set_up()
    acme_world.trade("acme", 3)
    org = acme_world.orgs["acme"]
    org.org.settings.daily_api_limit = 1000
    with _opened(acme_world) as bridge:
        bridge.run("order_download", "acme")
        _others_use(org, 905)
        bridge.run("order_download", "acme")
        acme_world.trade("acme", 2, seed=2)
        acme_world.forget_requests()
        runs = [bridge.run("order_download", "acme") for _ in range(3)]
        assert {run.outcome for run in runs} == {"waiting"}
        assert runs[0].error is not None
        assert "waiting for API budget: 9" in runs[0].error["message"]
        assert acme_world.charged("acme").total() == 0
        report = bridge.status()
        [budget] = [row["budget"] for row in report["connections"]]
        assert (budget["state"], budget["waiting"]) == ("waiting", ("orders", "stock", "rest"))
        assert any("waiting for API budget" in sentence for sentence in report["attention"])
        _others_use(org, 100)
        assert bridge.run("order_download", "acme").outcome == "waiting"
        bridge.clock.wait(15 * 60)
        after = bridge.run("order_download", "acme")
        assert (after.outcome, after.counts["new"]) == ("ok", 2)
        assert acme_world.charged("acme")["budget_probe"] == 1
        assert bridge.status()["connections"][0]["budget"]["state"] == "ok"
        bridge.run("order_delivery", WAREHOUSE)
    acme_world.building.tick()
    assert sorted(acme_world.order_files("ACME").values()) == [1] * 5


def test_the_jobs_themselves_wait_in_this_order(acme_world: FlowWorld) -> None:
    """Orders and shipments before stock, stock before the rest; all go on when usage falls."""
    acme_world.set_up()
    org = acme_world.orgs["acme"]
    org.org.settings.daily_api_limit = 10_000
    jobs = ("order_download", "shipment_upload", "inventory_sync", "schema_check")
    waiting = {}
    with _opened(acme_world) as bridge:
        for used in (8100, 8600, 9100, 6000):
            _others_use(org, used)
            bridge.connection(CONNECTION).sobjects()  # somebody hears of it
            runs = {job: bridge.run(job, "acme").outcome for job in jobs}
            waiting[used] = [job for job, outcome in runs.items() if outcome == "waiting"]
    assert waiting == {
        8100: ["schema_check"],
        8600: ["inventory_sync", "schema_check"],
        9100: list(jobs),
        6000: [],
    }


def test_waiting_work_is_due_again_when_somebody_looks(acme_world: FlowWorld) -> None:
    """For a day at the limit: one cheap call a quarter of an hour, by whatever job comes first."""
    acme_world.set_up()
    change_config(acme_world, jobs=WITHOUT_WAREHOUSES)
    org = acme_world.orgs["acme"]
    org.org.settings.daily_api_limit = 1000
    _others_use(org, 950)
    with _opened(acme_world) as bridge:
        bridge.run("order_download", "acme")
        acme_world.forget_requests()
        _serve(bridge, hours=6)
        charged = acme_world.charged("acme")
    assert set(charged) <= {"budget_probe", "login"}
    assert 20 <= charged["budget_probe"] <= 24


def test_a_forecast_tells_when_the_limit_is_reached(acme_world: FlowWorld) -> None:
    """By what the org said over the last hour."""
    acme_world.set_up()
    org = acme_world.orgs["acme"]
    org.org.settings.daily_api_limit = 10_000
    with _opened(acme_world) as bridge:
        for used in (1000, 1500, 2000):
            _others_use(org, used)
            bridge.run("order_download", "acme")
            bridge.clock.wait(20 * 60)
        budget = bridge.budget_state(CONNECTION)
        assert budget["forecast"].startswith("at this rate the limit is reached at ")
        reached_at = budget["limit_reached_at"] - bridge.clock.now()
        assert any(budget["forecast"] in notice for notice in bridge.status()["notices"])
    assert timedelta(hours=4) < reached_at < timedelta(hours=6)


def test_the_end_of_soap_login_is_told_once_a_day(
    acme_world: FlowWorld, capfd: pytest.CaptureFixture[str]
) -> None:
    """Two processes, many runs: one line with the days left and the steps."""
    acme_world.set_up()
    capfd.readouterr()
    for _ in range(2):
        with _opened(acme_world, log_level="warning") as bridge:
            bridge.run("order_download", "acme")
            bridge.run("inventory_sync", "acme")
    [line] = [line for line in capfd.readouterr().err.splitlines() if "SOAP login" in line]
    for told in (CONNECTION, "days_left", "External Client App Manager"):
        assert told in line
    with _opened(acme_world, log_level="warning") as bridge:
        bridge.clock.wait(86_400)
        bridge.run("order_download", "acme")
    assert capfd.readouterr().err.count("SOAP login is retired") == 1


def test_a_key_file_is_all_that_a_connection_needs(acme_world: FlowWorld) -> None:
    """From config.yaml to an order at the warehouse without any password."""
    acme_world.set_up()
    keypair, org = Keypair.new(), acme_world.orgs["acme"]
    org.tenant.app.change({"certificate": keypair.certificate})
    (acme_world.folder / "bridge.key").write_text(keypair.pem(), encoding="ascii")
    (acme_world.folder / "credentials" / "acme_key").write_text(org.consumer_key, encoding="ascii")
    signing = {
        "type": "salesforce",
        "login": "jwt",
        "host": org.base_url,
        "username": org.username,
        "consumer_key": {"secret": "acme_key"},
        "key_file": "bridge.key",
    }
    change_config(acme_world, connections={CONNECTION: signing})
    acme_world.trade("acme", 2)
    with _opened(acme_world) as bridge:
        run = bridge.run("order_download", "acme")
        assert (run.outcome, run.counts["new"]) == ("ok", 2)
        assert bridge.status()["notices"] == []
    (acme_world.folder / "bridge.key").unlink()
    code, _, said = acme_world.run_command("test-connection", "acme")
    assert code != 0
    assert "bridge.key" in said + _


@contextmanager
def _opened(world: FlowWorld, log_level: str = "error") -> Iterator[Bridge]:
    """The bridge with the orgs' own clock."""
    clock: Clock = WorldClock(world.simulator.clock)
    bridge = Bridge.open(world.config, clock=clock, log_level=log_level)
    try:
        yield bridge
    finally:
        bridge.close()


def _serve(bridge: Bridge, *, hours: float) -> None:
    """Run whatever is due as the service does, with the clock set to each next time."""
    bridge.server().prepare()
    until = bridge.clock.now() + timedelta(hours=hours)
    while (now := bridge.clock.now()) < until:
        with bridge.store.read() as uow:
            due, rows = uow.schedule.due(now), uow.schedule.find()
        for row in in_order_of_work(due):
            claim = bridge.worker.claim(row)
            if claim is not None:
                bridge.worker.run(claim)
        if not due:
            soonest = min(row.due_at for row in rows if row.every_seconds > 0)
            bridge.clock.wait((soonest - now).total_seconds())


def _carts(world: FlowWorld, count: int) -> list[str]:
    """So many carts on the one connection, all with the first one's workbook."""
    names = ["acme", *(f"acme_{number}" for number in range(2, count + 1))]
    document: dict[str, Any] = yaml.safe_load(world.config.read_text(encoding="utf-8"))
    change_config(world, carts=dict.fromkeys(names, document["carts"]["acme"]))
    with world.bridge() as bridge, bridge.store.begin() as uow:
        loaded = uow.mappings.active("acme")
        assert loaded is not None
        for name in names[1:]:
            uow.mappings.add_and_activate(
                cart=name,
                file_name=loaded.file_name,
                content=loaded.content,
                schema_json=loaded.schema_json,
                loaded_at=bridge.clock.now(),
                loaded_by="test",
                note="",
            )
    return names


@contextmanager
def _ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """The process, which is gone at the end whatever happens."""
    with process:
        try:
            yield process
        finally:
            process.kill()


def _wait_for_runs(bridge: Bridge, processes: Sequence[subprocess.Popen[str]]) -> None:
    """Until each of these processes has begun its run."""
    soon = threading.Event()
    running = 0
    while running < len(processes):
        assert [process.poll() for process in processes] == [None] * len(processes)
        soon.wait(0.1)
        with bridge.store.read() as uow:
            running = len([run for run in uow.runs.find() if run.outcome is None])


def _password(world: FlowWorld, password: str) -> None:
    (world.folder / "credentials" / "acme_password").write_text(password, encoding="utf-8")


def _attempts(world: FlowWorld) -> int:
    """Logins that the org has seen."""
    return len(world.control("GET", "/requests?org=acme&path=/services/Soap"))


def _others_use(org: OrgHandle, calls: int) -> None:
    org.org.settings.api_usage_by_others = calls
