"""The suite itself: every module says what it rests on, and no statement stands in two tables."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.simulator.engine import (
    test_soql_errors,
    test_soql_guide,
    test_soql_meaning,
    test_soql_refusals,
)

MODULES = sorted((Path(__file__).parent / "engine").glob("test_*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_of_facts_names_its_sources(module: Path) -> None:
    """In its docstring, in words: a page of a guide, a recorded body, or our own design."""
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    sources = docstring.partition("Sources: ")[2]
    assert sources, f"{module.name} does not say what it rests on"
    assert "http" not in sources


def test_no_statement_stands_in_two_tables() -> None:
    """A fact has one home."""
    statements = [soql for soql, _, _ in test_soql_errors.TEXTS]
    statements += [soql for _, soql, _, _ in test_soql_refusals.REFUSED]
    statements += [f"SELECT Code__c WHERE {each}" for each, _, _ in test_soql_meaning.CONDITIONS]
    statements += [f"SELECT Name {rest}" for _, rest, _ in test_soql_guide.MEANS]
    statements += [soql for _, soql, _ in test_soql_guide.ANSWERS]
    assert [soql for soql, times in Counter(statements).items() if times > 1] == []


def test_every_row_of_the_guide_names_its_page() -> None:
    """Also those that are only seen or inferred."""
    rows = [row[0] for row in test_soql_guide.MEANS + test_soql_guide.CHILDREN]
    rows += [row[0] for row in test_soql_guide.ANSWERS] + [
        row[0] for row in test_soql_refusals.REFUSED
    ]
    assert all(source.strip() for source in rows)
