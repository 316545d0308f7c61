"""References between the subrequests of a composite: `@{order.records[0].Id}`."""

from __future__ import annotations

import re
from typing import Any

from fulfillment_bridge.simulator.errors import SalesforceError

REFERENCE = re.compile(r"@\{([^}]*)\}")
STEP = re.compile(r"\.?([A-Za-z0-9_]+)|\[(\d+)\]")


def resolve(value: Any, answers: dict[str, Any]) -> Any:
    """The value with every reference in it replaced; raises PROCESSING_HALTED."""
    if isinstance(value, dict):
        return {name: resolve(part, answers) for name, part in value.items()}
    if isinstance(value, list):
        return [resolve(part, answers) for part in value]
    if not isinstance(value, str):
        return value
    whole = REFERENCE.fullmatch(value)
    if whole:
        return _look_up(whole[1], answers)
    return REFERENCE.sub(lambda match: str(_look_up(match[1], answers)), value)


def _look_up(path: str, answers: dict[str, Any]) -> Any:
    name = re.split(r"[.\[]", path, maxsplit=1)[0]
    found = answers.get(name)
    for step in STEP.finditer(path[len(name) :]):
        found = _step(found, step)
    if found is None or isinstance(found, dict | list):
        text = f"Invalid reference specified. No value for {path} found in {name}"
        raise SalesforceError("PROCESSING_HALTED", text)
    return found


def _step(value: Any, step: re.Match[str]) -> Any:
    if step[1] is not None:
        return value.get(step[1]) if isinstance(value, dict) else None
    index = int(step[2])
    return value[index] if isinstance(value, list) and index < len(value) else None
