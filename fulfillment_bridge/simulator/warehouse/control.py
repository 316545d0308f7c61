"""The control address of the simulated warehouse: JSON over plain http on loopback.

POST /tick            one round now; answers counts by merchant when it is done
POST /correct         {"merchant"?, "reference"?}: a shipment gets a new tracking number
POST /publish-stock   a stock file for each merchant
POST /stock           {"merchant": "ACME", "on_hand": {"MUG-1": "12"}}: count anew
GET|POST /settings    how it behaves (see Settings)
GET  /ledger          all it knows: orders, packages, levels, files set aside
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any

from fulfillment_bridge.simulator.warehouse.building import SimulatedWarehouse

Action = Callable[[SimulatedWarehouse, dict[str, Any]], Any]
LARGEST_BODY = 1_000_000


class ControlServer:
    """Serves the control address in a thread, from entering to leaving the with block."""

    def __init__(self, warehouse: SimulatedWarehouse, *, port: int = 0) -> None:
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.warehouse = warehouse
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> ControlServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    warehouse: SimulatedWarehouse


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in one write: two would wait for the other side's delayed ACK.
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        self._answer("GET", {})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            return self._send(413, {"error": f"more than {LARGEST_BODY} bytes"})
        try:
            body = json.loads(self.rfile.read(length) or b"{}")
        except ValueError as error:
            return self._send(400, {"error": f"not JSON: {error}"})
        if not isinstance(body, dict):
            return self._send(400, {"error": "not a JSON object"})
        self._answer("POST", body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the ledger is the log."""

    def _answer(self, method: str, body: dict[str, Any]) -> None:
        action = ACTIONS.get((method, self.path))
        if action is None:
            return self._send(404, {"error": f"no {method} {self.path}"})
        try:
            status, answer = 200, action(self.server.warehouse, body)
        except (ValueError, KeyError, TypeError, InvalidOperation) as error:
            status, answer = 400, {"error": f"{type(error).__name__}: {error}"}
        self._send(status, answer)

    def _send(self, status: int, answer: Any) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _set_stock(warehouse: SimulatedWarehouse, body: dict[str, Any]) -> dict[str, bool]:
    on_hand = {sku: Decimal(str(quantity)) for sku, quantity in body["on_hand"].items()}
    warehouse.set_stock(body["merchant"], on_hand)
    return {"done": True}


ACTIONS: dict[tuple[str, str], Action] = {
    ("POST", "/tick"): lambda warehouse, _: warehouse.tick(),
    ("POST", "/correct"): lambda warehouse, body: warehouse.correct(**body),
    ("POST", "/publish-stock"): lambda warehouse, _: warehouse.publish_stock(),
    ("POST", "/stock"): _set_stock,
    ("POST", "/settings"): lambda warehouse, body: warehouse.configure(body),
    ("GET", "/settings"): lambda warehouse, _: warehouse.configure({}),
    ("GET", "/ledger"): lambda warehouse, _: warehouse.ledger(),
}
