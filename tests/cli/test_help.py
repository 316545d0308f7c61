"""Help: complete, quick, and of use to somebody who mistyped."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from fulfillment_bridge.cli.main import COMMANDS, cli
from tests.cli.keyboard import type_command

# Each of these costs more time than all of the help.
HEAVY = (
    "alembic", "apscheduler", "lxml", "openpyxl", "pydantic", "requests", "rich",
    "simple_salesforce", "sqlalchemy", "structlog", "yaml", "zeep",
)  # fmt: skip
ASK_ALL_HELP = f"""
import sys
from contextlib import redirect_stdout, suppress
from io import StringIO
from fulfillment_bridge.cli.main import cli
with redirect_stdout(StringIO()), suppress(SystemExit):
    for words in {{words!r}}:
        cli.main([*words, "--help"], standalone_mode=False)
print(*sorted(set({HEAVY!r}) & set(sys.modules)))
"""


def every_command() -> Iterator[tuple[list[str], click.Command]]:
    """Each command with the words that call it; the simulator parses its own."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from (([name, each], below) for each, below in command.commands.items())
        yield [name], command


def test_help_loads_none_of_the_big_libraries() -> None:
    """That is what makes every help text appear at once."""
    words = [[], *(words for words, _ in every_command() if words != ["simulator"])]
    done = subprocess.run(
        [sys.executable, "-c", ASK_ALL_HELP.format(words=words)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == []


def test_the_twin_sees_a_big_library_that_was_loaded() -> None:
    """A command that opens the bridge does load them."""
    program = ASK_ALL_HELP.format(words=[[]]).replace("import sys", "import sys, sqlalchemy", 1)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["sqlalchemy"]


@pytest.mark.parametrize("words", [words for words, _ in every_command()], ids=" ".join)
def test_every_command_and_option_is_explained(words: list[str]) -> None:
    """No option without a sentence, no command without one; no line is cut off."""
    command = next(found for each, found in every_command() if each == words)
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert parameter.help, parameter.name
    if isinstance(command, click.Group):
        _, _, listed = type_command(*words, "--help").out.partition("Commands:")
        assert listed
        assert "..." not in listed


def test_the_first_help_says_what_the_exit_codes_mean() -> None:
    """Whoever writes a script looks there."""
    answer = type_command("--help")
    assert answer.code == 0
    assert "0 fine, 1 it ran but something needs attention, 2 wrong use" in answer.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rnu"], "Did you mean run?"),
        (["run", "orders_download"], "Did you mean order_download?"),
        (["orders", "list", "--state", "helt"], "Did you mean held?"),
        (["orders", "list", "--limit", "0"], "--limit"),
        (["orders", "why", "1001"], "--cart"),
        (["run"], "JOB"),
        (["run", "order_download", "--cart", "a", "--warehouse", "b"], "not both"),
        (["test-connection", "--workbook", "x.xlsx"], "CART"),
        (["carts", "go-live", "acme", "--from", "22.11.2026"], "--from"),
        (["demo", "--orders", "0"], "--orders"),
        (["demo", "please"], "please"),
        (["simulator", "--orgs", "nobody"], "acme, globex, initech"),
        ([], "Usage:"),
    ],
)
def test_wrong_use_ends_with_2_and_names_the_word(words: list[str], said: str) -> None:
    """A script can tell a typing mistake from work that needs attention."""
    answer = type_command(*words)
    assert answer.code == 2
    assert said in answer.err
    assert answer.out == ""
