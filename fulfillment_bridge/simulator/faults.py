"""Faults on demand: rules that hold, drop, kill, delay or refuse the requests they fit."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from fulfillment_bridge.simulator.request_log import RequestEntry, RequestFilter

ACTIONS = ("hold", "drop_before", "drop_after", "kill", "status", "error", "delay")
ALWAYS_AFTER = ("drop_after",)
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
        _check(settings)
        action = str(settings["action"])
        default = "after" if action in ALWAYS_AFTER else "before"
        return cls(
            id=rule_id,
            action=action,
            when=default if action.startswith("drop") else str(settings.get("when") or default),
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

    def release(self) -> None:
        """Let the held requests go on; later ones are no longer held."""
        if not self.released.done():
            self.released.set_result(None)

    def as_json(self) -> dict[str, Any]:
        """The rule as the control address shows it."""
        counts = {"seen": self.seen, "hits": self.hits, "held": self.held}
        return {"id": self.id, **self.settings, "when": self.when, **counts}


def _check(settings: Mapping[str, Any]) -> None:
    if unknown := sorted(set(settings) - KNOWN):
        raise BadRule(f"unknown in a rule: {', '.join(unknown)}")
    if settings.get("action") not in ACTIONS:
        raise BadRule(f"action must be one of {', '.join(ACTIONS)}")
    if settings.get("when", "before") not in ("before", "after"):
        raise BadRule("when must be before or after")
    if settings["action"] == "kill" and not isinstance(settings.get("pid"), int):
        raise BadRule("kill needs the pid of a process")
    for name in ("nth", "every", "times"):
        value = settings.get(name)
        if value is not None and (not isinstance(value, int) or value < 1):
            raise BadRule(f"{name} must be a whole number from 1")


@dataclass
class FaultBook:
    """The rules in force, of all orgs. Safe in any thread."""

    _rules: dict[int, Rule] = field(default_factory=dict)
    _last_id: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closed: bool = False

    def add(self, settings: Mapping[str, Any]) -> Rule:
        """Put a rule in force; it counts requests from now on. Raises BadRule."""
        with self._changed:
            rule = Rule.of(self._last_id + 1, settings)
            self._last_id = rule.id
            self._rules[rule.id] = rule
            return rule

    def due(self, entry: RequestEntry, body: bytes) -> list[Rule]:
        """The rules that strike this request, oldest first."""
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
