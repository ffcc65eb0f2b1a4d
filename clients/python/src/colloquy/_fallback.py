"""Channels without a WebSocket: each follows the event stream of its bot, or where that is blocked too, asks by long polls.

Numbered events alone come this way. Notifications are asked for page by page; background work is not to be had.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING, Any

import httpx

from ._channel import Channel
from ._closes import GOING_AWAY, LOST, NO_ACCESS, UNAUTHENTICATED, Waits
from ._frame import number, session_of
from ._within import within
from .channels import BEYOND, NotificationsChannel, SessionChannel
from .errors import PAGE, ColloquyError, ConnectionFailed, NetworkError, SignedOut

if TYPE_CHECKING:
    from ._link import Link

#: Seconds that the server holds a poll, and what may come on top of it.
HOLD, SLACK = 25, 15.0
#: A stream has a comment every 15 seconds.
SILENCE = 40.0
#: Streams in a row that give nothing, though REST answers, after which polls take their place.
BLOCKED = 2


class Blocked(Exception):
    """Something between here and the server does not let a stream through."""


class Fallback:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._kind = next(name for name in (*link.options.transports, "poll") if name != "websocket")
        self._blocked = 0
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._open: set[str] = set()
        #: By channel the token that its stream was opened with.
        self._used: dict[str, str] = {}
        #: The channels are somebody else's from then on.
        self._stopped = False
        self._failed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def start(self) -> None:
        for channel in list(self._link.channels.values()):
            channel._cut()
            self.follow(channel)

    def follow(self, channel: Channel) -> None:
        self._tasks[channel.name] = asyncio.create_task(self._follow(channel), name=f"colloquy: {channel.name}")

    def leave(self, channel: Channel) -> None:
        task = self._tasks.pop(channel.name, None)
        self._open.discard(channel.name)
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    def stop(self) -> None:
        self._stopped = True
        for task in self._tasks.values():
            if task is not asyncio.current_task():
                task.cancel()

    async def close(self) -> None:
        self.stop()
        tasks = [task for task in self._tasks.values() if task is not asyncio.current_task()]
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._failed.done():
            self._failed.exception()

    async def wait(self, wake: asyncio.Event, seconds: float) -> None:
        """Until it is time, somebody wakes, or everything is over."""
        woken = asyncio.ensure_future(wake.wait())
        either: list[asyncio.Future[Any]] = [woken, self._failed]
        try:
            await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
        if self._failed.done():
            self._failed.result()

    async def _follow(self, channel: Channel) -> None:
        waits = Waits(self._link.options.backoff)
        try:
            while not channel.is_over:
                began = time.monotonic()
                delay = await self._once(channel, waits)
                self._shut(channel)
                if waits.exhausted:
                    raise ConnectionFailed
                if time.monotonic() - began >= self._link.options.backoff.healthy:
                    waits.succeeded()
                if not self._open and not self._stopped and not channel.is_over:
                    self._link._set_state("reconnecting", None, delay)
                await asyncio.sleep(delay)
        except (SignedOut, ConnectionFailed) as error:
            if not self._failed.done():
                self._failed.set_exception(error)
        finally:
            self._shut(channel)

    async def _once(self, channel: Channel, waits: Waits) -> float:
        """Follows until it breaks; says how long to wait."""
        try:
            code = await self._listen(channel)
            if code == UNAUTHENTICATED:
                await self._link.client._keeper.renew(self._used[channel.name], "unauthorized")
        except Blocked:
            self._blocked += 1
            if self._blocked >= BLOCKED and "poll" in self._link.options.transports:
                self._kind = "poll"
                return 0
        except SignedOut:
            raise
        except NetworkError:
            pass
        except ColloquyError as error:
            if error.is_final and error.status in (403, 404):
                self._over(channel, error.code)
            return max(waits.next(), error.retry_after or 0)
        except Exception as error:
            # What could not be dealt with comes once more.
            self._link.client._emitter.report(error, "connection")
        else:
            if code == NO_ACCESS:
                self._over(channel, NO_ACCESS)
                return 0
            if code == GOING_AWAY:
                return waits.spread()
            if code == UNAUTHENTICATED:
                # Once it may be a race.
                delay = waits.next()
                return 0 if waits.failures == 1 else delay
        return waits.next()

    def _over(self, channel: Channel, code: int | str) -> None:
        self._link._let_go(channel, "ended" if channel.greeting is not None or channel.seq is not None else "refused", code)

    def _opened(self, channel: Channel) -> None:
        if channel.name not in self._open:
            self._open.add(channel.name)
            self._link._set_transport(self._kind)
            self._link._set_state("open")
            self._link.client._connected()

    def _shut(self, channel: Channel) -> None:
        if channel.name in self._open and not self._stopped:
            self._open.discard(channel.name)
            channel._cut()

    async def _listen(self, channel: Channel) -> int:
        kind = channel.name.partition(":")[0]
        if kind == "notifications":
            await self._notifications(channel)
        elif kind == "tasks":
            await asyncio.get_running_loop().create_future()
        channel._begin()
        bot_id = await self._place(channel)
        if self._kind == "sse":
            return await self._stream(channel, bot_id)
        return await self._poll(channel, bot_id)

    async def _place(self, channel: Channel) -> str:
        """The bot, and where its stream is, if nothing of it was heard yet: what comes after that is meant."""
        bot_id = await channel.bot_id() if isinstance(channel, SessionChannel) else channel.name.partition(":")[2]
        if channel.seq is None:
            told = await self._link.client.api.list_events(bot_id=bot_id, since=BEYOND, limit=1)
            channel.since(told.seq, told.epoch)
        return bot_id

    async def _stream(self, channel: Channel, bot_id: str) -> int:
        try:
            return await self._read_stream(channel, bot_id)
        except (asyncio.TimeoutError, ValueError, ColloquyError) as error:
            told = isinstance(error, ColloquyError) and not isinstance(error, NetworkError) and error.code != PAGE
            if not told and channel.name not in self._open and await self._link._rest_answers():
                # A server that answers, but not to a stream.
                raise Blocked from error
            if isinstance(error, ColloquyError):
                raise
            return LOST

    async def _read_stream(self, channel: Channel, bot_id: str) -> int:
        rest, patience = self._link.client._rest, self._link.options.open_timeout
        opening = rest.stream(
            "GET",
            f"/bots/{bot_id}/events/stream",
            query=channel._cursor.since(),
            headers={"Accept": "text/event-stream"},
            # How long a silence may be is told below.
            timeout=httpx.Timeout(patience, read=None),
        )
        async with AsyncExitStack() as stack:
            response = await within(patience, stack.enter_async_context(opening))
            self._used[channel.name] = response.request.headers["Authorization"].removeprefix("Bearer ")
            if not response.headers.get("Content-Type", "").startswith("text/event-stream"):
                raise ValueError("not a stream of events")
            pieces = await stack.enter_async_context(aclosing(messages(response.aiter_bytes())))
            while True:
                message = await within(patience, anext(pieces, None))
                if message is None:
                    return LOST
                kind, told, ident = message
                if kind == "end":
                    return int(json.loads(told)["code"])
                self._streamed(channel, kind, told, ident)
                patience = SILENCE

    def _streamed(self, channel: Channel, kind: str, told: str, ident: str) -> None:
        if kind == "comment":
            self._blocked = 0
            channel._resume()
            self._opened(channel)
        elif kind == "replay_complete":
            self._hear(channel, {"type": kind, "data": json.loads(told)})
        else:
            channel._in_epoch(ident.partition(":")[0])
            self._hear(channel, json.loads(told))

    def _hear(self, channel: Channel, raw: dict[str, Any]) -> None:
        kind, _, ident = channel.name.partition(":")
        if kind == "session" and raw["type"] != "replay_complete" and session_of(raw) != ident:
            seq = number(raw)
            if seq is not None:
                channel._cursor.take(seq)
            return
        channel._hear(raw)

    async def _poll(self, channel: Channel, bot_id: str) -> int:
        rest = self._link.client._rest
        channel._resume()
        wait: int | None = None
        while True:
            query = {**channel._cursor.since(), "limit": 100, "wait": wait}
            path = f"/bots/{bot_id}/events"
            told = await rest.json("GET", path, query=query, retries=0, timeout=HOLD + SLACK)
            if wait is None:
                self._opened(channel)
            channel._in_epoch(told["epoch"])
            for raw in told["events"]:
                self._hear(channel, raw)
            full = len(told["events"]) >= 100
            if not full or not told["complete"]:
                data = {"from": None, "to": told["seq"], "complete": told["complete"]}
                channel._hear({"type": "replay_complete", "data": data})
            await channel._loaded()
            wait = HOLD

    async def _notifications(self, channel: Channel) -> None:
        """What is new in the list. It has no numbers here; the channel remembers what it told by this way."""
        assert isinstance(channel, NotificationsChannel)
        channel._begin()
        while True:
            found = await self._link.client.api.list_notifications(limit=50)
            channel._list(found.items)
            self._opened(channel)
            channel._settle_polled()
            await asyncio.sleep(self._link.options.heartbeat.interval)


async def messages(pieces: AsyncIterator[bytes]) -> AsyncGenerator[tuple[str, str, str], None]:
    """Name, data and id of each Server-Sent Event; a comment is one called so. Lines end at line feeds alone: what else
    Python takes for the end of a line may stand in a text."""
    rest, name, ident, data = b"", "", "", list[str]()
    async for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            field, _, value = line.rstrip(b"\r").decode("utf-8", "replace").partition(":")
            value = value.removeprefix(" ")
            if not line.rstrip(b"\r"):
                if data:
                    yield name or "message", "\n".join(data), ident
                name, data = "", []
            elif field == "":
                yield "comment", "", ""
            elif field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif field == "id":
                ident = value
