"""Modules that are loaded when something of them is first used, so that commands start quickly."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Later:
    """Stands for a module of ours until it is needed.

    A file names it beside the real import, which only the type checker reads::

        if TYPE_CHECKING:
            from fulfillment_bridge.actions import pause as actions
        else:
            actions = Later("actions.pause")
    """

    def __init__(self, module: str) -> None:
        self._module = f"fulfillment_bridge.{module}"

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._module), name)
