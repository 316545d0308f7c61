"""A folder warehouse with a desk: requests lie there as files until its people answer them."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fulfillment_bridge.warehouses.base import RequestAnswer, WarehouseRequest
from fulfillment_bridge.warehouses.csv_drop import CsvDropWarehouse
from tests.faults.clocks import START

DESK = "desk"


class DeskWarehouse(CsvDropWarehouse):
    """``csv_drop`` that also takes requests to cancel or to change an order."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.capabilities = replace(self.capabilities, can_cancel=True, can_change=True)

    def ask(self, request: WarehouseRequest) -> RequestAnswer:
        """Lay the request on the desk, once, and look for its answer."""
        asked = self._root / DESK / f"{quote(request.key, safe='')}.request"
        answer = asked.with_suffix(".answer")
        if answer.exists():
            return RequestAnswer(**json.loads(answer.read_text()))
        if not asked.exists():
            write_whole(asked, json.dumps(self._as_asked(request)))
        return RequestAnswer("asked", "it lies on the desk")

    def _as_asked(self, request: WarehouseRequest) -> dict[str, str]:
        order = "" if request.order is None else self._order_file(request)
        return {"code": request.merchant_code, "reference": request.reference, "order": order}

    def _order_file(self, request: WarehouseRequest) -> str:
        assert request.order is not None
        return self.prepare(request.order, created_at=START).body.decode()


def write_whole(path: Path, text: str) -> None:
    """There at once, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f"{path.name}.tmp")
    written.write_text(text)
    os.replace(written, path)
