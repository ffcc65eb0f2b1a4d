"""Answers as they are written: the text so far from its pieces, and the message that ends it.

Pieces have no number and may be shed, so the text is put together by offsets, and the message at the end is what counts.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING

from ._closes import Waits
from ._decode import decode, encode
from .errors import ColloquyError, SignedOut
from .frames import AnswerStatus, ChatMessage, ChatMessageDeleted, ChatMessageDelta, Frame, MessageData, Reset, SessionDeleted
from .models import Message, SnapshotView

if TYPE_CHECKING:
    from .api import Api
    from .channels import BotChannel

#: Finished answers that are remembered: one may end before its asker has learned its id.
FINISHED = 32


class Answer:
    """`async for piece in answer` gives the text as it grows, `await answer` the message at its end; `text` is all so far."""

    def __init__(self, begin: Callable[[Answer], Awaitable[None]]) -> None:
        self.text = ""
        self.message_id: str | None = None
        self.session_id: str | None = None
        self.message: MessageData | None = None
        self._begin: Callable[[Answer], Awaitable[None]] | None = begin
        self._beginning: asyncio.Task[None] | None = None
        self._given = 0
        self._error: ColloquyError | None = None
        self._news = asyncio.Event()
        #: Called once, when nothing more comes or nobody is interested any more.
        self._release: Callable[[], None] | None = None
        self._loop = asyncio.get_running_loop()

    def __aiter__(self) -> Answer:
        return self

    async def __anext__(self) -> str:
        await self._begun()
        while True:
            if len(self.text) > self._given:
                piece = self.text[self._given :]
                self._given = len(self.text)
                return piece
            if self._error is not None:
                raise self._error
            if self.message is not None:
                raise StopAsyncIteration
            await self._wait()

    def __await__(self) -> Generator[object, None, MessageData]:
        return self._whole().__await__()

    async def _whole(self) -> MessageData:
        await self._begun()
        while self.message is None:
            if self._error is not None:
                raise self._error
            await self._wait()
        return self.message

    async def _wait(self) -> None:
        self._news.clear()
        await self._news.wait()

    async def _begun(self) -> None:
        """Asked once; whoever is cancelled while it is asked leaves it asked."""
        if self._begin is not None and self._beginning is None:
            self._beginning = asyncio.ensure_future(self._begin(self))
        if self._beginning is not None:
            await asyncio.shield(self._beginning)

    @property
    def _is_waiting(self) -> bool:
        return self.message is None and self._error is None

    def _grow(self, text: str) -> None:
        self.text = text
        self._news.set()

    def _end(self, message: MessageData | None, error: ColloquyError | None = None) -> None:
        if self._is_waiting:
            self.message, self._error = message, error
            if message is not None:
                self.text = message.content
            self._news.set()
            self._let_go()

    def _let_go(self) -> None:
        release, self._release = self._release, None
        if release is not None:
            release()

    def __del__(self) -> None:
        release, self._release = self._release, None
        if release is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(release)


class Board:
    """The answers of one bot that are being written, and the last that were."""

    def __init__(self, channel: BotChannel) -> None:
        self._channel = weakref.ref(channel)
        self._texts: dict[str, str] = {}
        self._sessions: dict[str, str] = {}
        self._done: OrderedDict[str, MessageData] = OrderedDict()
        self._waiting: weakref.WeakSet[Answer] = weakref.WeakSet()

    def hear(self, frame: Frame) -> None:
        if isinstance(frame, ChatMessageDelta):
            self._delta(frame)
        elif isinstance(frame, ChatMessage):
            self._message(frame)
        elif isinstance(frame, AnswerStatus):
            self._status(frame)
        elif isinstance(frame, ChatMessageDeleted):
            self._deleted(frame)
        elif isinstance(frame, SessionDeleted):
            self._session_deleted(frame)
        elif isinstance(frame, Reset):
            self._reset(frame)

    def answer(self, message_id: str, session_id: str | None) -> Answer:
        answer = Answer(self._look)
        answer.session_id = session_id
        self.follow(answer, message_id)
        return answer

    def follow(self, answer: Answer, message_id: str) -> bool:
        """Whether it is known already."""
        answer.message_id = message_id
        self._waiting.add(answer)
        if message_id in self._done:
            answer._end(self._done[message_id])
        elif message_id in self._texts:
            answer._grow(self._texts[message_id])
        else:
            return False
        return True

    async def _look(self, answer: Answer) -> None:
        """Of an answer that is not known here, the snapshot tells whether it is asked for, or given not long ago."""
        channel = self._channel()
        message_id = answer.message_id
        if channel is None or message_id is None or answer.text or answer.message is not None:
            return
        await channel.ready()
        await self._seek(channel, answer, message_id)

    async def _seek(self, channel: BotChannel, answer: Answer, message_id: str) -> None:
        snapshot = await channel.snapshot()
        # It may have begun or come to its end meanwhile.
        if not answer._is_waiting or message_id in self._texts:
            return
        if not self._found(answer, message_id, snapshot):
            await self._search(channel, answer, message_id, snapshot)

    async def _search(self, channel: BotChannel, answer: Answer, message_id: str, snapshot: SnapshotView) -> None:
        """It is not being written, nor among the newest messages: it is older, or there is none."""
        known = answer.session_id
        for session_id in [known] if known is not None else [session.id for session in snapshot.sessions]:
            message = await find(channel._client.api, session_id, message_id)
            if message is not None:
                answer._end(decode(MessageData, encode(message)))
                return
        answer._end(None, ColloquyError(404, "message_not_found", "there is no such answer"))

    def _found(self, answer: Answer, message_id: str, snapshot: SnapshotView) -> bool:
        for running in snapshot.answers:
            if running.message_id == message_id:
                answer.session_id = running.session_id
                answer._grow(running.content or "")
                return True
        for messages in snapshot.messages.values():
            for message in messages:
                if message.message_id == message_id:
                    answer._end(decode(MessageData, encode(message)))
                    return True
        return False

    def _status(self, frame: AnswerStatus) -> None:
        for answer in self._mine(frame.data.message_id):
            answer.session_id = frame.data.session_id

    def _mine(self, message_id: str) -> list[Answer]:
        return [answer for answer in self._waiting if answer.message_id == message_id]

    def _delta(self, frame: ChatMessageDelta) -> None:
        data = frame.data
        if data.message_id in self._done:
            return
        known = self._texts.get(data.message_id, "")
        if data.offset > len(known):
            # A piece before it was shed; a whole text follows.
            return
        text = known[: data.offset] + data.content
        self._texts[data.message_id] = text
        self._sessions[data.message_id] = data.session_id
        for answer in self._mine(data.message_id):
            answer._grow(text)

    def _message(self, frame: ChatMessage) -> None:
        data = frame.data
        if data.role != "assistant":
            return
        self._forget(data.message_id)
        self._done[data.message_id] = data
        while len(self._done) > FINISHED:
            self._done.popitem(last=False)
        for answer in self._mine(data.message_id):
            answer._end(data)

    def _forget(self, message_id: str) -> None:
        self._texts.pop(message_id, None)
        self._sessions.pop(message_id, None)

    def _deleted(self, frame: ChatMessageDeleted) -> None:
        self._done.pop(frame.data.message_id, None)
        self._fail([frame.data.message_id])

    def _session_deleted(self, frame: SessionDeleted) -> None:
        session_id = frame.data.session.id
        self._fail([answer for answer, session in self._sessions.items() if session == session_id])
        for answer in list(self._waiting):
            if answer.session_id == session_id:
                answer._end(None, deleted())

    def _fail(self, message_ids: list[str]) -> None:
        for message_id in message_ids:
            self._forget(message_id)
            for answer in self._mine(message_id):
                answer._end(None, deleted())

    def _reset(self, frame: Reset) -> None:
        """What was missed may hold the end of an answer."""
        channel = self._channel()
        if frame.snapshot is None or channel is None:
            return
        running = {answer.message_id for answer in frame.snapshot.answers}
        for message_id in [known for known in self._texts if known not in running]:
            self._forget(message_id)
        for answer in list(self._waiting):
            known = answer.message_id
            if answer._is_waiting and known is not None and not self._found(answer, known, frame.snapshot):
                search = self._seek_until_told(channel, answer, known)
                channel._client._own(asyncio.ensure_future(search))

    async def _seek_until_told(self, channel: BotChannel, answer: Answer, message_id: str) -> None:
        """By a snapshot of now: that of the reset may be older than the question."""
        waits = Waits(channel.options.backoff)
        while True:
            try:
                return await self._seek(channel, answer, message_id)
            except ColloquyError as error:
                if error.is_final or isinstance(error, SignedOut):
                    return answer._end(None, error)
                await asyncio.sleep(max(waits.next(), error.retry_after or 0))

    def end(self, error: ColloquyError) -> None:
        """The channel is over."""
        for answer in list(self._waiting):
            answer._end(None, error)


def deleted() -> ColloquyError:
    return ColloquyError(404, "message_not_found", "the answer was deleted")


async def find(api: Api, session_id: str, message_id: str) -> Message | None:
    """One message by its id; there is no call for that. The one before the next is it, or the newest if there is none."""
    # Once more, since a next one may come just when there was none.
    for _ in range(2):
        try:
            later = (await api.list_messages(session_id=session_id, after=message_id, limit=1)).items
            before = later[0].id if later else None
            found = (await api.list_messages(session_id=session_id, before=before, limit=1)).items
        except ColloquyError as error:
            # Not a message of this session, or there is no such session.
            if error.is_final and error.status in (404, 422):
                return None
            raise
        for message in found:
            if message.id == message_id:
                return message
    return None
