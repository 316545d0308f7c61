"""Reading YAML by the parser of libyaml, eight times as fast, where PyYAML was built with it."""

from __future__ import annotations

from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(text: str) -> Any:
    """What a document says, with plain types only; raises yaml.YAMLError."""
    return yaml.load(text, _LOADER)  # noqa: S506 - either is a safe loader
