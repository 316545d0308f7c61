"""``mapping list|show|diff|rollback|export``."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from tests.cli.keyboard import Answer, type_command
from tests.flows.world import SAMPLES, FlowWorld, edited_workbook

ACME = SAMPLES / "acme" / "SalesForce_Data_Mapping.xlsx"


@pytest.fixture
def twice(new_world: FlowWorld) -> FlowWorld:
    """A cart whose workbook was loaded, and loaded again with another separator."""
    again = edited_workbook(new_world, "acme", "Cart", "B11", "; ")
    for path, note in ((ACME, "first"), (again, "second")):
        answer = mapping(new_world, "load", str(path), "--note", note)
        assert answer.code == 0, answer.text
    return new_world


def mapping(world: FlowWorld, *words: str) -> Answer:
    """Type a ``mapping`` command for the cart acme."""
    return type_command("mapping", *words, "--cart", "acme", config=world.config)


def test_what_is_exported_is_byte_for_byte_what_was_loaded(
    twice: FlowWorld, tmp_path: Path
) -> None:
    """Both versions; an existing file is left alone."""
    old, new = tmp_path / "old.xlsx", tmp_path / "new.xlsx"
    assert mapping(twice, "export", str(old), "--version", "1").code == 0
    assert mapping(twice, "export", str(new)).code == 0
    assert old.read_bytes() == ACME.read_bytes()
    assert new.read_bytes() == (twice.folder / "acme-edited.xlsx").read_bytes()
    digest = hashlib.sha256(new.read_bytes()).hexdigest()
    assert mapping(twice, "list", "--json").json()[0]["sha256"] == digest
    again = mapping(twice, "export", str(new), "--version", "1")
    assert (again.code, "--force" in again.err) == (2, True)
    assert mapping(twice, "export", str(new), "--version", "1", "--force").code == 0
    assert new.read_bytes() == ACME.read_bytes()


def test_the_difference_names_the_row(twice: FlowWorld) -> None:
    """Between two versions, and from the one in force to a file."""
    between = mapping(twice, "diff", "--from", "1", "--to", "2", "--json").json()
    expected = {"change": "added", "sheet": "Cart", "about": "Tracking number separator"}
    assert [{key: one[key] for key in expected} for one in between] == [expected]
    assert (between[0]["old"], between[0]["new"]) == ("", "Value: ;")
    same = mapping(twice, "diff", str(twice.folder / "acme-edited.xlsx"))
    assert "says the same as version 2" in same.out
    assert mapping(twice, "diff").code == 2
    assert mapping(twice, "diff", str(ACME), "--to", "1").code == 2


def test_going_back_makes_a_new_version_of_the_old_file(twice: FlowWorld) -> None:
    """History only grows; orders are mapped again as after any load."""
    answer = mapping(twice, "rollback", "--version", "1", "--note", "wrong")
    assert (answer.code, "Version 3" in answer.out) == (0, True)
    newest, _, oldest = mapping(twice, "list", "--json").json()
    assert (newest["active"], newest["note"]) == (True, "back to version 1: wrong")
    assert newest["sha256"] == oldest["sha256"]
    again = mapping(twice, "rollback", "--version", "3")
    assert (again.code, "in force already" in again.err) == (2, True)


def test_going_back_to_what_the_org_no_longer_has_is_refused(twice: FlowWorld) -> None:
    """A faulty workbook never replaces a good one, wherever it comes from."""
    org = twice.orgs["acme"]
    org.org.users[org.username.lower()].hidden_fields["Order"] = {"Ship_Method__c"}
    answer = mapping(twice, "rollback", "--version", "1")
    assert (answer.code, "Ship_Method__c" in answer.err) == (2, True)
    assert mapping(twice, "list", "--json").json()[0]["version"] == 2


def test_a_version_that_is_not_there_is_told_with_those_that_are(twice: FlowWorld) -> None:
    """For every command that takes one."""
    for words in (["show"], ["rollback"], ["export", "x.xlsx"], ["diff", str(ACME)]):
        option = "--from" if words[0] == "diff" else "--version"
        answer = mapping(twice, *words, option, "9")
        assert answer.code == 2
        assert "has no version 9" in answer.err
        assert "There is: 1, 2." in answer.err


def test_a_loaded_workbook_is_shown_row_by_row(twice: FlowWorld) -> None:
    """The one in force where no other is named."""
    shown = mapping(twice, "show")
    assert "version 2 (in force), acme-edited.xlsx" in shown.out
    assert "Tracking number separator" in shown.out
    rows = mapping(twice, "show", "--version", "1", "--json").json()
    assert "Tracking number separator" not in {row["about"] for row in rows}


def test_no_command_of_a_cart_without_workbook_ends_in_a_traceback(new_world: FlowWorld) -> None:
    """They say how to load one."""
    for words in (["show"], ["export", "x.xlsx"], ["diff", str(ACME)]):
        answer = mapping(new_world, *words)
        assert answer.code == 2
        assert "no workbook is loaded for cart acme" in answer.err
        assert "mapping load FILE --cart acme" in answer.err


def test_the_edited_cell_is_the_separator() -> None:
    """What these tests rest on."""
    book = openpyxl.load_workbook(BytesIO(ACME.read_bytes()))
    assert book["Cart"]["A11"].value == "Tracking number separator"
