"""The control address: what tests and demos do to the simulated orgs from outside.

It is plain HTTP with JSON, on loopback only, and has an event loop's whole attention while
requests to the orgs are held; whatever may take long is done in threads of its own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fulfillment_bridge.simulator import adjustments, oauth_control
from fulfillment_bridge.simulator.adjustments import BadAdjustment
from fulfillment_bridge.simulator.descriptions import BadDescription, load_description
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.faults import BadRule
from fulfillment_bridge.simulator.request_log import RequestFilter
from fulfillment_bridge.simulator.simulation import OpenOrg, Simulation

WAITERS = 32
LONGEST_WAIT = 300.0

T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]


class NoSuchThing(Exception):
    """The address names an org, a user or a rule that is not there."""


def control_application(simulation: Simulation) -> Starlette:
    """The application behind the control address."""
    control = _Control(simulation)
    return Starlette(
        routes=[
            Route("/requests", control.requests, methods=["GET"]),
            Route("/requests", control.forget_requests, methods=["DELETE"]),
            Route("/requests/wait", control.wait_for_requests, methods=["GET"]),
            Route("/usage", control.usage, methods=["GET"]),
            Route("/clock", control.clock, methods=["GET"]),
            Route("/clock", control.set_clock, methods=["POST"]),
            Route("/orgs", control.orgs, methods=["GET"]),
            Route("/orgs", control.open_org, methods=["POST"]),
            Route("/orgs/{name}", control.close_org, methods=["DELETE"]),
            Route("/orgs/{name}/settings", control.settings, methods=["GET"]),
            Route("/orgs/{name}/settings", control.change_settings, methods=["POST"]),
            Route("/orgs/{name}/users/{username}", control.change_user, methods=["POST"]),
            Route("/orgs/{name}/consumers", control.consumers, methods=["GET"]),
            Route("/orgs/{name}/consumers", control.change_consumer, methods=["POST"]),
            Route("/orgs/{name}/sessions/expire", control.expire_sessions, methods=["POST"]),
            Route("/orgs/{name}/locators/expire", control.expire_locators, methods=["POST"]),
            Route("/orgs/{name}/records", control.put_records, methods=["POST"]),
            Route("/rules", control.rules, methods=["GET"]),
            Route("/rules", control.add_rule, methods=["POST"]),
            Route("/rules", control.remove_rules, methods=["DELETE"]),
            Route("/rules/{rule_id:int}", control.rule, methods=["GET"]),
            Route("/rules/{rule_id:int}", control.remove_rule, methods=["DELETE"]),
            Route("/rules/{rule_id:int}/release", control.release_rule, methods=["POST"]),
            Route("/rules/{rule_id:int}/wait", control.wait_for_rule, methods=["GET"]),
        ],
        exception_handlers={
            NoSuchThing: _refuse(404),
            BadAdjustment: _refuse(400),
            BadDescription: _refuse(400),
            BadRule: _refuse(400),
            SalesforceError: _refuse(400),
            ValueError: _refuse(400),
        },
    )


def _refuse(status: int) -> Callable[[Request, Exception], Response]:
    def answer(request: Request, error: Exception) -> Response:
        return JSONResponse({"error": str(error)}, status)

    return answer


class _Control:
    """One method per address and HTTP method."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._threads = ThreadPoolExecutor(WAITERS, thread_name_prefix="control")

    async def requests(self, request: Request) -> Response:
        """The request log, filtered."""
        entries = self._simulation.log.entries(RequestFilter.from_query(request.query_params))
        return JSONResponse([entry.as_json() for entry in entries])

    async def forget_requests(self, request: Request) -> Response:
        """Empty the request log."""
        self._simulation.log.clear()
        return Response(status_code=204)

    async def wait_for_requests(self, request: Request) -> Response:
        """Answer when `count` matching requests arrived, or after `timeout` seconds."""
        query = request.query_params
        count = int(query.get("count", "1"))
        seen = await self._in_thread(
            lambda: self._simulation.log.wait(
                RequestFilter.from_query(query),
                count=count,
                timeout=_timeout(request),
                answered=query.get("answered", "").lower() in ("1", "true"),
            )
        )
        entries = [entry.as_json() for entry in seen]
        return JSONResponse({"reached": len(seen) >= count, "requests": entries})

    async def usage(self, request: Request) -> Response:
        """The charged calls, in all and by client."""
        query = request.query_params
        return JSONResponse(
            self._simulation.log.usage(org=query.get("org"), user=query.get("user"))
        )

    async def clock(self, request: Request) -> Response:
        """The simulated time."""
        clock = self._simulation.clock
        return JSONResponse({"now": clock.now().isoformat(), "frozen": clock.is_frozen})

    async def set_clock(self, request: Request) -> Response:
        """Advance, set, freeze or unfreeze the time, in this order."""
        body = await _body(request)
        clock = self._simulation.clock
        if "set" in body:
            clock.set(datetime.fromisoformat(str(body["set"])))
        if "advance_seconds" in body:
            clock.advance(float(body["advance_seconds"]))
        if "freeze" in body:
            clock.freeze() if body["freeze"] else clock.unfreeze()
        return await self.clock(request)

    async def orgs(self, request: Request) -> Response:
        """Every org as in the ready line."""
        return JSONResponse([opened.endpoint() for opened in self._simulation.orgs.values()])

    async def open_org(self, request: Request) -> Response:
        """Open an org from a description, or a shipped one when only a name is given."""
        body = await _body(request)
        if set(body) == {"name"}:
            body = await self._in_thread(lambda: load_description(str(body["name"])))
        opened = await self._simulation.open_org(body)
        return JSONResponse(opened.endpoint(), 201)

    async def close_org(self, request: Request) -> Response:
        """Close an org."""
        if not await self._simulation.close_org(self._name(request)):
            raise NoSuchThing("there is no such org")
        return Response(status_code=204)

    async def settings(self, request: Request) -> Response:
        """The settings of an org."""
        return JSONResponse(adjustments.settings_of(self._org(request).tenant))

    async def change_settings(self, request: Request) -> Response:
        """Change settings of an org; all of them afterwards."""
        tenant = self._org(request).tenant
        adjustments.change_settings(tenant, await _body(request))
        return JSONResponse(adjustments.settings_of(tenant))

    async def change_user(self, request: Request) -> Response:
        """Change what a user may do, or the user's password or token."""
        tenant = self._org(request).tenant
        user = tenant.org.users.get(request.path_params["username"].lower())
        if user is None:
            raise NoSuchThing("there is no such user")
        adjustments.change_user(tenant, user, await _body(request))
        return JSONResponse(adjustments.user_as_json(user))

    async def consumers(self, request: Request) -> Response:
        """The applications that may ask for tokens, without their secrets."""
        return JSONResponse(oauth_control.consumers_of(self._org(request).tenant))

    async def change_consumer(self, request: Request) -> Response:
        """Change an application, or add one: its certificate, flows, approvals."""
        tenant = self._org(request).tenant
        consumer = oauth_control.change_consumer(tenant, await _body(request))
        return JSONResponse(oauth_control.consumer_as_json(consumer))

    async def expire_sessions(self, request: Request) -> Response:
        """End the sessions of one `user`, or of all."""
        body = await _body(request)
        count = self._org(request).tenant.sessions.expire(body.get("user"))
        return JSONResponse({"expired": count})

    async def expire_locators(self, request: Request) -> Response:
        """Invalidate every open query locator."""
        return JSONResponse({"expired": self._org(request).tenant.locators.forget_all()})

    async def put_records(self, request: Request) -> Response:
        """Insert or change records past all rules, with a stamp if one is given."""
        tenant = self._org(request).tenant
        body = await _body(request)
        ids = await self._in_thread(lambda: adjustments.put_records(tenant, body))
        return JSONResponse({"ids": ids})

    async def rules(self, request: Request) -> Response:
        """The fault rules with their counts."""
        return JSONResponse([rule.as_json() for rule in self._simulation.faults.all()])

    async def add_rule(self, request: Request) -> Response:
        """Put a fault rule in force."""
        rule = self._simulation.faults.add(await _body(request))
        return JSONResponse(rule.as_json(), 201)

    async def remove_rules(self, request: Request) -> Response:
        """Take all fault rules out of force."""
        self._simulation.faults.remove()
        return Response(status_code=204)

    async def rule(self, request: Request) -> Response:
        """One fault rule with its counts."""
        rule = self._simulation.faults.find(request.path_params["rule_id"])
        if rule is None:
            raise NoSuchThing("there is no such rule")
        return JSONResponse(rule.as_json())

    async def remove_rule(self, request: Request) -> Response:
        """Take one fault rule out of force."""
        self._simulation.faults.remove([request.path_params["rule_id"]])
        return Response(status_code=204)

    async def release_rule(self, request: Request) -> Response:
        """Let go what a rule holds."""
        rule = self._simulation.faults.find(request.path_params["rule_id"])
        if rule is None:
            raise NoSuchThing("there is no such rule")
        rule.release()
        return JSONResponse(rule.as_json())

    async def wait_for_rule(self, request: Request) -> Response:
        """Answer when a rule struck `hits` times, or after `timeout` seconds."""
        rule_id = request.path_params["rule_id"]
        hits, timeout = int(request.query_params.get("hits", "1")), _timeout(request)
        rule = await self._in_thread(
            lambda: self._simulation.faults.wait(rule_id, hits=hits, timeout=timeout)
        )
        if rule is None:
            raise NoSuchThing("there is no such rule")
        return JSONResponse({"reached": rule.hits >= hits, **rule.as_json()})

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _name(self, request: Request) -> str:
        return str(request.path_params["name"])

    def _org(self, request: Request) -> OpenOrg:
        opened = self._simulation.orgs.get(self._name(request))
        if opened is None:
            raise NoSuchThing("there is no such org")
        return opened


async def _body(request: Request) -> dict[str, Any]:
    content = await request.body()
    try:
        body = json.loads(content or b"{}")
    except ValueError:
        raise BadAdjustment("the body is no JSON") from None
    if not isinstance(body, dict):
        raise BadAdjustment("the body must be a JSON object")
    return body


def _timeout(request: Request) -> float:
    return min(float(request.query_params.get("timeout", "10")), LONGEST_WAIT)
