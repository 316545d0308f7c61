"""A warehouse that can be asked to cancel or change what it has; it takes orders as files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from fulfillment_bridge.errors import Retry
from fulfillment_bridge.warehouses.base import RequestAnswer, Warehouse, WarehouseRequest

Mood = Literal["yes", "thinking", "no", "lost"]


class AskableWarehouse:
    """Hands orders to ``files``; requests are answered as its ``mood`` is.

    ``lost`` decides, and the answer never comes back.
    """

    def __init__(self, files: Warehouse, mood: Mood = "yes") -> None:
        self._files = files
        self.mood = mood
        self.decided: dict[str, RequestAnswer] = {}
        self.asked: list[WarehouseRequest] = []
        self.capabilities = replace(files.capabilities, can_cancel=True, can_change=True)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)

    def ask(self, request: WarehouseRequest) -> RequestAnswer:
        """Decide once for each key; the same key later is told the same."""
        self.asked.append(request)
        if request.key in self.decided:
            return self.decided[request.key]
        if self.mood == "thinking":
            return RequestAnswer("asked", "somebody looks for it")
        answer = RequestAnswer("refused", "it is on the truck")
        if self.mood != "no":
            answer = RequestAnswer("accepted")
        self.decided[request.key] = answer
        if self.mood == "lost":
            raise Retry("the line went dead")
        return answer
