"""What is said on the shared socket, to a server that follows a script where the real one cannot be made to do it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from colloquy import AccessLost, Colloquy, Options, Tokens
from hearing import QUICK, take, within

Frame = dict[str, Any]


class Script:
    """Frames of the client are taken one by one; what is told is the test's own."""

    def __init__(self) -> None:
        self._heard: asyncio.Queue[Frame] = asyncio.Queue()
        self._connection: ServerConnection | None = None
        self.url = ""

    async def serve(self, connection: ServerConnection) -> None:
        self._connection = connection
        await self.tell({"type": "connection_established", "data": {"user_id": "u", "connection_type": "multi"}})
        async for text in connection:
            frame = json.loads(text)
            if frame["type"] == "ping":
                await self.tell({"type": "pong", "id": frame["id"]})
            else:
                self._heard.put_nowait(frame)

    async def tell(self, frame: Frame) -> None:
        assert self._connection is not None
        await self._connection.send(json.dumps(frame))

    async def heard(self, kind: str) -> Frame:
        frame = await within(self._heard.get())
        assert frame["type"] == kind, frame
        return frame

    async def subscribed(self, frame: Frame, seq: int = 7) -> None:
        """Nothing was missed by any of them."""
        for wanted in frame["data"]["channels"]:
            channel = wanted["channel"]
            told = {"type": "subscribed", "id": frame["id"], "data": {"channel": channel, "seq": seq, "epoch": "e"}}
            await self.tell(told)
            if "since" in wanted:
                data = {"from": wanted["since"], "to": seq, "complete": True}
                await self.tell({"type": "replay_complete", "channel": channel, "data": data})

    def silent(self) -> bool:
        return self._heard.empty()


def named(frame: Frame) -> list[str]:
    return [one if isinstance(one, str) else one["channel"] for one in frame["data"]["channels"]]


@asynccontextmanager
async def scripted() -> AsyncIterator[tuple[Script, Colloquy]]:
    script = Script()
    async with serve(script.serve, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with Colloquy(f"http://127.0.0.1:{port}", tokens=Tokens("t"), options=Options(backoff=QUICK)) as client:
            yield script, client


@pytest.mark.parametrize("code", ["rate_limited", "unavailable"])
async def test_a_subscription_that_is_refused_as_a_whole_for_now_is_asked_again(code: str) -> None:
    async with scripted() as (script, client):
        bot, session = client.bot("b"), client.session("s")
        asked = await script.heard("subscribe")
        await script.tell({"type": "error", "id": asked["id"], "code": code, "message": "not now"})
        again = await script.heard("subscribe")
        assert named(again) == named(asked) == ["bot:b", "session:s"]
        await script.subscribed(again)
        await within(bot.ready())
        await within(session.ready())


async def test_a_subscription_that_is_refused_as_a_whole_for_good_ends_its_channels() -> None:
    async with scripted() as (script, client):
        channels = [client.bot("b"), client.session("s")]
        asked = await script.heard("subscribe")
        await script.tell({"type": "error", "id": asked["id"], "code": "invalid_message", "message": "what?"})
        for channel in channels:
            with pytest.raises(AccessLost) as caught:
                await within(channel.ready())
            assert (caught.value.code, channel.state) == ("invalid_message", "refused")


async def test_channels_that_are_joined_at_once_are_one_frame_on_an_open_socket_too() -> None:
    async with scripted() as (script, client):
        first = client.bot("a")
        await script.subscribed(await script.heard("subscribe"))
        await within(first.ready())
        more = [client.bot("b"), client.session("s"), client.notifications()]
        gone = client.bot("c")
        gone.leave()
        asked = await script.heard("subscribe")
        assert named(asked) == ["bot:b", "notifications", "session:s"]
        await script.subscribed(asked)
        for channel in more:
            await within(channel.ready())
        assert script.silent()


async def test_sessions_give_way_to_a_bot_that_is_subscribed_again() -> None:
    async with scripted() as (script, client):
        bot, session = client.bot("b"), client.session("s")
        events = session.events("chat_message")
        await script.subscribed(await script.heard("subscribe"))
        await within(bot.ready())
        await within(session.ready())
        assert bot._link is not None
        bot._link.again(bot)
        assert named(await script.heard("unsubscribe")) == ["session:s"]
        asked = await script.heard("subscribe")
        assert asked["data"]["channels"] == [
            {"channel": "bot:b", "since": 7, "epoch": "e"},
            {"channel": "session:s", "since": 7, "epoch": "e"},
        ]
        await script.subscribed(asked)
        await within(session.ready())
        message = {"message_id": "m", "session_id": "s", "user_id": "u", "username": "ann", "content": "still here"}
        data = {**message, "role": "user", "timestamp": "2026-11-22T10:03:50Z", "metadata": {}}
        frame = {"type": "chat_message", "channel": "bot:b", "bot_id": "b", "seq": 8, "id": "e", "data": data}
        await script.tell({**frame, "timestamp": "2026-11-22T10:03:50Z"})
        assert (await take(events, 1))[0].data.content == "still here"
