"""Commands that change something: ``run``, ``carts go-live``, pauses, ``mapping load``."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from tests.cli.conftest import Traded
from tests.cli.keyboard import type_command
from tests.flows.world import SAMPLES, FlowWorld

WORKBOOK = str(SAMPLES / "acme" / "SalesForce_Data_Mapping.xlsx")


def test_a_run_says_what_it_did_and_nothing_else(traded: Traded) -> None:
    """No log line stands between the results."""
    answer = traded.type("run", "order_download")
    assert (answer.code, answer.err) == (0, "")
    assert [line.partition(": ")[0] for line in answer.out.splitlines()] == [
        "order_download acme",
        "order_download globex",
    ]


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("cart", "acme", ["run", "order_download", "--cart", "acme"]),
        ("connection", "acme_org", ["run", "shipment_upload", "--cart", "acme"]),
        ("warehouse", "reno", ["run", "order_delivery"]),
    ],
)
def test_what_is_paused_is_left_out_with_the_command_to_resume_it(
    traded: Traded, kind: str, name: str, words: list[str]
) -> None:
    """Exit code 1: it was asked for and did not happen."""
    paused = traded.type(f"{kind}s", "pause", name)
    answer = traded.type(*words)
    listed = traded.type(f"{kind}s", "list")
    resumed = traded.type(f"{kind}s", "resume", name)
    assert f"fulfillment-bridge {kind}s resume {name}" in paused.out
    assert answer.code == 1
    assert answer.out.splitlines()[0].endswith(": left out")
    assert f"What to do: fulfillment-bridge {kind}s resume {name}" in answer.out
    assert "paused" in listed.out
    assert resumed.out == f"The {kind} {name} runs again.\n"
    assert traded.type(*words).code == 0


@pytest.mark.parametrize(
    ("kind", "name", "stood_still"),
    [
        ("cart", "acme", {"acme"}),
        ("connection", "acme_org", {"acme"}),
        ("warehouse", "reno", {"reno"}),
    ],
)
def test_jobs_are_due_at_once_when_they_are_resumed(
    traded: Traded, kind: str, name: str, stood_still: set[str]
) -> None:
    """Those of what stood still, and no others; nobody waits for an hour to see it work."""
    with traded.world.bridge() as bridge:
        bridge.server().prepare()
        tomorrow = bridge.clock.now() + timedelta(days=1)
        with bridge.store.begin() as uow:
            for row in uow.schedule.find():
                uow.schedule.make_due(row.job, row.target, at=tomorrow)
        traded.type(f"{kind}s", "pause", name)
        traded.type(f"{kind}s", "resume", name)
        with bridge.store.begin() as uow:
            due = {row.target for row in uow.schedule.due(bridge.clock.now())}
            everywhere = {row.target for row in uow.schedule.find()}
            uow.schedule.make_all_due(everywhere, at=bridge.clock.now())
    assert due == stood_still


def test_a_job_that_is_running_is_not_run_a_second_time(traded: Traded) -> None:
    """Somebody else has it right now."""
    with traded.world.bridge() as bridge:
        bridge.server().prepare()
        with bridge.store.begin() as uow:
            uow.schedule.make_due("order_download", "acme", at=bridge.clock.now())
            row = uow.schedule.get("order_download", "acme")
        assert row is not None
        claim = bridge.worker.claim(row)
        assert claim is not None
        answer = traded.type("run", "order_download", "--cart", "acme")
        bridge.worker.run(claim)
    assert answer.code == 1
    assert "order_download is running for acme right now" in answer.err
    assert "What to do:" in answer.err
    assert traded.type("run", "order_download", "--cart", "acme").code == 0


def test_a_run_that_fails_tells_the_reason_once(new_world: FlowWorld) -> None:
    """The result is the message; the log keeps out of the way."""
    answer = type_command("run", "order_download", config=new_world.config)
    assert (answer.code, answer.err) == (1, "")
    assert "order_download acme: failed" in answer.out
    assert answer.text.count("has no mapping workbook yet") == 1
    assert "mapping load FILE --cart acme" in answer.out


def test_an_org_that_cannot_be_reached_fails_the_run_and_no_more(traded: Traded) -> None:
    """The cart whose org answers is served all the same."""
    traded.world.control(
        "POST", "/rules", {"org": "acme", "path": "/services", "nth": 1, "action": "drop_before"}
    )
    answer = traded.type("run", "order_download")
    assert answer.code == 1
    assert "order_download acme: waiting" in answer.out
    assert "order_download globex: ok" in answer.out


def test_going_live_shows_what_it_would_release_and_asks(
    new_world: FlowWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A no, or nobody to answer, changes nothing."""

    def type_(*words: str, says: str = "") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(says))
        answer = type_command(*words, config=new_world.config)
        return answer.code, answer.text

    loaded = type_("mapping", "load", WORKBOOK, "--cart", "acme", "--note", "first")
    assert loaded[0] == 0
    assert "is version 1 of cart acme, in force now." in loaded[1]
    new_world.trade("acme", 3, planted=1)
    code, text = type_("run", "order_download")
    assert (code, "1 held" in text) == (1, True)  # a held order needs a person
    code, text = type_("carts", "go-live", "acme", says="n\n")
    assert code == 1
    assert "acme: 2 orders would be released (" in text
    assert "1 held, which stay held" in text
    assert "Nothing was changed." in text
    code, text = type_("carts", "go-live", "acme")
    assert code == 2
    assert "Add --yes" in text
    assert "not live" in type_("carts", "list")[1]
    code, text = type_("carts", "go-live", "acme", says="y\n")
    assert code == 0
    assert "acme is live" in text
    assert "2 released" in type_("run", "order_download")[1]
    again = type_("carts", "go-live", "acme", "--from", "2026-01-01", "--yes")
    assert again[0] == 0
    assert "It has been live since" in again[1]
