"""What is said on a socket: on one of a single channel, and on the one that many share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from ._channel import HELD, Channel
from ._closes import Waits
from ._frame import session_of
from ._link import Link

if TYPE_CHECKING:
    from .client import Colloquy


#: In place of the id of a subscription: it goes out at the end of this turn of the loop, or after a while.
JOINING, LATER = "", "later"


class OwnLink(Link):
    """A socket for one bot, or for the notifications."""

    def path(self) -> str:
        channel = next(iter(self.channels.values()))
        kind, _, rest = channel.name.partition(":")
        path = f"/api/ws/chat/{quote(rest, safe='')}" if kind == "bot" else "/api/ws/notifications"
        since = channel._cursor.since()
        return f"{path}?{urlencode(since)}" if since else path

    def again(self, channel: Channel) -> None:
        # Its socket is its subscription.
        if self.socket is not None:
            self._replaced = True
            self.socket.close()
            self.socket = None

    def say(self, channel: Channel, raw: dict[str, Any]) -> bool:
        return self.socket is not None and self.socket.send(raw)

    def _begin(self, raw: dict[str, Any]) -> None:
        for channel in self.channels.values():
            channel._begin()
            channel._greet(raw, raw["data"])

    def _heard(self, raw: dict[str, Any]) -> None:
        for channel in list(self.channels.values()):
            channel._hear(raw)


class SharedLink(Link):
    """`/api/ws`. One event that two channels reach comes once, so it is passed on here to the other one.

    Channels of sessions are subscribed after those of bots: while a bot's channel comes in beside one of its sessions, the two
    would share what happens, and the order of the bot's numbers would be lost.
    """

    def __init__(self, client: Colloquy) -> None:
        super().__init__(client)
        #: Of single channels, which are no failure of the connection.
        self._refusals = Waits(client.options.backoff)
        #: By channel the id of the subscription that is not answered yet.
        self._asked: dict[str, str] = {}
        #: What other channels brought for one that is on its way in.
        self._early: dict[str, list[dict[str, Any]]] = {}

    def path(self) -> str:
        return "/api/ws"

    def say(self, channel: Channel, raw: dict[str, Any]) -> bool:
        return self.socket is not None and self.socket.send({**raw, "channel": channel.name})

    def again(self, channel: Channel) -> None:
        self._subscribe([channel])

    def _begin(self, raw: dict[str, Any]) -> None:
        self._refusals.succeeded()
        self._asked.clear()
        self._early.clear()
        self._ask(list(self.channels.values()))

    def _joined(self, channel: Channel) -> None:
        super()._joined(channel)
        if self.socket is None or not self.socket.is_open:
            return
        if JOINING not in self._asked.values():
            asyncio.get_running_loop().call_soon(self._join)
        self._asked[channel.name] = JOINING
        self._early[channel.name] = []

    def _join(self) -> None:
        self._subscribe([one for one in self.channels.values() if self._asked.get(one.name) == JOINING])

    def _gone(self, channel: Channel) -> None:
        super()._gone(channel)
        asked = self._asked.pop(channel.name, None)
        self._early.pop(channel.name, None)
        if self.transport == "websocket" and asked != JOINING:
            self._send("unsubscribe", {"channels": [channel.name]})

    def _send(self, kind: str, data: dict[str, Any]) -> str:
        name = f"{kind}{next(self._ids)}"
        if self.socket is not None:
            self.socket.send({"type": kind, "id": name, "data": data}, always=True)
        return name

    def _subscribe(self, channels: list[Channel]) -> None:
        """Beside what is there already: sessions give way to a bot, and come in again behind it."""
        if any(channel.name.startswith("bot:") for channel in channels):
            sessions = [one for one in self.channels.values() if one.name.startswith("session:")]
            there = [one.name for one in sessions if self._asked.get(one.name) not in (JOINING, LATER)]
            if there:
                self._send("unsubscribe", {"channels": there})
            channels = [one for one in channels if one not in sessions] + sessions
        self._ask(channels)

    def _ask(self, channels: list[Channel]) -> None:
        """All in one frame, since frames are limited."""
        channels = sorted(channels, key=lambda channel: channel.name.startswith("session:"))
        if not channels:
            return
        for channel in channels:
            channel._begin()
        wanted = [{"channel": channel.name, **channel._cursor.since()} for channel in channels]
        name = self._send("subscribe", {"channels": wanted})
        for channel in channels:
            self._asked[channel.name] = name
            self._early[channel.name] = []

    def _heard(self, raw: dict[str, Any]) -> None:
        kind = raw["type"]
        data = raw.get("data")
        if kind in ("subscribed", "unsubscribed") and isinstance(data, dict):
            channel = self.channels.get(str(data.get("channel")))
            if channel is not None:
                if kind == "subscribed":
                    self._subscribed(channel, raw, data)
                else:
                    self._unsubscribed(channel, data)
        elif kind == "error":
            self._error(raw)
        elif "channel" in raw:
            self._event(raw)

    def _subscribed(self, channel: Channel, raw: dict[str, Any], data: dict[str, Any]) -> None:
        if self._asked.get(channel.name) != raw.get("id"):
            return
        del self._asked[channel.name]
        channel._greet(raw, data)
        self._settled(channel)

    def _unsubscribed(self, channel: Channel, data: dict[str, Any]) -> None:
        # While a subscription is unanswered, its answer decides.
        if data.get("code") is not None and channel.name not in self._asked:
            self._let_go(channel, "ended", data["code"])

    def _error(self, raw: dict[str, Any]) -> None:
        code, name = raw.get("code"), raw.get("id")
        if code == "rate_limited" and name is None:
            # What was discarded is not said: whatever is unanswered is asked again.
            waiting = [one for one in self.channels.values() if self._asked.get(one.name, LATER) not in (JOINING, LATER)]
            self.work(self._later(waiting))
            return
        if raw.get("channel") is None:
            # Of a whole frame.
            self._turned_down([one for one in self.channels.values() if name and self._asked.get(one.name) == name], code)
            return
        channel = self.channels.get(str(raw.get("channel")))
        if channel is None:
            return
        if name is None or self._asked.get(channel.name) != name:
            # What is told of a channel that was not there to be left is of no interest.
            if not str(name).startswith("unsubscribe"):
                channel._hear(raw)
        else:
            self._turned_down([channel], code)

    def _turned_down(self, channels: list[Channel], code: str | None) -> None:
        if code not in ("rate_limited", "unavailable", "too_many_channels"):
            for channel in channels:
                self._let_go(channel, "ended" if channel.greeting is not None else "refused", code)
        elif channels:
            for channel in channels:
                channel._cut(code)
                self._asked[channel.name] = LATER
            self.work(self._later(channels))

    async def _later(self, channels: list[Channel]) -> None:
        socket = self.socket
        await asyncio.sleep(max(self._refusals.next(), 0.2))
        if socket is not self.socket:
            return
        self._subscribe([channel for channel in channels if self.channels.get(channel.name) is channel])

    def _event(self, raw: dict[str, Any]) -> None:
        name = raw["channel"]
        channel = self.channels.get(name)
        if channel is not None and name not in self._asked:
            channel._hear(raw)
            if raw["type"] == "replay_complete":
                self._settled(channel)
                return
        session, bot = session_of(raw), raw.get("bot_id")
        for other in (f"session:{session}", f"bot:{bot}"):
            if other != name and other in self.channels:
                self._overheard(self.channels[other], raw)

    def _overheard(self, channel: Channel, raw: dict[str, Any]) -> None:
        """Until a channel has had its past, what is live waits."""
        early = self._early.get(channel.name)
        if early is None:
            channel._hear(raw)
        elif len(early) < HELD:
            early.append(raw)
        else:
            # More than is kept: from where it is, once more.
            self._subscribe([channel])

    def _settled(self, channel: Channel) -> None:
        if channel._is_replaying:
            return
        for raw in self._early.pop(channel.name, []):
            channel._hear(raw)
