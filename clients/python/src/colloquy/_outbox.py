"""Messages on their way: in order within a session, kept while the server cannot be reached, each posted once.

A message fails only when the server finally refuses it. Until then it is tried again under the same idempotency key, so that an
answer that was lost on its way does no harm.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Generator
from typing import Any, Literal

from ._closes import Waits
from ._rest import UNSET, new_key, packed
from ._within import passed
from .api import Api
from .errors import OTHER, Closed, ColloquyError, SignedOut
from .models import PostedView
from .options import Options

Status = Literal["waiting", "sending", "sent", "failed"]


class Sent:
    """A message that was given to the outbox. `await sent` gives what the server made of it."""

    def __init__(self, outbox: Outbox, key: str, session_id: str, body: dict[str, Any], owner: object) -> None:
        self.key = key
        self.session_id = session_id
        self.status: Status = "waiting"
        self.posted: PostedView | None = None
        self.error: ColloquyError | None = None
        self._outbox = outbox
        self._body = body
        #: Who gave it.
        self._owner = owner
        self._done = asyncio.Event()

    @property
    def content(self) -> str:
        return str(self._body["content"])

    def __repr__(self) -> str:
        return f"<Sent {self.key} {self.status}>"

    def __await__(self) -> Generator[object, None, PostedView]:
        return self._result().__await__()

    async def _result(self) -> PostedView:
        await self._done.wait()
        if self.error is not None:
            raise self.error
        assert self.posted is not None
        return self.posted

    def retry(self) -> None:
        """Once more, after it failed; under its old key, so that it cannot appear twice. Not as somebody else."""
        if self.status == "failed":
            self._outbox._again(self)

    def discard(self) -> bool:
        """Takes it back, unless it is on its way already."""
        return self._outbox._discard(self)

    def _finish(self, posted: PostedView | None, error: ColloquyError | None) -> None:
        self.posted, self.error = posted, error
        self.status = "sent" if error is None else "failed"
        self._done.set()


class Outbox:
    def __init__(self, api: Api, options: Options, changed: Callable[[], None]) -> None:
        self._api = api
        self._options = options
        self._changed = changed
        self._queues: dict[str, deque[Sent]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        #: Given up, and not at their end yet.
        self._leaving: set[asyncio.Task[None]] = set()
        #: A name for whoever it is now; who that is may not be known yet.
        self._owner = object()
        self._wake = asyncio.Event()
        self._closed = False

    @property
    def entries(self) -> list[Sent]:
        """What waits or is being sent."""
        return [sent for queue in self._queues.values() for sent in queue]

    def send(self, session_id: str, content: str, key: str | None, **more: Any) -> Sent:
        given = {"content": content, **{name: value for name, value in more.items() if value is not None}}
        # As it is now, whatever becomes of a list that was given; and what cannot be written is told at once.
        body = json.loads(packed(given))
        sent = Sent(self, key or new_key(), session_id, body, self._owner)
        self._put(sent)
        return sent

    def nudge(self) -> None:
        """The server can be reached, it seems: nothing waits any longer."""
        self._wake.set()
        self._wake = asyncio.Event()
        for session_id in list(self._queues):
            self._work(session_id)

    def hand_over(self) -> None:
        """It is somebody else from now on. Nothing that waits is posted as that person: it fails."""
        self._owner = object()
        for task in self._tasks.values():
            task.cancel()
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
        entries = self.entries
        self._tasks, self._queues = {}, {}
        for sent in entries:
            sent._finish(None, SignedOut(OTHER))
        if entries:
            self._changed()

    async def flush(self) -> None:
        """Until nothing waits any more. Signed out, that would be for ever."""
        while tasks := list(self._tasks.values()):
            await asyncio.wait(tasks)
        if self.entries:
            raise SignedOut

    async def close(self) -> None:
        self._closed = True
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), *self._leaving, return_exceptions=True)
        for sent in self.entries:
            sent._finish(None, Closed())
        self._queues.clear()

    def _room(self) -> None:
        if self._closed:
            raise Closed
        if len(self.entries) >= self._options.outbox_limit:
            raise ColloquyError(0, "outbox_full", "too many messages wait to be sent")

    def _put(self, sent: Sent) -> None:
        self._room()
        self._queues.setdefault(sent.session_id, deque()).append(sent)
        self._work(sent.session_id)
        self._changed()

    def _again(self, sent: Sent) -> None:
        self._room()
        if sent._owner is not self._owner:
            raise SignedOut(OTHER)
        sent.status, sent.error, sent._done = "waiting", None, asyncio.Event()
        self._put(sent)

    def _discard(self, sent: Sent) -> bool:
        queue = self._queues.get(sent.session_id)
        if sent.status != "waiting" or queue is None or sent not in queue:
            return False
        queue.remove(sent)
        sent._finish(None, ColloquyError(0, "discarded", "the message was taken back"))
        self._changed()
        return True

    def _work(self, session_id: str) -> None:
        if session_id not in self._tasks and not self._closed:
            task = asyncio.create_task(self._run(session_id), name="colloquy: outbox")
            self._tasks[session_id] = task

    async def _run(self, session_id: str) -> None:
        queue, task = self._queues[session_id], asyncio.current_task()
        waits = Waits(self._options.backoff)
        try:
            while queue:
                sent = queue[0]
                sent.status = "sending"
                try:
                    posted, error = await self._post(sent), None
                except SignedOut:
                    # It waits for the next log-in.
                    sent.status = "waiting"
                    return
                except ColloquyError as refused:
                    if not refused.is_final:
                        sent.status = "waiting"
                        await self._pause(max(waits.next(), refused.retry_after or 0))
                        continue
                    posted, error = None, refused
                except Exception as failed:
                    # What was not thought of is to hold up nothing.
                    posted, error = None, ColloquyError(0, "failed", f"it could not be sent: {type(failed).__name__}")
                    error.__cause__ = failed
                waits.succeeded()
                queue.popleft()
                sent._finish(posted, error)
                self._changed()
        finally:
            if self._tasks.get(session_id) is task:
                del self._tasks[session_id]
                if not queue:
                    self._queues.pop(session_id, None)

    async def _post(self, sent: Sent) -> PostedView:
        body = sent._body
        return await self._api.post_message(
            session_id=sent.session_id,
            content=body["content"],
            reply=body.get("reply", UNSET),
            mentions=body.get("mentions", UNSET),
            idempotency_key=sent.key,
        )

    async def _pause(self, delay: float) -> None:
        await passed(delay, self._wake)
