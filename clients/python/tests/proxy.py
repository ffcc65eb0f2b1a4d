"""A line between a client and the server that a test can break, by rules over requests. One connection carries one request."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from types import TracebackType
from urllib.parse import urlsplit


class Held:
    """Requests that a rule holds up, until they are let go."""

    def __init__(self) -> None:
        self.came = asyncio.Event()
        self._free = asyncio.Event()

    def release(self) -> None:
        self._free.set()

    async def wait(self) -> None:
        self.came.set()
        await self._free.wait()


class Rule:
    def __init__(self, pattern: str, status: int | None, before: Held | None, after: Held | None) -> None:
        self.pattern = re.compile(pattern)
        self.status = status
        self.before = before
        self.after = after


class Proxy:
    """`requests` are "METHOD /path", in the order in which they came. Rules match them, the newest first."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._rules: list[Rule] = []
        self._news = asyncio.Event()
        self.requests: list[str] = []
        self.url = ""

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    # What a test does to it. What a rule gives takes the rule back.

    def refuse(self, pattern: str, status: int) -> Callable[[], None]:
        """As something does that is not the server: with a page of its own."""
        return self._rule(Rule(pattern, status, None, None))

    def hold(self, pattern: str, status: int | None = None) -> Held:
        """Requests do not get through; with a status, they are refused when they are let go."""
        held = Held()
        self._rule(Rule(pattern, status, held, None))
        return held

    def hold_answers(self, pattern: str) -> Held:
        """Requests get through, their answers do not."""
        held = Held()
        self._rule(Rule(pattern, None, None, held))
        return held

    def cut(self) -> None:
        """Every connection there is."""
        for task in self._tasks:
            task.cancel()

    def heal(self) -> None:
        self._rules.clear()

    def count(self, pattern: str) -> int:
        return sum(re.search(pattern, request) is not None for request in self.requests)

    async def requested(self, pattern: str, times: int = 1) -> None:
        """Until so many of such requests have come."""
        while self.count(pattern) < times:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 15)

    def _rule(self, rule: Rule) -> Callable[[], None]:
        self._rules.insert(0, rule)
        return lambda: self._rules.remove(rule)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: writer.transport.abort())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self._pass(reader, writer)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        request = head.split(b"?" if b"?" in head.partition(b"\r\n")[0] else b" HTTP/", 1)[0].decode()
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        body = await reader.readexactly(int(length[1])) if length else b""
        self.requests.append(request)
        self._news.set()
        rule = next((rule for rule in self._rules if rule.pattern.search(request)), None)
        if rule is not None and rule.before is not None:
            await rule.before.wait()
        if rule is not None and rule.status is not None:
            page = b"<html>not here</html>"
            answer = f"HTTP/1.1 {rule.status} Refused\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n"
            writer.write(answer.encode() + b"Connection: close\r\n\r\n" + page)
            await writer.drain()
            writer.write_eof()
            await reader.read()
            return
        if not re.search(rb"(?i)\r\nupgrade:", head):
            head = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", head)[:-2] + b"Connection: close\r\n\r\n"
        await self._forward(head + body, rule.after if rule is not None else None, reader, writer)

    async def _forward(self, sent: bytes, after: Held | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        up = asyncio.create_task(copy(reader, back))
        try:
            back.write(sent)
            first = await there.read(65536)
            if after is not None:
                await after.wait()
            writer.write(first)
            await copy(there, writer)
        finally:
            back.transport.abort()
            up.cancel()
            await asyncio.gather(up, return_exceptions=True)


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
        await writer.drain()
    writer.write_eof()
