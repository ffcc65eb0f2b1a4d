"""One channel: its listeners, its place in the stream, and what it says of itself. How its frames travel is the link's matter.

A listener hears the numbered events in rising order, none twice and none missing, however often the connection broke between.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._closes import Waits
from ._cursor import Cursor, Phase
from ._emitter import Unsubscribe, is_async
from ._events import Events
from ._frame import ChannelState, Frame, Greeting, Reset, number, parse, session_of
from ._typed import Typed
from .errors import AccessLost, Closed, ColloquyError, SignedOut
from .models import HistoryView

if TYPE_CHECKING:
    from ._link import Link
    from .client import Colloquy
    from .options import Options

logger = logging.getLogger("colloquy")

#: Frames that wait while the state is loaded anew. Of what is more, the numbered are replayed afterwards.
HELD = 2000
#: A typist is told of again after so many seconds; the server takes silence of six as an end.
TYPING = 3.0


@dataclass(frozen=True, slots=True)
class Page:
    """Events of the log, with their numbers, and the number to go on from."""

    frames: list[tuple[Frame, int]]
    seq: int
    epoch: str
    complete: bool


class Channel(Typed):
    def __init__(self, client: Colloquy, name: str) -> None:
        self.name = name
        self.state = "joining"
        self.code: int | str | None = None
        self.greeting: dict[str, Any] | None = None
        self.options: Options = client.options
        self._client = client
        self._cursor = Cursor()
        self._joins = 0
        self._link: Link | None = None
        self._listeners: dict[str, list[list[Callable[[Any], Any]]]] = {}
        self._consumers: dict[int, weakref.ref[Events[Any]]] = {}
        self._held: deque[dict[str, Any]] = deque()
        self._overflowed = False
        self._loading: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._viewing: str | None = None
        self._typed: dict[str, tuple[bool, float]] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self.state} at {self.seq}>"

    @property
    def seq(self) -> int | None:
        """The number up to which this channel has heard everything."""
        return self._cursor.seq

    @property
    def epoch(self) -> str | None:
        return self._cursor.epoch

    @property
    def is_over(self) -> bool:
        return self.state in ("refused", "ended", "left")

    def since(self, seq: int, epoch: str | None = None) -> None:
        """Before the first connect: what came after this number is replayed."""
        if self._cursor.phase is Phase.AWAY and self._cursor.seq is None:
            self._cursor.seq, self._cursor.epoch = seq, epoch

    async def ready(self) -> None:
        """Waits until the channel is live. Raises what keeps it from ever being so."""
        while self.state != "live":
            if self.state == "left":
                raise Closed
            if self.is_over:
                raise AccessLost(self.name, str(self.code or self.state))
            if self._link is not None and self._link.failed is not None:
                raise self._link.failed
            self._changed.clear()
            await self._changed.wait()

    def leave(self) -> None:
        """Undoes one join; with the last one, nothing more is heard."""
        if self._joins > 0:
            self._joins -= 1
            if self._joins == 0:
                self._client._left(self)

    async def history(self, *, since: int = 0, limit: int = 100) -> list[Frame]:
        """Events of the log after this number, oldest first, at most 100."""
        return [frame for frame, _ in (await self._page(since, self.epoch, limit)).frames]

    # What a link tells.

    def _set_state(self, state: str, code: int | str | None = None) -> None:
        if self.is_over or (state, code) == (self.state, self.code):
            return
        self.state, self.code = state, code
        self._changed.set()
        told = ChannelState(state=state, code=code)
        self._tell("state", told)
        self._offer(told, None)

    @property
    def _is_replaying(self) -> bool:
        return self._cursor.phase in (Phase.REPLAYING, Phase.AWAY)

    def _begin(self) -> None:
        """It is asked for, anew perhaps: what was under way is void."""
        self._cursor.cut()
        self._drop_load()
        self._set_state("joining")

    def _greet(self, raw: dict[str, Any], data: dict[str, Any]) -> None:
        self.greeting = data
        seq, epoch = data.get("seq"), data.get("epoch")
        if isinstance(seq, int) and isinstance(epoch, str):
            self._cursor.greeted(seq, epoch)
        else:
            self._cursor.unnumbered()
        self._deliver(Greeting(data=data, raw=raw), None, "greeting")
        self._settle()

    def _resume(self) -> None:
        """Without a socket there is no greeting: what was missed comes at once."""
        if self._cursor.phase is Phase.AWAY:
            self._cursor.greeted(self._cursor.seq or 0, self._cursor.epoch)

    def _in_epoch(self, epoch: str) -> None:
        if epoch:
            self._cursor.told(epoch)

    async def _loaded(self) -> None:
        """Until the state is loaded anew, if it is to be."""
        if self._loading is not None:
            await asyncio.gather(self._loading, return_exceptions=True)

    def _settle(self) -> None:
        if self._cursor.phase is Phase.LIVE and self.state != "live":
            self._set_state("live")
            self._resume_signals()

    def _hear(self, raw: dict[str, Any]) -> None:
        if self._cursor.phase is Phase.LOST:
            self._hold(raw)
            return
        if raw["type"] == "replay_complete":
            self._replayed(raw)
            return
        if raw["type"] == "pong":
            self._cursor.ponged(raw.get("seq", 0))
        seq = number(raw)
        if seq is None or self._cursor.take(seq):
            self._deliver(parse(raw), seq)

    def _replayed(self, raw: dict[str, Any]) -> None:
        data = raw["data"]
        self._cursor.replayed(data["to"], data["complete"])
        if self._cursor.phase is Phase.LOST:
            self._loading = asyncio.create_task(self._reload(data["to"]), name=f"colloquy: {self.name} anew")
        else:
            self._tell("frame", parse(raw))
            self._settle()

    def _hold(self, raw: dict[str, Any]) -> None:
        if len(self._held) < HELD:
            self._held.append(raw)
        elif number(raw) is not None:
            self._overflowed = True

    def _cut(self, code: int | str | None = None) -> None:
        """The connection is gone; the cursor stays."""
        self._cursor.cut()
        self._drop_load()
        self._set_state("away", code)

    def _drop_load(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
            self._loading = None
        self._held.clear()
        self._overflowed = False

    def _end(self, state: str, code: int | str | None) -> None:
        """For ever: what has come is given, then everyone who waits is told."""
        if self.is_over:
            return
        self._cursor.cut()
        self._drop_load()
        self._set_state(state, code)
        error = None if state == "left" else AccessLost(self.name, str(code or state))
        self._finish(error)

    def _finish(self, error: ColloquyError | None) -> None:
        lasting = not self.is_over and isinstance(error, SignedOut)
        self._changed.set()
        for consumer in self._live_consumers():
            # An asynchronous listener stays for the next log-in; a loop has to be told.
            if not (lasting and consumer.lasting):
                consumer._finish(error)

    # The state, loaded anew.

    async def _reload(self, to: int) -> None:
        """Events wait meanwhile; those that the snapshot holds are dropped."""
        waits, told = Waits(self.options.backoff), False
        while True:
            try:
                reset = await self._snapshot(to)
                break
            except SignedOut:
                return
            except ColloquyError as error:
                if error.is_final and error.status == 404:
                    # The end of the channel is told by the channel.
                    return
                if 400 <= error.status < 500 and not told:
                    told = True
                    self._client._emitter.report(error, "reset")
                await asyncio.sleep(max(waits.next(), error.retry_after or 0))
        held, overflowed = list(self._held), self._overflowed
        self._loading = None
        self._drop_load()
        self._cursor.loaded(reset.seq, reset.epoch)
        if not self._is_heard(reset):
            logger.warning("%s was loaded anew at %d, and nothing listens for its reset", self.name, reset.seq)
        self._deliver(reset, None)
        for raw in held:
            self._hear(raw)
        self._settle()
        if overflowed and self._link is not None:
            self._link.again(self)

    async def _snapshot(self, to: int) -> Reset:
        """What stands for everything up to a number."""
        return Reset(seq=to, epoch=self._cursor.epoch_told or "", snapshot=None)

    async def _load_anew(self, page: Page) -> Reset:
        """For one who has fallen behind further than the log reaches."""
        return Reset(seq=page.seq, epoch=page.epoch, snapshot=None)

    # Listeners.

    def _on(self, type: str, listener: Callable[[Any], Any]) -> Unsubscribe:
        if is_async(listener):
            return self._on_async(type, listener)
        entry = [listener]
        self._listeners.setdefault(type, []).append(entry)

        def off() -> None:
            if entry:
                entry.clear()
                self._listeners[type] = [one for one in self._listeners[type] if one]

        return off

    def _on_async(self, type: str, listener: Callable[[Any], Any]) -> Unsubscribe:
        """A loop of its own: it may take its time, and is called for one frame after the other."""
        events = self._events((type,), lasting=True)

        async def run() -> None:
            try:
                async for frame in events:
                    try:
                        await listener(frame)
                    except Exception as error:
                        self._client._emitter.report(error, type)
            except ColloquyError:
                # The end of the channel is told by its state.
                pass

        task = asyncio.create_task(run(), name=f"colloquy: {type} of {self.name}")
        self._client._own(task)

        def off() -> None:
            events._items.clear()
            events._finish(None)
            self._forget(events)

        return off

    def _events(self, types: tuple[str, ...], lasting: bool = False) -> Events[Any]:
        events: Events[Any] = Events(self, frozenset(types), self.options.queue, lasting)
        key = id(events)
        self._consumers[key] = weakref.ref(events, lambda _: self._consumers.pop(key, None))
        if self.is_over:
            events._finish(None if self.state == "left" else AccessLost(self.name, str(self.code or self.state)))
        elif self._link is not None and self._link.failed is not None:
            events._finish(self._link.failed)
        return events

    def _forget(self, events: Events[Any]) -> None:
        self._consumers.pop(id(events), None)

    def _live_consumers(self) -> list[Events[Any]]:
        found = (reference() for reference in list(self._consumers.values()))
        return [consumer for consumer in found if consumer is not None]

    def _deliver(self, frame: Frame, seq: int | None, kind: str | None = None) -> None:
        self._tell(kind or frame.type, frame)
        if seq is not None:
            self._tell("event", frame)
        self._tell("frame", frame)
        self._offer(frame, seq)

    def _is_heard(self, frame: Frame) -> bool:
        listened = any(self._listeners.get(kind) for kind in (frame.type, "frame"))
        return listened or any(consumer._wants(frame, False) for consumer in self._live_consumers())

    def _offer(self, frame: Frame, seq: int | None) -> None:
        if self._consumers:
            for consumer in self._live_consumers():
                consumer._offer(frame, seq)

    def _tell(self, kind: str, frame: Frame) -> None:
        entries = self._listeners.get(kind)
        if not entries:
            return
        for entry in tuple(entries):
            if not entry:
                continue
            try:
                result = entry[0](frame)
                if inspect.iscoroutine(result):
                    result.close()
                    raise TypeError("a listener gave a coroutine; declare it with `async def`")
            except Exception as error:
                self._client._emitter.report(error, kind)

    # The log.

    async def _page(self, since: int, epoch: str | None, limit: int) -> Page:
        assert self._link is not None
        return await self._link.history(self, since, epoch, limit)

    # Signals.

    def _say(self, raw: dict[str, Any]) -> bool:
        return self.state == "live" and self._link is not None and self._link.say(self, raw)

    def _resume_signals(self) -> None:
        """After a reconnect the server knows nothing of where one looks."""
        self._typed.clear()
        if self._viewing is not None:
            self._say({"type": "viewing", "data": {"session_id": self._viewing}})

    async def _read(self, session_id: str, message_id: str) -> None:
        data = {"session_id": session_id, "message_id": message_id}
        if not self._say({"type": "read", "data": data}):
            await self._client.api.mark_read(session_id=session_id, message_id=message_id)

    def _view(self, session_id: str | None) -> None:
        self._viewing = session_id
        self._say({"type": "viewing", "data": {"session_id": session_id}})

    def _type(self, session_id: str | None, is_typing: bool) -> None:
        key, now = session_id or "", time.monotonic()
        was, at = self._typed.get(key, (False, 0.0))
        if was == is_typing and (not is_typing or now - at < TYPING):
            return
        data: dict[str, Any] = {"is_typing": is_typing}
        if session_id is not None:
            data["session_id"] = session_id
        if self._say({"type": "typing", "data": data}):
            self._typed[key] = (is_typing, now)


def pages(told: HistoryView, session_id: str | None = None) -> Page:
    """From the log of a bot, or of that what concerns one session."""
    frames = []
    for raw in told.events:
        seq = number(raw)
        if seq is not None and (session_id is None or session_of(raw) == session_id):
            frames.append((parse(raw), seq))
    return Page(frames, told.seq, told.epoch, told.complete)
