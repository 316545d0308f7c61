"""Ordinary mistakes: a sentence that names the place and the remedy, and the right exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.keyboard import type_command
from tests.flows.world import SAMPLES, FlowWorld, change_config

ACME = SAMPLES / "acme" / "SalesForce_Data_Mapping.xlsx"
GLOBEX = SAMPLES / "globex" / "SalesForce_Data_Mapping.xlsx"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration whose org nobody is asked for; its secrets are nowhere."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(document()), encoding="utf-8")
    return path


def document(**changes: Any) -> dict[str, Any]:
    return {
        "merchants": {"acme": {"name": "Acme"}},
        "connections": {
            "acme_org": {
                "type": "salesforce",
                "host": "http://127.0.0.1:9",
                "username": "bridge@acme.example",
                "password": {"secret": "acme_password"},
            }
        },
        "carts": {"acme": {"merchant": "acme", "connection": "acme_org", "warehouses": ["reno"]}},
        "warehouses": {
            "reno": {"type": "csv_drop", "options": {"folder": "reno"},
                     "merchants": {"acme": "ACME"}}
        },
    } | changes  # fmt: skip


def test_without_a_configuration_the_ways_to_name_one_are_told(tmp_path: Path) -> None:
    """The first thing that a newcomer sees."""
    answer = type_command("status", config=tmp_path / "config.yaml")
    assert answer.code == 2
    assert f"no configuration at {tmp_path}/config.yaml" in answer.err
    assert "--config PATH" in answer.err


def test_every_fault_of_a_configuration_is_named_with_its_line(tmp_path: Path) -> None:
    """Not one after the other."""
    path = tmp_path / "config.yaml"
    path.write_text("merchant: {}\ncarts:\n  acme: {merchant: acme, conection: x}\n")
    answer = type_command("carts", "list", config=path)
    assert answer.code == 2
    assert "line 1: merchant: is not known here; did you mean 'merchants'?" in answer.err
    assert "line 3: carts.acme.conection" in answer.err
    assert "line 3: carts.acme.warehouses: is missing" in answer.err


@pytest.mark.parametrize(
    ("database", "said"),
    [
        ("postgres", "this address cannot be used"),
        ("oracle://u:geheim@127.0.0.1/x", "this address cannot be used"),
        ("sqlite:////proc/bridge.db", "cannot be opened"),
        ("sqlite:///folder", "cannot be opened"),
        ("sqlite:///text.txt", "file is not a database"),
        ("sqlite:///text.txt/bridge.db", "state_directory"),
    ],
)
def test_a_database_that_cannot_be_opened_is_a_sentence(
    tmp_path: Path, database: str, said: str
) -> None:
    """Whatever the driver says comes as its raw words, without a password."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.txt").write_text("no database at all, but long enough to be looked into")
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(document(database=database)), encoding="utf-8")
    answer = type_command("status", config=path)
    assert answer.code == 2
    assert said in answer.err
    assert "What to do:" in answer.err
    assert "geheim" not in answer.text


@pytest.mark.parametrize(
    "words",
    [
        ["orders", "list", "--cart", "acmee"],
        ["orders", "show", "1001", "--cart", "acmee"],
        ["orders", "why", "1001", "--cart", "acmee"],
        ["carts", "go-live", "acmee"],
        ["carts", "pause", "acmee"],
        ["carts", "resume", "acmee"],
        ["mapping", "list", "--cart", "acmee"],
        ["mapping", "load", str(ACME), "--cart", "acmee"],
        ["mapping", "check", str(ACME), "--cart", "acmee"],
        ["run", "order_download", "--cart", "acmee"],
        ["test-connection", "acmee"],
    ],
    ids=" ".join,
)
def test_a_misspelled_cart_is_met_with_the_nearest_one(config: Path, words: list[str]) -> None:
    """The same everywhere."""
    answer = type_command(*words, config=config)
    assert answer.code == 2
    assert "there is no cart acmee in the configuration" in answer.err
    assert "Did you mean acme?" in answer.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["connections", "pause", "acme"], "Did you mean acme_org?"),
        (["warehouses", "resume", "rena"], "Did you mean reno?"),
        (["warehouses", "check", "berlin"], "There is: reno."),
        (["run", "order_delivery", "--cart", "acme"], "name a warehouse: reno"),
        (["run", "order_download", "--warehouse", "reno"], "name a cart: acme"),
        (["orders", "show", "4711"], "orders why 4711 --cart NAME"),
        (["carts", "go-live", "acme", "--yes"], "mapping load FILE --cart acme"),
        (["orders", "why", "1001", "--cart", "acme"], "mapping load FILE --cart acme"),
        (["mapping", "check", "nowhere.xlsx"], "No such file"),
    ],
)
def test_each_of_these_says_what_to_do_instead(config: Path, words: list[str], said: str) -> None:
    """Exit code 2: nothing was tried."""
    answer = type_command(*words, config=config)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_a_secret_that_is_nowhere_is_named_with_the_places_to_put_it(config: Path) -> None:
    """One connection that cannot be tried is a failed line, not the end of the test."""
    answer = type_command("test-connection", config=config)
    assert answer.code == 1
    assert "the secret 'acme_password' was not found" in answer.out
    assert "FULFILLMENT_BRIDGE_SECRET_ACME_PASSWORD" in answer.out


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_a_certificate_authority_that_is_none_is_told_before_any_call(
    new_world: FlowWorld, content: str | None
) -> None:
    """The file may be missing, or be something else."""
    path = new_world.folder / "company-ca.pem"
    if content is not None:
        path.write_text(content)
    connections = yaml.safe_load(new_world.config.read_text())["connections"]
    connections["acme_org"]["ca_file"] = "company-ca.pem"
    change_config(new_world, connections=connections)
    answer = type_command("test-connection", "acme", config=new_world.config)
    assert answer.code == 1
    assert f"ca_file {path} cannot be read as certificates" in answer.out
    assert "PEM" in answer.out


def test_a_file_that_is_no_workbook_is_told_everywhere(new_world: FlowWorld) -> None:
    """Checking it finds a fault (1); loading it or testing with it is wrong use (2)."""
    junk = new_world.folder / "junk.xlsx"
    junk.write_bytes(b"PK\x03\x04 and nothing more")
    check = type_command("mapping", "check", junk)
    load = type_command("mapping", "load", junk, "--cart", "acme", config=new_world.config)
    test = type_command("test-connection", "acme", "--workbook", junk, config=new_world.config)
    assert (check.code, load.code, test.code) == (1, 2, 2)
    for answer in (check, load, test):
        assert "Excel" in answer.text
        assert "What to do:" in answer.text


def test_a_workbook_for_another_org_is_refused_cell_by_cell(new_world: FlowWorld) -> None:
    """Each fault names its cell, what was found and what was expected."""
    answer = type_command("mapping", "load", GLOBEX, "--cart", "acme", config=new_world.config)
    assert answer.code == 2
    assert "the workbook in force stays as it is" in answer.err
    assert "Cart!B2: the org has no such object" in answer.err
    assert "found 'Sales_Order__c'" in answer.err
    listed = type_command("mapping", "list", "--cart", "acme", config=new_world.config)
    assert (listed.code, "No workbook is loaded" in listed.out) == (0, True)


def test_a_template_is_not_written_over_another_file(tmp_path: Path) -> None:
    """Hours of work stand in such files."""
    path = tmp_path / "acme.xlsx"
    first = type_command("mapping", "template", path)
    second = type_command("mapping", "template", path)
    forced = type_command("mapping", "template", path, "--force")
    nowhere = type_command("mapping", "template", tmp_path / "no" / "such.xlsx")
    assert (first.code, second.code, forced.code, nowhere.code) == (0, 2, 0, 2)
    assert "--force" in second.err
    blank = type_command("mapping", "check", path)
    assert blank.code == 1
    assert "'Order object' is not filled in" in blank.out
    assert "11 faults, 1 warning" in blank.out
