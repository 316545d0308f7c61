"""Query errors the way Salesforce lays them out: a clip of the query, a caret, the place."""

from __future__ import annotations

import re

from fulfillment_bridge.simulator.errors import SalesforceError

_BEFORE, _AFTER = 40, 30
_TOKEN = re.compile(r"'(?:[^'\\]|\\.)*'|[\w.:+-]+|\S", re.S)


def located(code: str, query: str, position: int, message: str) -> SalesforceError:
    """The error with the query around ``position``, a caret under it, row and column."""
    row = query.count("\n", 0, position) + 1
    column = position - (query.rfind("\n", 0, position) + 1) + 1
    start, end = _clip(query, position)
    clip = re.sub(r"\s", " ", query[start:end])
    caret = " " * (position - start) + "^"
    return SalesforceError(
        code, f"\n{clip}\n{caret}\nERROR at Row:{row}:Column:{column}\n{message}"
    )


def unexpected_token(query: str, position: int) -> SalesforceError:
    """MALFORMED_QUERY for whatever stands at ``position``, the end of the query included."""
    query = query.rstrip()
    found = _TOKEN.match(query, position) if position < len(query) else None
    token = found.group() if found else "<EOF>"
    if query[position:] == "'" and query[:position].endswith("''"):
        position -= 1  # real orgs point at the quote before a third one that ends nothing
    position = min(position, len(query))
    return located("MALFORMED_QUERY", query, position, f"unexpected token: '{token}'")


def _clip(query: str, position: int) -> tuple[int, int]:
    """Up to 40 characters before and about 30 after, widened or cut to whole tokens."""
    tokens = [match.span() for match in _TOKEN.finditer(query)]
    earliest = max(position - _BEFORE, 0)
    start = next((begin for begin, end in tokens if end > earliest), position)
    own_end = next((end for begin, end in tokens if begin <= position < end), position)
    ends = [end for _, end in tokens if end <= own_end + _AFTER]
    return min(start, position), max([*ends[-1:], own_end])
