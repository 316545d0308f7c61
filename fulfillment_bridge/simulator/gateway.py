"""The web address of one org: takes requests in, applies faults, logs, answers."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import signal
import zlib
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote_plus

from fulfillment_bridge.simulator import oauth, soap
from fulfillment_bridge.simulator.call import HTML_TYPE, Answer, Call
from fulfillment_bridge.simulator.fault_answers import answer_of
from fulfillment_bridge.simulator.faults import FaultBook, Rule
from fulfillment_bridge.simulator.locks import held_rows
from fulfillment_bridge.simulator.model import RowLock
from fulfillment_bridge.simulator.request_log import RequestEntry, RequestLog
from fulfillment_bridge.simulator.rest import RestApi
from fulfillment_bridge.simulator.tenant import Tenant

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LONGEST_ADDRESS = 16_384
LARGEST_BODY = 50 * 1024 * 1024
LARGEST_UPLOAD = 150 * 1024 * 1024
FAST_COMPRESSION = 1
# The org itself meets these rules, or its answer does: they give none of their own.
MET_IN_THE_WORK = ("lock_rows", "cut")


class Cut(Exception):
    """The connection is to be cut without an answer, or the caller cut it."""


class CutShort(Exception):
    """The connection is to be cut in the middle of this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("in the middle of an answer")
        self.answer = answer


@dataclass(frozen=True)
class Gateway:
    """An ASGI application. The work itself is done in the pool, never on the event loop."""

    tenant: Tenant
    log: RequestLog
    faults: FaultBook
    pool: Executor
    abort: Callable[[Scope], None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            body = await _read(receive, _most(scope))
        except Cut:
            return
        call = _call(scope, body)
        if refusal := _transport_refusal(scope, call, body):
            await self._send(call, refusal, send)
            return
        entry = self._note(call)
        try:
            answer = await self._answer(call, entry)
        except (Cut, CutShort) as cut:
            if isinstance(cut, CutShort):
                await self._send(call, cut.answer, send, whole=False)
            self.abort(scope)
            # Wait for the loss of the connection, so that nothing is sent after it.
            await receive()
            return
        await self._send(call, answer, send)

    async def _answer(self, call: Call, entry: RequestEntry) -> Answer:
        rules = self.faults.due(entry, call.body)
        before = [rule for rule in rules if rule.when == "before"]
        answer = await self._apply(before, call, entry)
        if answer is None:
            loop = asyncio.get_running_loop()
            locks = [rule.row_lock() for rule in before if rule.action == "lock_rows"]
            answer = await loop.run_in_executor(self.pool, self._work, call, locks)
        entry.calls, entry.operations = answer.charged, answer.operations
        after = [rule for rule in rules if rule.when == "after"]
        answer = await self._apply(after, call, entry) or answer
        if any(rule.action == "cut" for rule in after) and answer.body():
            self.log.finish(entry, status=None, charged=entry.calls, operations=entry.operations)
            raise CutShort(answer)
        self.log.finish(
            entry, status=answer.status, charged=answer.charged, operations=answer.operations
        )
        return answer

    async def _apply(self, rules: list[Rule], call: Call, entry: RequestEntry) -> Answer | None:
        """Do what the rules say; the answer of the last one that gives any."""
        answer = None
        for rule in rules:
            if rule.action == "hold":
                await self._hold(rule)
            elif rule.action == "delay":
                await asyncio.sleep(float(rule.settings.get("seconds", 1)))
            elif rule.action in ("drop_before", "drop_after", "kill"):
                self._cut(rule, entry)
            elif rule.action == "expired_session":
                self._expire_session(call)
            elif rule.action not in MET_IN_THE_WORK:
                answer = answer_of(rule, call)
        return answer

    async def _hold(self, rule: Rule) -> None:
        self.faults.note_held(rule, 1)
        try:
            # Shielded: one request that goes away must not free the others.
            await asyncio.shield(asyncio.wrap_future(rule.released))
        finally:
            self.faults.note_held(rule, -1)

    def _cut(self, rule: Rule, entry: RequestEntry) -> None:
        if rule.action == "kill":
            # One that died by itself has its connection cut all the same.
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(rule.settings["pid"]), signal.SIGKILL)
        self.log.finish(entry, status=None, charged=entry.calls, operations=entry.operations)
        raise Cut

    def _expire_session(self, call: Call) -> None:
        """End the session that the call uses, for everyone who shares it."""
        token = call.bearer or (soap.peek(call).session_id if soap.is_soap(call) else None)
        self.tenant.sessions.close(token or "")

    def _work(self, call: Call, locks: list[RowLock]) -> Answer:
        with held_rows(locks):
            return self._done(call)

    def _done(self, call: Call) -> Answer:
        if soap.is_soap(call):
            return soap.answer(self.tenant, call)
        if oauth.is_oauth(call):
            return oauth.answer(self.tenant, call)
        if call.segments[:2] == ("services", "data"):
            return RestApi(self.tenant).answer(call)
        text = "<html><head><title>Not found</title></head><body>Not found</body></html>"
        return Answer(404, text=text, content_type=HTML_TYPE)

    def _note(self, call: Call) -> RequestEntry:
        seen = self._caller(call)
        path, mark, query = call.target.partition("?")
        if oauth.is_oauth(call):
            mark = query = ""  # tokens may stand there, and belong in no log
        return self.log.begin(
            org=self.tenant.org.name,
            at=self.tenant.org.clock.now().isoformat(),
            user=seen.username,
            method=call.method,
            path=path + mark + unquote_plus(query),
            client=seen.client,
            operation=seen.operation,
        )

    def _caller(self, call: Call) -> soap.Peek:
        """Who calls, by what name and, in SOAP, for what."""
        if not soap.is_soap(call):
            return soap.Peek(username=self.tenant.sessions.owner(call.bearer), client=call.client)
        seen = soap.peek(call)
        if seen.username:
            return seen
        return replace(seen, username=self.tenant.sessions.owner(seen.session_id))

    async def _send(self, call: Call, answer: Answer, send: Send, *, whole: bool = True) -> None:
        body = answer.body()
        headers = {"Date": formatdate(self.tenant.org.clock.now().timestamp(), usegmt=True)}
        headers |= {"Cache-Control": "no-cache,must-revalidate,max-age=0,no-store,private"}
        headers |= answer.headers
        if answer.status not in (204, 304):
            headers["Content-Type"] = answer.content_type
            if body and "gzip" in call.headers.get("accept-encoding", ""):
                body = gzip.compress(body, FAST_COMPRESSION)
                headers["Content-Encoding"] = "gzip"
            headers["Vary"] = "Accept-Encoding"
            headers["Content-Length"] = str(len(body))
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        shown = body if whole else body[: len(body) // 2]
        await send({"type": "http.response.body", "body": shown, "more_body": not whole})


async def _read(receive: Receive, most: int) -> bytes | None:
    """The whole body, None when it is too large; raises Cut when the caller went away."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Cut
        part = message.get("body", b"")
        size += len(part)
        if size <= most:
            parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts) if size <= most else None


def _most(scope: Scope) -> int:
    """The size a body may have: the data of a bulk job may be larger than other requests."""
    is_upload = "/jobs/ingest/" in str(scope["path"])
    return LARGEST_UPLOAD if is_upload else LARGEST_BODY


def _call(scope: Scope, body: bytes | None) -> Call:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    target = scope["raw_path"].decode("latin-1")
    if scope["query_string"]:
        target += "?" + scope["query_string"].decode("latin-1")
    content = body or b""
    if headers.get("content-encoding", "").lower() == "gzip":
        content = _gunzip(content, _most(scope))
    return Call(scope["method"], target, headers, content)


def _gunzip(data: bytes, most: int) -> bytes:
    """The unpacked body; what is broken or too large stays as it came, and parses as nothing."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        content = unpacker.decompress(data, most)
    except zlib.error:
        return data
    return content if unpacker.eof else data


def _transport_refusal(scope: Scope, call: Call, body: bytes | None) -> Answer | None:
    if body is None:
        return _bad_message(413, "Payload Too Large")
    if len(call.target) > LONGEST_ADDRESS:
        return _bad_message(414, "URI Too Long")
    headers = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
    if len(call.target) + headers > LONGEST_ADDRESS:
        return _bad_message(431, "Request Header Fields Too Large")
    return None


def _bad_message(status: int, reason: str) -> Answer:
    text = f"<h1>Bad Message {status}</h1><pre>reason: {reason}</pre>"
    return Answer(status, text=text, content_type="text/html;charset=iso-8859-1")
