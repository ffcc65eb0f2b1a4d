"""One WebSocket, from opening to its end: its first frame, what comes and goes, the heartbeat, and the renewal of its token.

What its frames mean, and what comes after its end, is the link's matter. The library's own pings are off: the JSON ping shows
more, since it passes through the whole server, and the pings of the server are answered by the library.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from ._closes import LOST, NORMAL
from ._decode import moment
from ._rest import AGENT
from ._tokens import Keeper, lifespan
from ._within import within
from .errors import ColloquyError, SignedOut
from .options import Options

#: Of our own frames; the server takes 20 a second, and 40 at once.
PER_SECOND, BURST = 15.0, 30.0
#: Frames that wait to be sent. Signals beyond are given up.
OUTGOING = 256
#: Seconds that a token is taken to hold of which nothing is known but that it holds.
UNKNOWN = 60.0
#: Seconds by which clocks that agree may differ.
AGREED = 2.0
#: The largest frame taken: a page of history, or one message with all its citations.
LARGEST = 16 * 1024 * 1024

# At its debug level the library writes headers, and with them the token.
quiet = logging.getLogger("colloquy.websocket")
quiet.setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class End:
    code: int
    reason: str = ""
    greeted: bool = False
    lasted: float = 0.0


class Hearer(Protocol):
    def greeted(self, socket: Socket, raw: dict[str, Any]) -> None: ...
    def hear(self, socket: Socket, raw: dict[str, Any]) -> None: ...
    def measured(self, latency: float) -> None: ...


async def first_done(*works: Coroutine[Any, Any, None]) -> None:
    """Runs them side by side until one ends, then ends the others. What it raised is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


class Opening(connect):
    """Redirects are not followed, nor are they for REST: a token goes nowhere but to the address it was meant for."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


def opening(url: str, token: str, options: Options) -> Opening:
    secure: dict[str, Any] = {"ssl": options.ssl} if options.ssl is not None and url.startswith("https") else {}
    return Opening(
        "ws" + url.removeprefix("http"),
        additional_headers={"Authorization": f"Bearer {token}"},
        subprotocols=[Subprotocol("colloquy.v1")],
        user_agent_header=AGENT,
        compression=None,
        open_timeout=options.open_timeout,
        ping_interval=None,
        close_timeout=2,
        max_size=LARGEST,
        proxy=True if options.trust_env else None,
        logger=quiet,
        **secure,
    )


async def parsed(connection: ClientConnection) -> dict[str, Any]:
    """The next frame that is an object with a type; others there are none."""
    while True:
        text = await connection.recv()
        try:
            raw = json.loads(text)
        except ValueError:
            continue
        if isinstance(raw, dict) and isinstance(raw.get("type"), str):
            return raw


class Socket:
    def __init__(self, hearer: Hearer, url: str, token: str, keeper: Keeper, options: Options) -> None:
        self._hearer = hearer
        self._url = url
        self._token = token
        self._keeper = keeper
        self._options = options
        self._outgoing: deque[dict[str, Any]] = deque()
        self._news = asyncio.Event()
        self._renewed = asyncio.Event()
        #: By the steady clock, when the token that this socket has ends; None: nobody knows.
        self._ends: float | None = None
        self._heard = 0.0
        self._pings: dict[str, float] = {}
        self._connection: ClientConnection | None = None
        self._greeted = False
        self._was = False
        self.closing = False

    @property
    def is_open(self) -> bool:
        return self._greeted

    def send(self, raw: dict[str, Any], always: bool = False) -> bool:
        """False: it cannot be sent just now. `always` is for what must not be given up for others that wait."""
        if not self._greeted or self.closing or (len(self._outgoing) >= OUTGOING and not always):
            return False
        self._outgoing.append(raw)
        self._news.set()
        return True

    def close(self) -> None:
        """Asks it to end."""
        self.closing = True
        self._news.set()

    async def run(self) -> End:
        began = time.monotonic()
        try:
            connection = await opening(self._url, self._token, self._options)
        except (OSError, asyncio.TimeoutError, WebSocketException, EOFError) as error:
            return End(LOST, f"not opened: {type(error).__name__}")
        self._connection = connection
        end = End(LOST)
        try:
            await self._live(connection)
            end = End(NORMAL)
        except ConnectionClosed as closed:
            code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd is not None else (LOST, "")
            end = End(code, reason)
        except (asyncio.TimeoutError, OSError):
            end = End(LOST, "nothing came")
        finally:
            await self._finish(connection)
        return End(end.code, end.reason, self._was, time.monotonic() - began)

    async def _finish(self, connection: ClientConnection) -> None:
        """A goodbye if it was asked for; who does not answer any more is left at once, without waiting."""
        self._greeted, self._was = False, self._greeted
        try:
            if self.closing and self._was:
                await connection.close()
        finally:
            connection.transport.abort()

    async def _live(self, connection: ClientConnection) -> None:
        raw = await within(self._options.open_timeout, parsed(connection))
        self._greeted = True
        self._heard = time.monotonic()
        self._expires(raw)
        self._hearer.greeted(self, raw)
        await first_done(self._read(connection), self._write(connection), self._beat(connection), self._renew(connection))

    async def _read(self, connection: ClientConnection) -> None:
        while True:
            raw = await parsed(connection)
            self._heard = time.monotonic()
            if raw["type"] == "pong":
                self._ponged(raw)
            elif raw["type"] == "authenticated":
                self._expires(raw)
                self._renewed.set()
            self._hearer.hear(self, raw)

    async def _write(self, connection: ClientConnection) -> None:
        """Not faster than the server takes."""
        tokens, at = BURST, time.monotonic()
        while not self.closing:
            if not self._outgoing:
                self._news.clear()
                await self._news.wait()
                continue
            now = time.monotonic()
            tokens, at = min(BURST, tokens + (now - at) * PER_SECOND), now
            if tokens < 1:
                await asyncio.sleep((1 - tokens) / PER_SECOND)
                continue
            tokens -= 1
            await connection.send(json.dumps(self._outgoing.popleft(), ensure_ascii=False))

    async def _beat(self, connection: ClientConnection) -> None:
        beat, count = self._options.heartbeat, 0
        while True:
            count += 1
            sent, name = time.monotonic(), f"p{count}"
            self._pings = {name: sent}
            await within(beat.timeout, connection.send(json.dumps({"type": "ping", "id": name})))
            await asyncio.sleep(beat.timeout)
            if self._heard < sent:
                # A loop that was held up has not read yet what is there.
                await asyncio.sleep(0.1)
                if self._heard < sent:
                    raise asyncio.TimeoutError
            await asyncio.sleep(max(beat.interval - beat.timeout, 0))

    def _ponged(self, raw: dict[str, Any]) -> None:
        sent = self._pings.pop(str(raw.get("id")), None)
        if sent is not None:
            self._hearer.measured(time.monotonic() - sent)

    def _expires(self, raw: dict[str, Any]) -> None:
        """The keeper knows the life of its token by this machine's steady clock, but not to the second, since ends of tokens are
        whole seconds. The end that the server names is exact where the clocks agree, and all there is where nothing is known."""
        left, exact = self._keeper.left(self._token), None
        told = raw.get("data", {}).get("expires_at")
        if isinstance(told, str):
            exact = (moment(told) - datetime.now(timezone.utc)).total_seconds()
        if exact is not None and (left is None or left - AGREED < exact < left):
            left = exact
        if left is not None and left <= 0:
            # The server has just taken it: the clocks do not agree. Half its life is a guess that cannot be far off.
            left = (lifespan(self._token) or 2 * UNKNOWN) / 2
        self._ends = None if left is None else time.monotonic() + left

    async def _renew(self, connection: ClientConnection) -> None:
        """In time a new token goes out by `auth`."""
        while True:
            if self._ends is None or not self._keeper.origin.renewable:
                await asyncio.get_running_loop().create_future()
                return
            left = self._ends - time.monotonic()
            lead = min(self._options.renew_before, max(left, 0) / 2)
            await asyncio.sleep(max(left - lead, 0.2))
            try:
                token = await self._keeper.renew(self._token, "expiring")
            except SignedOut:
                return
            except ColloquyError:
                # Not now. The present one holds a while; when it does not, the server says so.
                await asyncio.sleep(1)
                continue
            if token == self._token:
                await asyncio.sleep(max(left / 2, 1))
                continue
            self._token = token
            self._renewed.clear()
            await connection.send(json.dumps({"type": "auth", "data": {"token": token}}))
            await self._renewed.wait()


async def ask(url: str, token: str, options: Options, question: dict[str, Any]) -> dict[str, Any]:
    """One question on a socket of its own: the frame that carries the question's id."""
    async with opening(url, token, options) as connection:
        await parsed(connection)
        await connection.send(json.dumps(question))
        while True:
            raw = await within(options.request_timeout, parsed(connection))
            if raw.get("id") == question["id"]:
                return raw
