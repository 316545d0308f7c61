"""``explain [CODE]``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from textwrap import fill
from typing import Any

import click

from fulfillment_bridge.cli.output import show_json, show_table
from fulfillment_bridge.errors import UserError
from fulfillment_bridge.salesforce.catalogue import (
    Meaning,
    codes,
    explain_pasted,
    meanings,
    nearest_codes,
)

WIDTH = 96
COLUMNS = (("code", "Code"), ("meaning", "What it means"), ("who_must_act", "Who must act"))
QUESTIONS = (
    ("what_to_do", "What to do"),
    ("who_must_act", "Who must act"),
    ("tried_again", "Tried again"),
)
HEADING = """# Errors of Salesforce, and what to do about them

This page is written by `fulfillment-bridge explain --markdown`; a test keeps it up to date.
`fulfillment-bridge explain CODE` shows one entry, also for a whole message pasted behind it.
"Clicks" are in Salesforce: `Setup > Users` means the gear, Setup, and Users in the Quick Find box.
"""


@click.command(name="explain")
@click.argument("words", nargs=-1, metavar="[CODE]")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option("--markdown", is_flag=True, hidden=True, help="The page docs/errors.md.")
def explain(words: Sequence[str], as_json: bool, markdown: bool) -> None:
    """What an error code of Salesforce means, who must act, where to click, and what we do.

    Without a code: all of them. A whole message may be pasted in place of the code. It needs no
    configuration.

    \b
      fulfillment-bridge explain LOGIN_MUST_USE_SECURITY_TOKEN
      fulfillment-bridge explain "invalid_grant: audience is invalid"
    """
    if markdown:
        click.echo(page(), nl=False)
        return
    rows = list(_rows(" ".join(words)))
    if as_json:
        show_json(rows)
    elif words:
        for row in rows:
            _show(row)
    else:
        show_table(rows, COLUMNS)


def page() -> str:
    """docs/errors.md."""
    parts = [HEADING]
    for code in codes():
        parts.append(f"\n## {code}\n")
        parts.extend(_section(_row(code, meaning)) for meaning in meanings(code))
    return "".join(parts)


def _rows(text: str) -> Iterator[dict[str, Any]]:
    if not text:
        for code in codes():
            yield from (_row(code, meaning) for meaning in meanings(code))
        return
    found = explain_pasted(text)
    if not found:
        raise _unknown(text)
    for meaning in found:
        yield _row(meaning.fault.code, meaning)


def _row(code: str, meaning: Meaning) -> dict[str, Any]:
    fault = meaning.fault
    return {
        "code": code,
        "situation": meaning.situation,
        "meaning": fault.meaning,
        "who_must_act": fault.who,
        "what_to_do": fault.remedy,
        "tried_again": fault.tried_again,
    }


def _show(row: dict[str, Any]) -> None:
    situation = f", {row['situation']}" if row["situation"] else ""
    click.echo(f"{row['code']}{situation}")
    click.echo(_indented(row["meaning"]))
    for key, question in QUESTIONS:
        click.echo(_indented(f"{question}: {row[key]}"))
    click.echo()


def _section(row: dict[str, Any]) -> str:
    situation = f"*{row['situation'][:1].upper()}{row['situation'][1:]}:* "
    lines = [f"{situation if row['situation'] else ''}{row['meaning']}"]
    lines += [f"- **{question}**: {row[key]}" for key, question in QUESTIONS]
    return "\n" + lines[0] + "\n\n" + "\n".join(lines[1:]) + "\n"


def _indented(text: str) -> str:
    return fill(text, WIDTH, initial_indent="  ", subsequent_indent="    ")


def _unknown(text: str) -> UserError:
    word = re.sub(r"\s+", " ", text)[:80]
    near = nearest_codes(word)
    remedy = (
        f"Did you mean {', '.join(near)}?"
        if near
        else "`fulfillment-bridge explain` lists all codes there are. For one that is not among "
        "them, Salesforce's own words stand beside it in the message."
    )
    return UserError(f"the catalogue has no {word!r}", remedy=remedy, code="CODE")
