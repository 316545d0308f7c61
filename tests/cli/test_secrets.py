"""``secrets``: typed once, kept encrypted, never shown."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from cryptography.fernet import Fernet

from tests.cli.keyboard import Answer, type_command
from tests.flows.world import FlowWorld

PASSWORD = "acme_password"


def setting(world: FlowWorld, name: str) -> list[str]:
    program = [sys.executable, "-m", "fulfillment_bridge", "--config", str(world.config)]
    return [*program, "secrets", "set", name]


def set_by_stdin(world: FlowWorld, name: str, text: str) -> Answer:
    return type_command("secrets", "set", name, config=world.config, piped=text)


def take_out(world: FlowWorld, name: str) -> str:
    """Out of systemd's credentials; the text."""
    path = world.folder / "credentials" / name
    text = path.read_text()
    path.unlink()
    return text


def test_a_secret_of_the_store_logs_in(new_world: FlowWorld) -> None:
    """From the message about a missing one to a connection that works."""
    text = take_out(new_world, PASSWORD)
    missing = type_command("test-connection", "acme", config=new_world.config)
    assert missing.code == 2 or "✗" in missing.out
    assert f"fulfillment-bridge secrets set {PASSWORD}" in missing.text
    done = set_by_stdin(new_world, PASSWORD, f"{text}\n")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{PASSWORD} is kept in the store, encrypted.\n"
    assert type_command("test-connection", "acme", config=new_world.config).code == 0


def test_a_running_bridge_takes_up_a_new_secret(new_world: FlowWorld) -> None:
    """A refused password suspends; the right one, typed in meanwhile, goes on without a restart."""
    new_world.set_up()
    text = take_out(new_world, PASSWORD)
    assert set_by_stdin(new_world, PASSWORD, "wrong").code == 0
    new_world.forget_requests()
    with new_world.bridge() as bridge:
        refused = [bridge.run("order_download", "acme") for _ in range(3)]
        assert set_by_stdin(new_world, PASSWORD, text).code == 0
        accepted = bridge.run("order_download", "acme")
    assert {run.outcome for run in refused} == {"failed"}
    assert accepted.outcome == "ok"
    logins = [each for each in new_world.control("GET", "/requests") if "/Soap/" in each["path"]]
    assert len(logins) == 2


def test_the_list_says_where_each_comes_from(new_world: FlowWorld) -> None:
    """Places, never texts; a missing one makes the exit code 1."""
    token = take_out(new_world, "acme_token")
    answer = type_command("secrets", "list", "--json", config=new_world.config)
    assert answer.code == 1
    rows = {row["name"]: row for row in answer.json()}
    assert rows[PASSWORD]["comes_from"] == "credentials directory"
    assert rows[PASSWORD]["used_by"] == ["connections.acme_org.password"]
    assert (rows["acme_token"]["comes_from"], rows["acme_token"]["note"]) == (None, "missing")
    set_by_stdin(new_world, "acme_token", token)
    set_by_stdin(new_world, "spare", "something")
    again = type_command("secrets", "list", config=new_world.config)
    assert again.code == 0
    assert "no place in the configuration names it" in again.out
    assert token not in again.text


def test_what_hides_a_stored_secret_is_told(new_world: FlowWorld) -> None:
    """Else one wonders why the new password changes nothing."""
    done = set_by_stdin(new_world, PASSWORD, "another")
    assert done.code == 0
    assert "the one in the store is not used: the credentials directory goes first" in done.err


def test_a_secret_in_the_command_line_is_refused_and_not_repeated(new_world: FlowWorld) -> None:
    """Everybody on the machine could read it."""
    answer = type_command("secrets", "set", PASSWORD, "hunter2", config=new_world.config)
    assert answer.code == 2
    assert "never stands in a command line" in answer.err
    assert "hunter2" not in answer.text
    rows = type_command("secrets", "list", "--json", config=new_world.config).json()
    assert [row["comes_from"] for row in rows] == ["credentials directory"] * 2 + [None]


def test_names_and_texts_that_cannot_be_are_refused(new_world: FlowWorld) -> None:
    """With what would be right."""
    for name, text, said in (
        ("Acme-Password", "x", "can be no name of a secret"),
        ("store_key", "x", "cannot stand there itself"),
        ("acme_token", "\n", "the text is empty"),
        ("acme_token", "x" * 70_000, "longer than 64 KB"),
    ):
        done = set_by_stdin(new_world, name, text)
        assert done.code == 2
        assert said in done.err
    gone = type_command("secrets", "remove", "acme_token", config=new_world.config)
    assert (gone.code, "keeps no secret 'acme_token'" in gone.err) == (2, True)


def test_rotating_and_removing(new_world: FlowWorld) -> None:
    """The secret goes on working under the new key, until it is forgotten."""
    text = take_out(new_world, PASSWORD)
    set_by_stdin(new_world, PASSWORD, text)
    before = (new_world.folder / "store_key").read_text()
    rotated = type_command("secrets", "rotate-key", config=new_world.config)
    assert (rotated.code, rotated.out) == (0, "1 secret is encrypted with a new key.\n")
    assert (new_world.folder / "store_key").read_text() != before
    assert type_command("test-connection", "acme", config=new_world.config).code == 0
    assert type_command("secrets", "remove", PASSWORD, config=new_world.config).code == 0
    assert type_command("secrets", "list", config=new_world.config).code == 1


def test_the_terminal_does_not_show_what_is_typed(new_world: FlowWorld) -> None:
    """It is asked for twice, at a real terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        setting(new_world, "spare"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=new_world.environment(),
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    for question in (b"(it is not shown): ", b"Once more: "):
        while not shown.endswith(question):
            shown += os.read(ours, 1000)
        os.write(ours, b"s3cret word\n")
    while b"is kept in the store" not in shown:
        shown += os.read(ours, 1000)
    assert process.wait(timeout=60) == 0
    os.close(ours)
    assert b"s3cret" not in shown
    with new_world.bridge() as bridge:
        assert bridge.secrets.find("spare") == "s3cret word"


def test_a_corrected_secret_wakes_what_waited_for_it(new_world: FlowWorld) -> None:
    """Jobs that failed are left alone for longer and longer; now they are due at once."""
    new_world.set_up()
    text = take_out(new_world, PASSWORD)
    set_by_stdin(new_world, PASSWORD, "wrong")
    with new_world.bridge() as bridge:
        server = bridge.server()
        server.prepare()
        assert bridge.run("order_download", "acme").outcome == "failed"
        with bridge.store.read() as uow:
            assert uow.schedule.due(bridge.clock.now()) != (all_rows := uow.schedule.find())
        done = set_by_stdin(new_world, PASSWORD, text)
        with bridge.store.read() as uow:
            due = {(row.job, row.target) for row in uow.schedule.due(bridge.clock.now())}
    assert "acme_org was suspended; its jobs log in with this one, once" in done.out
    assert due >= {(row.job, row.target) for row in all_rows if row.target == "acme"}


def test_what_a_removed_secret_leaves_behind_is_told(new_world: FlowWorld) -> None:
    """Who needs it, and what they get now."""
    text = take_out(new_world, "acme_token")
    set_by_stdin(new_world, "acme_token", text)
    set_by_stdin(new_world, PASSWORD, "another")
    token = type_command("secrets", "remove", "acme_token", config=new_world.config)
    password = type_command("secrets", "remove", PASSWORD, config=new_world.config)
    assert "connections.acme_org.security_token needs it; now it is nowhere" in token.err
    assert "now it is the one in the credentials directory" in password.err


def test_a_name_that_nothing_uses_is_kept_with_a_question(new_world: FlowWorld) -> None:
    """Usually it is misspelled."""
    done = set_by_stdin(new_world, "acme_pasword", "x")
    assert done.code == 0
    assert "no place in the configuration names it. Did you mean acme_password?" in done.err


def test_a_key_given_from_outside_is_exchanged_in_steps(new_world: FlowWorld) -> None:
    """The command says which; a missing one is told in the list."""
    credentials = new_world.folder / "credentials"
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    (credentials / "store_key").write_text(old)
    text = take_out(new_world, PASSWORD)
    set_by_stdin(new_world, PASSWORD, text)
    assert not (new_world.folder / "store_key").exists()
    refused = type_command("secrets", "rotate-key", config=new_world.config)
    assert refused.code == 2
    for step in ("/dev/urandom", "a line before the present one", "LoadCredential=store_key"):
        assert step in refused.err
    (credentials / "store_key").write_text(f"{new}\n{old}\n")
    rotated = type_command("secrets", "rotate-key", config=new_world.config)
    assert rotated.code == 0
    assert "take the old keys out of store_key" in rotated.out
    (credentials / "store_key").write_text(new)
    rows = type_command("secrets", "list", "--json", config=new_world.config).json()
    assert {row["name"]: row["comes_from"] for row in rows} == {
        PASSWORD: "store", "acme_token": "credentials directory",
        "store_key": "credentials directory",
    }  # fmt: skip
    (credentials / "store_key").write_text(old)
    lost = type_command("secrets", "list", config=new_world.config)
    assert (lost.code, "no key opens it" in lost.out) == (1, True)
