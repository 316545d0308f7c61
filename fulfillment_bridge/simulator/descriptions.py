"""Where org descriptions come from: shipped ones by name, others by path.

A path leads to a YAML file, or to a folder of describe answers of a real org.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from fulfillment_bridge.simulator.described import read_dump
from fulfillment_bridge.simulator.yaml_text import parse_yaml


class BadDescription(ValueError):
    """There is no such description, or it can't be read; the text says why."""


def shipped_names() -> list[str]:
    """The names of the descriptions that come with the package."""
    folder = resources.files("fulfillment_bridge.simulator") / "orgs"
    names = (file.name for file in folder.iterdir() if file.name.endswith(".yaml"))
    return sorted(name.removesuffix(".yaml") for name in names)


def load_description(name_or_path: str) -> dict[str, Any]:
    """The description of this name, or in this file; raises BadDescription."""
    if Path(name_or_path).is_dir():
        return _dumped(Path(name_or_path))
    if name_or_path in shipped_names():
        folder = resources.files("fulfillment_bridge.simulator") / "orgs"
        text = (folder / f"{name_or_path}.yaml").read_text(encoding="utf-8")
    else:
        text = _read(name_or_path)
    try:
        found = parse_yaml(text)
    except yaml.YAMLError as error:
        raise BadDescription(f"{name_or_path}: {error}") from None
    if not isinstance(found, dict) or not found.get("name"):
        raise BadDescription(f"{name_or_path}: expected a mapping with at least a name")
    return found


def _dumped(directory: Path) -> dict[str, Any]:
    try:
        return read_dump(directory)
    except ValueError as error:
        raise BadDescription(str(error)) from None


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        names = ", ".join(shipped_names())
        raise BadDescription(f"no org called {path}, and no such file; there are {names}") from None
