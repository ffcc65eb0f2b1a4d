"""The kinds of channels, and what each can do beyond being listened to."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from ._answers import Answer, Board
from ._channel import Channel, Page, pages
from ._decode import encode
from ._frame import Frame, Reset, parse
from .errors import Closed, ColloquyError
from .frames import NotificationEvent
from .models import Notification, PostedView, SnapshotView

if TYPE_CHECKING:
    from .client import Colloquy

#: Higher than any number of a stream: the server answers it with the newest one.
BEYOND = 2**63 - 1
#: Notifications that are not told twice, whichever way they come.
REMEMBERED = 1000


def remember(those: OrderedDict[str, None], one: str) -> None:
    those[one] = None
    while len(those) > REMEMBERED:
        those.popitem(last=False)


class BotChannel(Channel):
    """Everything of one bot that this person may see."""

    def __init__(self, client: Colloquy, name: str) -> None:
        super().__init__(client, name)
        self.bot_id = name.partition(":")[2]
        self._board = Board(self)

    def typing(self, session_id: str | None = None, is_typing: bool = True) -> None:
        """May be called at every key: repeats are held back, and offline it is nothing."""
        self._type(session_id, is_typing)

    def viewing(self, session_id: str | None) -> None:
        """Which session is being looked at; said again after a reconnect."""
        self._view(session_id)

    async def read(self, session_id: str, message_id: str) -> None:
        """Moves the own read marker."""
        await self._read(session_id, message_id)

    def answer(self, message: str | PostedView, session_id: str | None = None) -> Answer:
        """An answer as it is written: `async for piece in bot.answer(posted)`, and `await` for the message at its end. By its id
        alone an answer that is over is found in the 50 newest sessions."""
        if isinstance(message, PostedView):
            if message.answer is None:
                raise ValueError("no answer was asked for")
            session_id, message = message.message.session_id, message.answer.message_id
        return self._board.answer(message, session_id)

    def _deliver(self, frame: Frame, seq: int | None, kind: str | None = None) -> None:
        self._board.hear(frame)
        super()._deliver(frame, seq, kind)

    def _finish(self, error: ColloquyError | None) -> None:
        self._board.end(error or Closed())
        super()._finish(error)

    async def snapshot(self) -> SnapshotView:
        return await self._client.api.get_snapshot(bot_id=self.bot_id)

    async def _page(self, since: int, epoch: str | None, limit: int) -> Page:
        told = await self._client.api.list_events(bot_id=self.bot_id, since=since, epoch=epoch, limit=limit)
        return pages(told)

    async def _snapshot(self, to: int) -> Reset:
        snapshot = await self.snapshot()
        return Reset(seq=snapshot.seq, epoch=snapshot.epoch, snapshot=snapshot)

    async def _load_anew(self, page: Page) -> Reset:
        return await self._snapshot(page.seq)


class SessionChannel(Channel):
    """One session's part of its bot's stream."""

    def __init__(self, client: Colloquy, name: str) -> None:
        super().__init__(client, name)
        self.session_id = name.partition(":")[2]
        self._bot_id: str | None = None

    def typing(self, is_typing: bool = True) -> None:
        self._type(self.session_id, is_typing)

    def viewing(self, is_viewing: bool = True) -> None:
        self._view(self.session_id if is_viewing else None)

    async def read(self, message_id: str) -> None:
        await self._read(self.session_id, message_id)

    async def bot_id(self) -> str:
        if self._bot_id is None:
            self._bot_id = (await self._client.api.get_session(session_id=self.session_id)).bot_id
        return self._bot_id

    async def _snapshot(self, to: int) -> Reset:
        """There is none of a session: the number from which to load its messages."""
        told = await self._client.api.list_events(bot_id=await self.bot_id(), since=BEYOND, limit=1)
        return Reset(seq=told.seq, epoch=told.epoch, snapshot=None)

    async def _page(self, since: int, epoch: str | None, limit: int) -> Page:
        api = self._client.api
        told = await api.list_events(bot_id=await self.bot_id(), since=since, epoch=epoch, limit=limit)
        return pages(told, self.session_id)


class NotificationsChannel(Channel):
    """The person's own notifications, over all bots."""

    def __init__(self, client: Colloquy, name: str) -> None:
        super().__init__(client, name)
        #: Heard of, by events or in a list.
        self._known: OrderedDict[str, None] = OrderedDict()
        #: Told without a number, in the fall-back; their events, when they come after all, are not told again.
        self._told: OrderedDict[str, None] = OrderedDict()
        self._newest = ""

    def _deliver(self, frame: Frame, seq: int | None, kind: str | None = None) -> None:
        if seq is not None and isinstance(frame, NotificationEvent):
            self._note(frame.data.notification_id)
            if frame.data.notification_id in self._told:
                return
        super()._deliver(frame, seq, kind)

    def _list(self, items: list[Notification]) -> None:
        """Ids rise with time. Without one to compare with, the first list shows what was there before."""
        known, newest = bool(self._known), self._newest
        for item in reversed(items):
            if item.id in self._known:
                continue
            self._note(item.id)
            if known and item.id > newest:
                remember(self._told, item.id)
                self._deliver(parse(notification(item)), None)
        if not items:
            self._note("")

    def _note(self, notification_id: str) -> None:
        remember(self._known, notification_id)
        self._newest = max(self._newest, notification_id)

    def _settle_polled(self) -> None:
        self._cursor.unnumbered()
        self._settle()


class TasksChannel(Channel):
    """Background work on all bots that the person may see. Nothing of it is numbered or kept."""


def make(client: Colloquy, name: str) -> Channel:
    kinds: dict[str, Any] = {
        "bot": BotChannel,
        "session": SessionChannel,
        "notifications": NotificationsChannel,
        "tasks": TasksChannel,
    }
    kind, colon, rest = name.partition(":")
    if kind not in kinds or bool(colon) != (kind in ("bot", "session")) or (colon and not rest) or len(name) > 64:
        raise ValueError(f"no channel is called {name!r}: bot:ID, session:ID, notifications or tasks")
    channel: Channel = kinds[kind](client, name)
    return channel


def notification(item: Notification) -> dict[str, Any]:
    """As its event looks. The list has no numbers: 0 stands before them all."""
    told = encode(item)
    data = {name: told[name] for name in ("title", "message", "bot_id", "action", "details")}
    return {
        "type": "notification",
        "seq": 0,
        "id": told["id"],
        "notification_type": told["notification_type"],
        "data": {"notification_id": told["id"], **data},
        "timestamp": told["created_at"],
    }
