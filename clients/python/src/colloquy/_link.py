"""What keeps channels connected: one socket after the other, each following its end as the close table says, and the fall-back
where there can be none. What a frame means to a channel is the channel's matter.

The loop is here. What is said on a socket, for one channel or for many, is `_links`' matter.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from ._channel import Channel, Page, pages
from ._closes import LOST, NO_ACCESS, NORMAL, UNAUTHENTICATED, Then, Waits, after
from ._fallback import Fallback
from ._socket import End, Socket, ask
from ._within import passed
from .errors import ColloquyError, ConnectionFailed, NetworkError, SignedOut
from .models import HistoryView

if TYPE_CHECKING:
    from .client import Colloquy

#: Attempts without a greeting, while REST answers, after which WebSockets count as blocked.
BLOCKED = 2
#: Fresh tokens in a row that are refused: once may be a race, twice is an answer.
REFUSED = 2
#: Of connections that end sooner than this so many in a row are followed by the next at once, whatever they ended with.
BRIEF, BRIEFLY = 1.0, 3


class Link:
    def __init__(self, client: Colloquy) -> None:
        self.client = client
        self.options = client.options
        self.channels: dict[str, Channel] = {}
        self.state = "closed"
        self.transport: str | None = None
        self.failed: ColloquyError | None = None
        self.socket: Socket | None = None
        self.waits = Waits(client.options.backoff)
        self._fallback: Fallback | None = None
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._works: set[asyncio.Task[None]] = set()
        #: The token that was refused, and how many new ones after it.
        self._stale: str | None = None
        self._refused = 0
        self._blocked = 0
        self._brief = 0
        self._opened = False
        #: The socket was closed from here, to begin anew.
        self._replaced = False
        self._over = False
        self._ids = itertools.count(1)

    # What the client asks.

    def join(self, channel: Channel) -> None:
        self.channels[channel.name] = channel
        channel._link = self
        if self._task is None:
            self.start()
        else:
            self._joined(channel)

    def leave(self, channel: Channel) -> None:
        if self.channels.pop(channel.name, None) is None:
            return
        self._gone(channel)
        if not self.channels:
            self.stop()

    def start(self) -> None:
        self.failed, self._over = None, False
        self.waits.succeeded()
        self._task = asyncio.create_task(self._run(), name="colloquy: connection")

    def stop(self) -> None:
        """Asks it to end; `wait` waits until it has."""
        self._over = True
        self._wake.set()
        if self.socket is not None and self.socket.is_open:
            self.socket.close()
        elif self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
        if self._fallback is not None:
            self._fallback.stop()

    async def restart(self) -> None:
        """With another token; for another person from where the streams are now."""
        task = self._task
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self._cut(End(LOST))
        self._stale, self._refused = None, 0
        self.start()

    def drop(self) -> None:
        """The credential is gone: the socket is given up now, whatever the server says."""
        if self._task is not None:
            self._task.cancel()
            self._fail(SignedOut())

    async def wait(self) -> None:
        task = self._task
        if task is None:
            return
        # Time for a goodbye.
        await asyncio.wait([task], timeout=3)
        task.cancel()
        await asyncio.gather(task, *self._works, return_exceptions=True)

    def reconnect(self) -> None:
        """At once, without waiting for the time that was meant."""
        self._wake.set()
        if self._task is None and self.channels and not isinstance(self.failed, SignedOut):
            self.start()

    # The loop.

    async def _run(self) -> None:
        try:
            while not self._over:
                if "websocket" in self.options.transports and not self._is_blocked():
                    await self._once()
                else:
                    await self._fall_back()
        except ColloquyError as error:
            self._fail(error)
        except Exception as error:
            self.client._emitter.report(error, "connection")
            self._fail(ColloquyError(0, "internal", "the connection failed"))
        finally:
            self._task = None
            for work in self._works:
                work.cancel()
            self._set_transport(None)
            self._set_state("closed")

    def _is_blocked(self) -> bool:
        return self._blocked >= BLOCKED and self._can_fall_back()

    async def _once(self) -> None:
        """One attempt, and what comes after it."""
        self._wake.clear()
        self._set_state("reconnecting" if self._opened or self.waits.failures else "connecting")
        token = await self._token()
        if token is None or self._over:
            return
        end = await self._attempt(token)
        if not self._over:
            await self._follow(end, token)

    async def _token(self) -> str | None:
        keeper = self.client._keeper
        try:
            return await (keeper.token() if self._stale is None else keeper.renew(self._stale, "unauthorized"))
        except SignedOut:
            raise
        except ColloquyError as error:
            if error.is_final:
                raise
            await self._pause(max(self._next(), error.retry_after or 0), None)
            return None

    async def _attempt(self, token: str) -> End:
        self.socket = Socket(self, self.client._rest.url + self.path(), token, self.client._keeper, self.options)
        try:
            return await self.socket.run()
        except ColloquyError:
            raise
        except Exception as error:
            # What could not be dealt with comes once more, by a new connection.
            self.client._emitter.report(error, "connection")
            return End(LOST, "failed")
        finally:
            self.socket = None

    async def _follow(self, end: End, token: str) -> None:
        """As the close table says."""
        then = Then.AT_ONCE if end.code == NORMAL and self._replaced else after(end.code)
        self._replaced = False
        self._cut(end)
        if end.greeted:
            self._brief = self._brief + 1 if end.lasted < BRIEF else 0
            self._refused, self._stale = 0, None
            if end.lasted >= self.options.backoff.healthy:
                self.waits.succeeded()
        if then is Then.NEW_TOKEN:
            await self._new_token(end, token)
        elif then is Then.STOP:
            self._stopped(end)
        elif then is Then.LONG:
            await self._pause(self.waits.long(), end)
        elif then is Then.SPREAD:
            await self._pause(self.waits.spread(), end)
        elif then is Then.AT_ONCE and (self._brief < BRIEFLY or end.code == NORMAL):
            self._set_state("reconnecting", end)
        else:
            await self._back_off(end)

    async def _back_off(self, end: End) -> None:
        if end.code == LOST and not end.greeted and self._can_fall_back():
            self._blocked = self._blocked + 1 if await self._rest_answers() else 0
            if self._is_blocked():
                return
        await self._pause(self._next(), end)

    def _can_fall_back(self) -> bool:
        return len(self.options.transports) > 1

    async def _rest_answers(self) -> bool:
        """Whether it is the network, or WebSockets alone."""
        try:
            await self.client._rest.json("GET", "/auth/me", retries=0, timeout=self.options.open_timeout)
        except NetworkError:
            return False
        except ColloquyError as error:
            return error.status < 500 and not isinstance(error, SignedOut)
        return True

    async def _new_token(self, end: End, token: str) -> None:
        """It is asked for by the next attempt, and as often as the network wants."""
        if self._stale is not None:
            self._refused += 1
            if self._refused >= REFUSED:
                self.client._keeper.end("refused")
                raise SignedOut
        self._stale = token
        self._set_state("reconnecting", end)
        if end.greeted and self._brief >= BRIEFLY:
            await self._pause(self._next(), end)

    def _stopped(self, end: End) -> None:
        """4003: there is nothing to be had here."""
        for channel in list(self.channels.values()):
            self._let_go(channel, "ended" if channel.greeting is not None else "refused", end.code)

    def _next(self) -> float:
        if self.waits.exhausted:
            raise ConnectionFailed
        return self.waits.next()

    async def _pause(self, delay: float, end: End | None) -> None:
        self._set_state("reconnecting", end, delay)
        await passed(delay, self._wake)

    def _cut(self, end: End) -> None:
        code = end.code if end.code != NO_ACCESS else None
        for channel in self.channels.values():
            channel._cut(code)
        self.client._measured(None)

    def _fail(self, error: ColloquyError) -> None:
        self.failed = error
        for channel in list(self.channels.values()):
            channel._cut(UNAUTHENTICATED if isinstance(error, SignedOut) else None)
            channel._finish(error)

    # The fall-back.

    async def _fall_back(self) -> None:
        """Until a WebSocket can be opened again, if they are wanted at all."""
        self._set_state("reconnecting" if self._opened or self.waits.failures else "connecting")
        self._fallback = Fallback(self)
        try:
            self._fallback.start()
            while not self._over and self._fallback is not None:
                self._wake.clear()
                await self._fallback.wait(self._wake, self.options.upgrade_again)
                if self._over or "websocket" not in self.options.transports:
                    continue
                token = await self._token()
                if token is None:
                    continue
                end = await self._attempt(token)
                if end.greeted and not self._over:
                    await self._follow(end, token)
        finally:
            fallback, self._fallback = self._fallback, None
            if fallback is not None:
                await fallback.close()

    def _upgraded(self) -> None:
        """A socket was greeted: from here on the channels are its."""
        self._blocked = 0
        fallback, self._fallback = self._fallback, None
        if fallback is not None:
            fallback.stop()
            self.work(fallback.close())

    # What a socket tells.

    def greeted(self, socket: Socket, raw: dict[str, Any]) -> None:
        if socket is not self.socket or self._over:
            return
        self._upgraded()
        self._opened = True
        self._set_transport("websocket")
        self._set_state("open")
        self._begin(raw)
        self.client._connected(raw["data"].get("user_id"))

    def hear(self, socket: Socket, raw: dict[str, Any]) -> None:
        if socket is self.socket and not self._over:
            self._heard(raw)

    def measured(self, latency: float) -> None:
        self.client._measured(latency)

    def _set_state(self, state: str, end: End | None = None, retry_in: float | None = None) -> None:
        self.state = state
        self.client._state_of(self, end, retry_in)

    def _set_transport(self, transport: str | None) -> None:
        if transport != self.transport:
            self.transport = transport
            self.client._transport_changed()

    def _let_go(self, channel: Channel, state: str, code: int | str | None) -> None:
        self.channels.pop(channel.name, None)
        channel._end(state, code)
        self.client._ended(channel)
        if not self.channels:
            self.stop()

    def work(self, work: Coroutine[Any, Any, None]) -> None:
        """Beside the loop, and not longer than it."""
        task = asyncio.ensure_future(work)
        self._works.add(task)
        task.add_done_callback(self._works.discard)

    async def history(self, channel: Channel, since: int, epoch: str | None, limit: int) -> Page:
        """By a socket of its own: what a page is asked for by is not to hold up what is live."""
        data: dict[str, Any] = {"channel": channel.name, "since": since, "limit": limit}
        if epoch is not None:
            data["epoch"] = epoch
        question = {"type": "request_history", "id": "history", "data": data}
        token = await self.client._keeper.token()
        try:
            raw = await ask(self.client._rest.url + "/api/ws", token, self.options, question)
        except Exception as error:
            raise NetworkError(f"no answer: {type(error).__name__}") from error
        if raw["type"] == "error":
            final = raw["code"] in ("not_found", "access_denied", "invalid_message")
            raise ColloquyError(404 if final else 503, raw["code"], raw["message"])
        told = raw["data"]
        return pages(HistoryView(events=told["events"], seq=told["seq"], epoch=told["epoch"], complete=told["complete"]))

    # What the kinds differ in.

    def path(self) -> str:
        raise NotImplementedError

    def again(self, channel: Channel) -> None:
        """Subscribes anew from the cursor; what comes by the old subscription is not heard any more."""
        raise NotImplementedError

    def say(self, channel: Channel, raw: dict[str, Any]) -> bool:
        raise NotImplementedError

    def _joined(self, channel: Channel) -> None:
        """A channel more, while the loop runs."""
        if self._fallback is not None:
            self._fallback.follow(channel)

    def _gone(self, channel: Channel) -> None:
        if self._fallback is not None:
            self._fallback.leave(channel)

    def _begin(self, raw: dict[str, Any]) -> None:
        raise NotImplementedError

    def _heard(self, raw: dict[str, Any]) -> None:
        raise NotImplementedError
