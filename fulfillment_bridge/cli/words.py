"""Words that a command takes: one of a list, with the nearest one where it is misspelled."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import click


class OneOf(click.Choice[str]):
    """One of these words."""

    def __init__(self, words: Iterable[str]) -> None:
        super().__init__(list(words))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self.choices:
            self.fail(f"there is no {value!r}. {near_or_all(str(value), self.choices)}", param, ctx)
        return str(value)


def near_or_all(word: str, known: Iterable[str]) -> str:
    """``Did you mean acme?``, else every word there is."""
    every = list(known)
    near = get_close_matches(word.lower(), every, n=1)
    return f"Did you mean {near[0]}?" if near else f"There is: {', '.join(every) or 'none'}."
