"""YAML as text with line numbers.

Every plain scalar is read as the text it is. YAML by itself would make ``NO`` (Norway) a false,
``01234`` (a postal code) an octal number and ``12:30`` a number to base 60; here the type that
a key wants decides what its text means.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from fulfillment_bridge.errors import UserError
from fulfillment_bridge.settings.faults import Place


class _PlainText(yaml.BaseLoader):
    """Reads every scalar as text, and refuses a key that stands twice in one block."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if keys.count(key.value) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value} stands here twice", key.start_mark
                )
        return super().construct_mapping(node, deep=deep)


def read_yaml(path: Path) -> tuple[dict[str, Any], dict[Place, int]]:
    """The document, and the line where each key stands."""
    try:
        loader = _PlainText(path.read_text(encoding="utf-8"))
        root = loader.get_single_node()
        document = loader.construct_document(root) if root else {}
    except (UnicodeDecodeError, yaml.reader.ReaderError) as error:
        raise UserError(f"{path} is not readable as text in UTF-8") from error
    except yaml.MarkedYAMLError as error:
        # Its own text quotes the line, which may hold what should have been a secret.
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        problems = [f"line {line}: {error.problem}"]
        raise UserError(f"{path} is not readable as YAML", problems=problems) from None
    if not isinstance(document, dict):
        raise UserError(f'{path} must hold keys and values, such as "database: …"')
    return _without_blanks(document), dict(_lines(root, ()))


def _without_blanks(value: Any) -> Any:
    """Keys with nothing behind them count as left out."""
    if isinstance(value, dict):
        return {k: _without_blanks(v) for k, v in value.items() if v not in ("", "~", "null")}
    return [_without_blanks(item) for item in value] if isinstance(value, list) else value


def _lines(node: yaml.Node | None, place: Place) -> Iterator[tuple[Place, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*place, key.value), key.start_mark.line + 1
            yield from _lines(value, (*place, key.value))
