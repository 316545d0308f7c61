"""Record ids. The short form differs by case only, so everything of ours compares the long one."""

from __future__ import annotations

import re

_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?")
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def is_record_id(text: str) -> bool:
    """Whether this could be a record id, 15 or 18 characters long."""
    return _ID.fullmatch(text) is not None


def long_id(record_id: str) -> str:
    """The 18-character form of an id; anything that is no 15-character id stays as it is."""
    if len(record_id) != 15 or not is_record_id(record_id):
        return record_id
    blocks = (record_id[start : start + 5] for start in (0, 5, 10))
    return record_id + "".join(_SUFFIX[_capitals(block)] for block in blocks)


def _capitals(block: str) -> int:
    return sum(1 << place for place, letter in enumerate(block) if letter.isupper())
