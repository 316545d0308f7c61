"""Record ids: 15 case-sensitive characters, and the 18-character form that survives Excel."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_UPPER_CASE = str.maketrans(_DIGITS, "0" * 10 + "1" * 26 + "0" * 26)
_PATTERN = re.compile(r"[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?")


def to_18(record_id: str) -> str:
    """The 18-character form of a 15-character id; the last three tell upper from lower case."""
    bits = record_id[:15].translate(_UPPER_CASE)[::-1]  # the first character counts least
    first, second, third = int(bits[10:], 2), int(bits[5:10], 2), int(bits[:5], 2)
    return record_id[:15] + _CHECK[first] + _CHECK[second] + _CHECK[third]


def normalized(text: str) -> str | None:
    """The 18-character id that ``text`` means, or None when it is no id at all."""
    if len(text) not in (15, 18) or not _PATTERN.fullmatch(text):
        return None
    record_id = to_18(text)
    return record_id if len(text) == 15 or record_id == text else None


class IdSource:
    """Gives out ids, counting up per key prefix; the same seed gives the same ids."""

    def __init__(self, seed: str) -> None:
        digest = hashlib.sha256(seed.encode()).digest()
        self._pod = "".join(_DIGITS[byte % 62] for byte in digest[:3])
        self._next: defaultdict[str, int] = defaultdict(lambda: 1)

    def next(self, key_prefix: str) -> str:
        """A fresh 18-character id of the object with this prefix."""
        number = self._next[key_prefix]
        self._next[key_prefix] = number + 1
        return to_18(f"{key_prefix}{self._pod}{_base62(number).rjust(9, '0')}")


def _base62(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _DIGITS[rest] + digits
    return digits
