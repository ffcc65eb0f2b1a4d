"""What waits between a channel and one `async for`: bounded, and yet nothing is lost.

When a consumer falls so far behind that its queue is full, what follows is not kept for it. Once it has caught up with its queue
it reads what it missed from the log, page by page, and then hears live again. Only frames without a number are dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from ._closes import Waits
from ._frame import Frame, Reset
from .errors import AccessLost, ColloquyError, SignedOut

if TYPE_CHECKING:
    from ._channel import Channel

F = TypeVar("F", bound=Frame, covariant=True)

PAGE = 100


class Events(AsyncIterator[F], Generic[F]):
    """Frames of a channel, in order. One task at a time may wait on it; leaving the loop frees it."""

    def __init__(self, channel: Channel, types: frozenset[str], limit: int, lasting: bool = False) -> None:
        self._channel = channel
        self._types = types
        self._limit = limit
        #: It outlives being signed out.
        self.lasting = lasting
        self._items: deque[Frame] = deque()
        self._news = asyncio.Event()
        self._end: ColloquyError | None = None
        self._over = False
        #: Everything up to here was queued, or does not concern it.
        self._seen = channel.seq
        self._epoch = channel.epoch
        self._behind = False
        self.dropped = 0
        """Frames without a number that there was no room for."""

    def __aiter__(self) -> Events[F]:
        return self

    async def __anext__(self) -> F:
        while True:
            if self._items:
                return cast(F, self._items.popleft())
            if self._over:
                self._channel._forget(self)
                if self._end is not None:
                    raise self._end
                raise StopAsyncIteration
            if self._behind:
                await self._catch_up()
                continue
            self._news.clear()
            await self._news.wait()

    async def aclose(self) -> None:
        """Nothing more comes."""
        self._items.clear()
        self._finish(None)
        self._channel._forget(self)

    async def __aenter__(self) -> Events[F]:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _wants(self, frame: Frame, durable: bool) -> bool:
        if not self._types:
            return durable or isinstance(frame, Reset)
        return frame.type in self._types or "frame" in self._types or (durable and "event" in self._types)

    def _offer(self, frame: Frame, seq: int | None) -> None:
        if self._over:
            return
        if isinstance(frame, Reset):
            # It stands for all that was missed, so it is kept even if the queue is full.
            self._behind, self._seen, self._epoch = False, frame.seq, frame.epoch
            if self._wants(frame, False):
                self._put(frame)
        elif seq is None:
            if self._wants(frame, False):
                if len(self._items) < self._limit:
                    self._put(frame)
                else:
                    self.dropped += 1
        elif not self._behind and (self._seen is None or seq > self._seen):
            self._take(frame, seq)

    def _take(self, frame: Frame, seq: int) -> None:
        if self._wants(frame, True):
            if len(self._items) >= self._limit:
                self._behind = True
                if self._seen is None:
                    self._seen, self._epoch = seq - 1, self._channel.epoch
                return
            self._put(frame)
        self._seen, self._epoch = seq, self._channel.epoch

    def _put(self, frame: Frame) -> None:
        self._items.append(frame)
        self._news.set()

    def _finish(self, error: ColloquyError | None) -> None:
        """What is queued is still given."""
        if not self._over:
            self._over, self._end = True, error
            self._news.set()

    async def _catch_up(self) -> None:
        """Reads one page of the log. Between the answer and the queue nothing is awaited, so a cancelled wait loses nothing."""
        channel, waits = self._channel, Waits(self._channel.options.backoff)
        while self._behind and not self._over:
            seen, epoch = self._seen, self._epoch
            try:
                page = await channel._page(seen or 0, epoch, PAGE)
                reset = None if page.complete else await channel._load_anew(page)
            except SignedOut:
                raise
            except ColloquyError as error:
                if error.is_final:
                    raise AccessLost(channel.name, error.code) from error
                await asyncio.sleep(waits.next())
                continue
            if (seen, epoch) != (self._seen, self._epoch) or not self._behind:
                return
            if reset is not None:
                self._offer(reset, None)
                self._behind = self._is_behind()
                return
            for frame, seq in page.frames:
                if self._wants(frame, True):
                    self._put(frame)
                self._seen = seq
            self._seen = max(page.seq, self._seen or 0)
            self._behind = self._is_behind()
            if not self._behind or self._seen != seen:
                return
            # The log has not what the channel heard: a moment, rather than to ask without end.
            await asyncio.sleep(waits.next())

    def _is_behind(self) -> bool:
        """Numbers of another life of the stream say nothing; the channel's own reset is on its way then."""
        heard = self._channel.seq
        return heard is not None and self._epoch == self._channel.epoch and (self._seen or 0) < heard
