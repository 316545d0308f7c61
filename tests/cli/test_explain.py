"""Looking up what a code of Salesforce means."""

from __future__ import annotations

from fulfillment_bridge.cli.explain import page
from tests.cli.keyboard import type_command
from tests.house.source import ROOT


def test_a_code_is_explained_without_any_configuration() -> None:
    """Meaning, who must act, the clicks, and whether we try again."""
    answer = type_command("explain", "LOGIN_MUST_USE_SECURITY_TOKEN")
    assert answer.code == 0
    for told in ("Reset My Security Token", "administrator", "Tried again: No.", "Network Access"):
        assert told in " ".join(answer.out.split())


def test_a_code_with_two_meanings_shows_both() -> None:
    """The same word at a login and on a record is not the same trouble."""
    out = type_command("explain", "insufficient_access").out
    assert "INSUFFICIENT_ACCESS, when it answers a login" in out
    assert "INSUFFICIENT_ACCESS, anywhere else" in out


def test_a_whole_message_may_be_pasted() -> None:
    """Its text tells which of several meanings it is."""
    said = type_command("explain", "sf:INVALID_LOGIN: Invalid username, password, security token")
    assert said.out.startswith("INVALID_LOGIN\n")
    said = type_command("explain", '{"error":"invalid_grant",', '"x":"audience is invalid"}')
    assert said.out.count("invalid_grant") == 1
    assert "audience" in said.out


def test_a_mistyped_code_is_answered_with_the_nearest() -> None:
    """Wrong use, so exit code 2."""
    answer = type_command("explain", "INVALID_FEILD")
    assert (answer.code, answer.out) == (2, "")
    assert "Did you mean INVALID_FIELD" in answer.err
    assert "lists all codes" in type_command("explain", "qwertyuiop").err


def test_without_a_code_all_are_listed() -> None:
    """As a table for people, as one document for programs."""
    assert "STORAGE_LIMIT_EXCEEDED" in type_command("explain").out
    every = type_command("explain", "--json").json()
    [one] = [row for row in every if row["code"] == "STORAGE_LIMIT_EXCEEDED"]
    assert set(one) == {
        "code",
        "situation",
        "meaning",
        "who_must_act",
        "what_to_do",
        "tried_again",
    }
    assert type_command("explain", "DNS", "--json").json()[0]["who_must_act"] == "operator"


def test_the_page_of_errors_says_the_same() -> None:
    """fulfillment-bridge explain --markdown > docs/errors.md"""
    assert (ROOT / "docs" / "errors.md").read_text(encoding="utf-8") == page()
