"""Faults on demand: rules that strike the requests they fit.

A rule says which requests it means (org, user, method, path, operation, contains), which of
them it strikes (nth, every, probability with seed, times) and what it does to them, before the
work is done or after it has been committed. Rules come from the control address, from
``--fault`` on the command line (as JSON, or like ``action=drop_after,path=/composite,nth=3``),
and from ``faults`` in the description of an org, where they mean that org's requests.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fulfillment_bridge.simulator.model import RowLock
from fulfillment_bridge.simulator.request_log import RequestEntry, RequestFilter

# What rules do, and when they do it unless they say otherwise.
ACTIONS = {
    "hold": "before",
    "delay": "before",
    "drop_before": "before",
    "drop_after": "after",
    "cut": "after",
    "kill": "before",
    "status": "before",
    "error": "before",
    "unavailable": "before",
    "maintenance": "before",
    "request_limit": "before",
    "expired_session": "before",
    "lock_rows": "before",
}
# Those that would not be what they are called at another time.
_FIXED = frozenset({"drop_before", "drop_after", "cut", "expired_session", "lock_rows"})
FITTING = {"org", "user", "method", "path", "operation", "contains"}
COUNTING = {"nth", "every", "probability", "seed", "times"}
DOING = {
    "action",
    "when",
    "pid",
    "status",
    "body",
    "content_type",
    "headers",
    "code",
    "message",
    "seconds",
    "rows",
}
KNOWN = FITTING | COUNTING | DOING


class BadRule(ValueError):
    """A rule that can't be; the text says why."""


@dataclass
class Rule:
    """One fault, the requests it fits, and how often it struck."""

    id: int
    action: str
    when: str
    wanted: RequestFilter
    settings: dict[str, Any]
    times: int | None
    seen: int = 0
    hits: int = 0
    held: int = 0
    released: Future[None] = field(default_factory=Future)
    chance: random.Random = field(default_factory=random.Random)

    @classmethod
    def of(cls, rule_id: int, settings: Mapping[str, Any]) -> Rule:
        """The rule that these settings describe; raises BadRule."""
        check_rule(settings)
        action = str(settings["action"])
        default = ACTIONS[action]
        return cls(
            id=rule_id,
            action=action,
            when=default if action in _FIXED else str(settings.get("when") or default),
            wanted=RequestFilter.from_query({**settings, "since_id": 0}),
            settings=dict(settings),
            times=settings.get("times") or (1 if settings.get("nth") else None),
            # Repeatable mischief, no secret.
            chance=random.Random(settings.get("seed", 0)),  # noqa: S311
        )

    def strikes(self, entry: RequestEntry, body: bytes) -> bool:
        """Count this request if it fits; whether the fault is due for it."""
        contains = str(self.settings.get("contains") or "")
        if not self.wanted.matches(entry) or contains.encode() not in body:
            return False
        self.seen += 1
        if (self.times is not None and self.hits >= self.times) or not self._is_due():
            return False
        self.hits += 1
        return True

    def _is_due(self) -> bool:
        if nth := self.settings.get("nth"):
            return self.seen >= int(nth)
        if every := self.settings.get("every"):
            return self.seen % int(every) == 0
        if (probability := self.settings.get("probability")) is not None:
            return self.chance.random() < float(probability)
        return True

    def row_lock(self) -> RowLock:
        """What ``lock_rows`` does to one request: every ``rows``th record is held, or all."""
        return RowLock(every=int(self.settings.get("rows") or 1))

    def release(self) -> None:
        """Let the held requests go on; later ones are no longer held."""
        if not self.released.done():
            self.released.set_result(None)

    def as_json(self) -> dict[str, Any]:
        """The rule as the control address shows it."""
        counts = {"seen": self.seen, "hits": self.hits, "held": self.held}
        return {"id": self.id, **self.settings, "when": self.when, **counts}


def rule_of_text(text: str) -> dict[str, Any]:
    """The rule that a text describes: a JSON object, or name=value pairs; raises BadRule."""
    if text.lstrip().startswith("{"):
        try:
            settings: dict[str, Any] = json.loads(text)
        except ValueError as error:
            raise BadRule(f"{text!r} is not JSON: {error}") from None
    else:
        settings = dict(_pair(each) for each in text.split(","))
    check_rule(settings)
    return settings


def _pair(text: str) -> tuple[str, Any]:
    name, is_there, value = text.partition("=")
    if not is_there:
        raise BadRule(f"{text!r} is not of the form name=value; action=drop_after would be")
    name = name.strip()
    try:
        return name, _NUMBERS[name](value) if name in _NUMBERS else value
    except ValueError:
        raise BadRule(f"{name} must be a number, not {value!r}") from None


_WHOLE = ("nth", "every", "times", "rows")
_NUMBERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys((*_WHOLE, "seed", "pid", "status"), int),
    "probability": float,
    "seconds": float,
}


def check_rule(settings: Mapping[str, Any]) -> None:
    """Raise BadRule unless the settings make a rule."""
    if unknown := sorted(set(settings) - KNOWN):
        raise BadRule(f"unknown in a rule: {', '.join(unknown)}")
    if settings.get("action") not in ACTIONS:
        raise BadRule(f"action must be one of {', '.join(ACTIONS)}")
    if settings.get("when", "before") not in ("before", "after"):
        raise BadRule("when must be before or after")
    if settings["action"] == "kill" and not isinstance(settings.get("pid"), int):
        raise BadRule("kill needs the pid of a process")
    for name in _WHOLE:
        if not _is_number(settings.get(name, 1), int, 1):
            raise BadRule(f"{name} must be a whole number from 1")
    if not _is_number(settings.get("probability", 0), (int, float), 0, 1):
        raise BadRule("probability must be a number from 0 to 1")
    if not _is_number(settings.get("seconds", 0), (int, float), 0):
        raise BadRule("seconds must be a number from 0")
    if not _is_number(settings.get("status", 503), int, 200, 599):
        raise BadRule("status must be an HTTP status from 200 to 599")
    if not isinstance(settings.get("headers") or {}, Mapping):
        raise BadRule("headers must be names with their values")
    try:
        RequestFilter.from_query({**settings, "since_id": 0})
    except (TypeError, ValueError) as error:
        raise BadRule(str(error)) from None


def _is_number(
    value: Any, kind: type | tuple[type, ...], least: float, most: float | None = None
) -> bool:
    """Whether the value is such a number; None stands for what was not given."""
    if value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, kind) and least <= value <= (value if most is None else most)


@dataclass
class FaultBook:
    """The rules in force, of all orgs. Safe in any thread."""

    _rules: dict[int, Rule] = field(default_factory=dict)
    _last_id: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closed: bool = False
    _asleep: bool = False

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """No rule sees or counts a request while the block runs: an org gets its first data."""
        self._asleep = True
        try:
            yield
        finally:
            self._asleep = False

    def forget_org(self, name: str) -> None:
        """Take the rules out of force that were about one org."""
        self.remove(rule.id for rule in self.all() if rule.wanted.org == name)

    def add(self, settings: Mapping[str, Any]) -> Rule:
        """Put a rule in force; it counts requests from now on. Raises BadRule."""
        with self._changed:
            rule = Rule.of(self._last_id + 1, settings)
            self._last_id = rule.id
            self._rules[rule.id] = rule
            return rule

    def due(self, entry: RequestEntry, body: bytes) -> list[Rule]:
        """The rules that strike this request, oldest first."""
        if self._asleep:
            return []
        with self._changed:
            struck = [rule for rule in self._rules.values() if rule.strikes(entry, body)]
            self._changed.notify_all()
            return struck

    def note_held(self, rule: Rule, change: int) -> None:
        """Note that one more (or one less) request is held by the rule."""
        with self._changed:
            rule.held += change
            self._changed.notify_all()

    def wait(self, rule_id: int, *, hits: int, timeout: float) -> Rule | None:
        """Wait until the rule struck so often (and holds, if that is what it does)."""

        def is_done() -> bool:
            rule = self._rules.get(rule_id)
            return self._closed or rule is None or _has_struck(rule, hits)

        with self._changed:
            self._changed.wait_for(is_done, timeout)
            return self._rules.get(rule_id)

    def find(self, rule_id: int) -> Rule | None:
        """The rule of this number, if it is in force."""
        with self._changed:
            return self._rules.get(rule_id)

    def all(self) -> list[Rule]:
        """Every rule in force."""
        with self._changed:
            return list(self._rules.values())

    def remove(self, rule_ids: Iterable[int] | None = None) -> None:
        """Take rules (or all) out of force; what they hold goes on."""
        with self._changed:
            chosen = list(self._rules) if rule_ids is None else list(rule_ids)
            removed = [self._rules.pop(each) for each in chosen if each in self._rules]
            self._changed.notify_all()
        for rule in removed:
            rule.release()

    def close(self) -> None:
        """Release everything and everyone."""
        self.remove()
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def _has_struck(rule: Rule, hits: int) -> bool:
    return rule.hits >= hits and (rule.action != "hold" or rule.held > 0 or rule.released.done())
