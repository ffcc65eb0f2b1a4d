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
        self._subscribe(list(self.channels.values()))

    def _joined(self, channel: Channel) -> None:
        super()._joined(channel)
        if self.transport != "websocket":
            return
        joined = [channel]
        if channel.name.startswith("bot:"):
            sessions = [one for one in self.channels.values() if one.name.startswith("session:")]
            if sessions:
                self._send("unsubscribe", {"channels": [one.name for one in sessions]})
                joined += sessions
        self._subscribe(joined)

    def _gone(self, channel: Channel) -> None:
        super()._gone(channel)
        self._asked.pop(channel.name, None)
        self._early.pop(channel.name, None)
        if self.transport == "websocket":
            self._send("unsubscribe", {"channels": [channel.name]})

    def _send(self, kind: str, data: dict[str, Any]) -> str:
        name = f"{kind}{next(self._ids)}"
        if self.socket is not None:
            self.socket.send({"type": kind, "id": name, "data": data}, always=True)
        return name

    def _subscribe(self, channels: list[Channel]) -> None:
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
            self.work(self._later([one for one in self.channels.values() if one.name in self._asked]))
            return
        channel = self.channels.get(str(raw.get("channel")))
        if channel is None:
            return
        if name is None or self._asked.get(channel.name) != name:
            # What is told of a channel that was not there to be left is of no interest.
            if not str(name).startswith("unsubscribe"):
                channel._hear(raw)
        elif code in ("rate_limited", "unavailable", "too_many_channels"):
            channel._cut(code)
            self.work(self._later([channel]))
        else:
            self._let_go(channel, "ended" if channel.greeting is not None else "refused", code)

    async def _later(self, channels: list[Channel]) -> None:
        await asyncio.sleep(max(self._refusals.next(), 0.2))
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
