"""What comes after a connection, a log-in or an access has ended: going on where it was, or an end that everyone is told."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from colloquy import (
    AccessLost,
    Backoff,
    Channel,
    Closed,
    Colloquy,
    ConnectionFailed,
    Heartbeat,
    Options,
    Reset,
    SignedOut,
    Tokens,
)
from colloquy.frames import ChatMessage
from hearing import QUICK, state, take, texts, within
from server import PASSWORD, Cast, Server, cast


async def test_what_was_missed_comes_by_itself_when_the_server_is_back() -> None:
    server = Server()
    await server.start()
    try:
        people = await cast(server, Options(backoff=QUICK))
        bot, events = people.viewer.bot(people.bot.id), None
        await within(bot.ready())
        events = bot.events("chat_message")
        await people.say("before")
        for end in (server.stop, server.kill):
            gone = asyncio.create_task(state(people.viewer, "reconnecting"))
            await asyncio.sleep(0)
            await end()
            assert (await gone).code in (1001, 1006)
            waiting = people.owner.send(people.session.id, end.__name__, reply=False)
            await server.start()
            await within(waiting._result())
        assert texts(await take(events, 3)) == ["before", "stop", "kill"]
        await people.close()
    finally:
        await server.remove()


async def test_a_slow_loop_misses_nothing_while_the_server_dies_again_and_again() -> None:
    server = Server()
    await server.start()
    try:
        people = await cast(server, Options(backoff=QUICK, queue=3))
        bot = people.viewer.bot(people.bot.id)
        await within(bot.ready())
        events, heard = bot.events("chat_message"), []
        for n in range(60):
            people.owner.send(people.session.id, f"{n}", reply=False)
            if n % 20 == 10:
                await server.kill()
                await server.start()
            if n % 5 == 0:
                heard += await take(events, 1)
        heard += await take(events, 60 - len(heard))
        assert texts(heard) == [f"{n}" for n in range(60)]
        assert [frame.seq for frame in heard] == sorted({frame.seq for frame in heard})
        await people.close()
    finally:
        await server.remove()


async def test_a_program_may_start_before_its_server() -> None:
    server = Server()
    await server.start()
    try:
        people = await cast(server)
        assert people.owner.user is not None
        username = people.owner.user.username
        await people.close()
        await server.stop()
        client = Colloquy(server.url, username=username, password=PASSWORD, options=Options(backoff=QUICK))
        async with client:
            bot = client.bot(people.bot.id)
            await state(client, "reconnecting")
            await server.start()
            await within(bot.ready())
            assert client.user is not None and client.user.username == username
    finally:
        await server.remove()


async def test_who_knows_the_password_logs_in_anew_when_the_log_in_was_ended(people: Cast, server: Server) -> None:
    assert people.viewer.user is not None
    async with Colloquy(server.url, username=people.viewer.user.username, password=PASSWORD) as client:
        bot = client.bot(people.bot.id)
        await within(bot.ready())
        events = bot.events("chat_message")
        tokens: list[Tokens] = []
        client.on("tokens", tokens.append)
        await people.viewer.api.logout(all=True)
        await people.say("after it")
        assert texts(await take(events, 1)) == ["after it"]
        assert len(tokens) == 1


@pytest.mark.parametrize("transport", ["websocket", "sse", "poll"])
async def test_a_since_is_replayed_and_one_of_another_epoch_is_a_reset_with_a_snapshot(server: Server, transport: Any) -> None:
    people = await cast(server, Options(transports=(transport,)))
    await people.say("one", "two")
    page = await people.viewer.api.list_events(bot_id=people.bot.id)
    since = page.events[-2]["seq"]
    bot = people.viewer.bot(people.bot.id, since=since, epoch=page.epoch)
    assert texts(await take(bot.events("chat_message"), 1)) == ["two"]
    assert people.viewer.transport == transport
    bot.leave()
    bot = people.viewer.bot(people.bot.id, since=since, epoch="bygone")
    events = bot.events()
    (reset,) = await take(events, 1)
    assert isinstance(reset, Reset) and reset.snapshot is not None
    assert (reset.seq, reset.epoch) == (page.seq, page.epoch)
    assert [message.content for message in reset.snapshot.messages[people.session.id]] == ["one", "two"]
    await people.say("three")
    assert texts(await take(events, 1)) == ["three"]
    await people.close()


@pytest.mark.parametrize("transport", ["sse", "poll"])
async def test_without_a_socket_sessions_and_notifications_are_heard_too(server: Server, transport: Any) -> None:
    people = await cast(server, Options(transports=(transport,), heartbeat=Heartbeat(interval=0.2)))
    assert people.viewer.user is not None
    other = await people.owner.api.create_session(bot_id=people.bot.id, auto_reply=False)
    session, inbox = people.viewer.session(people.session.id), people.viewer.notifications()
    await within(session.ready())
    await within(inbox.ready())
    events = session.events("chat_message")
    await people.owner.send(other.id, "elsewhere", reply=False)
    await people.say("here")
    assert texts(await take(events, 1)) == ["here"]
    mentions = inbox.events("notification")
    await people.say(f"@{people.viewer.user.username}")
    assert [(frame.data.action, frame.seq) for frame in await take(mentions, 1)] == [("mentioned", 0)]
    message = (await people.viewer.api.list_messages(session_id=people.session.id)).items[-1]
    await session.read(message.id)
    read = (await people.viewer.api.get_session(session_id=people.session.id)).read
    assert [(mark.user_id, mark.message_id) for mark in read if mark.user_id == people.viewer.user.id] == [
        (people.viewer.user.id, message.id)
    ]
    await people.close()


@pytest.mark.parametrize("transport", ["websocket", "sse", "poll"])
async def test_a_revocation_ends_the_loop_with_access_lost_after_its_own_event(server: Server, transport: Any) -> None:
    people = await cast(server, Options(transports=(transport,)))
    bot = people.viewer.bot(people.bot.id)
    await within(bot.ready())
    events, heard = bot.events(), []
    assert people.viewer.user is not None
    await people.owner.api.revoke_permission(bot_id=people.bot.id, user_id=people.viewer.user.id)
    with pytest.raises(AccessLost) as caught:
        while True:
            heard.append(await within(anext(events)))
    assert caught.value.channel == f"bot:{people.bot.id}"
    assert [frame.type for frame in heard] in (["permission_change"], [])
    assert bot.state == "ended"
    await people.close()


@pytest.mark.parametrize("mode", ["shared", "separate"])
async def test_a_channel_that_is_refused_says_so_to_everyone_who_waits(server: Server, mode: Any) -> None:
    stranger = await server.person("stranger", Options(mode=mode))
    people = await cast(server)
    bot = stranger.bot(people.bot.id)
    with pytest.raises(AccessLost):
        await within(bot.ready())
    with pytest.raises(AccessLost):
        await within(anext(bot.events()))
    assert bot.state == "refused"
    assert stranger.user is not None
    await people.owner.api.grant_permission(bot_id=people.bot.id, user_id=stranger.user.id, role="viewer")
    again = stranger.bot(people.bot.id)
    assert again is not bot
    await within(again.ready())
    await people.close()
    await stranger.close()


async def test_a_log_out_ends_loops_with_signed_out_and_a_log_in_goes_on_where_it_was(people: Cast) -> None:
    viewer = people.viewer
    assert viewer.user is not None
    bot = viewer.bot(people.bot.id)
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def listener(frame: ChatMessage) -> None:
        await heard.put(frame.data.content)

    bot.on("chat_message", listener)
    await within(bot.ready())
    events = bot.events()
    await viewer.log_out()
    with pytest.raises(SignedOut):
        await within(anext(events))
    with pytest.raises(SignedOut):
        await within(bot.ready())
    await people.say("meanwhile")
    await viewer.log_in(viewer.user.username, PASSWORD)
    assert await within(heard.get()) == "meanwhile"
    await within(bot.ready())


async def test_a_log_in_of_somebody_else_begins_where_their_streams_are(people: Cast, server: Server) -> None:
    viewer = people.viewer
    assert people.owner.user is not None
    inbox = viewer.notifications(since=0)
    assert [frame.type for frame in await take(inbox.events("notification"), 1)] == ["notification"]
    await viewer.log_in(people.owner.user.username, PASSWORD)
    await within(inbox.ready())
    events = inbox.events("notification")
    await people.owner.send(people.session.id, f"note to self @{people.owner.user.username}", reply=False)
    bob = await server.person("bob")
    assert bob.user is not None
    await people.owner.api.grant_permission(bot_id=people.bot.id, user_id=bob.user.id, role="viewer")
    await bob.send(people.session.id, f"to @{people.owner.user.username}", reply=False)
    assert (await take(events, 1))[0].data.action == "mentioned"
    await bob.close()


async def test_joins_are_counted_and_closing_ends_loops_quietly(people: Cast) -> None:
    bot, again = people.viewer.bot(people.bot.id), people.viewer.bot(people.bot.id)
    assert bot is again
    await within(bot.ready())
    bot.leave()
    events = bot.events()
    await people.say("still here")
    assert texts(await take(events, 1)) == ["still here"]

    async def drain() -> list[Any]:
        return [event async for event in events]

    loop = asyncio.create_task(drain())
    await asyncio.sleep(0)
    await people.viewer.close()
    await people.viewer.close()
    assert await within(loop) == []
    assert people.viewer.state == "closed"
    with pytest.raises(Closed):
        people.viewer.bot(people.bot.id)
    with pytest.raises(Closed):
        await people.viewer.who_am_i()


async def test_closing_leaves_no_task_behind(server: Server) -> None:
    before = asyncio.all_tasks()
    for transports in (("websocket",), ("sse",), ("poll",)):
        people = await cast(server, Options(transports=transports))
        channels: list[Channel] = [people.viewer.bot(people.bot.id), people.viewer.notifications()]
        for channel in channels:
            channel.on("event", lambda event: None)
            await within(channel.ready())
        await people.close()
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("transport", ["websocket", "sse", "poll"])
async def test_where_attempts_are_limited_it_gives_up_and_says_so(transport: Any) -> None:
    limited = Options(transports=(transport,), backoff=Backoff(min=0.01, max=0.02, attempts=3), retries=0)
    async with Colloquy("http://127.0.0.1:9", tokens=Tokens("token"), options=limited) as client:
        bot = client.bot("01a202b6-4a06-7087-ab1e-6f6e4b011a17")
        with pytest.raises(ConnectionFailed):
            await within(bot.ready())
        assert client.state == "closed"
        states: list[str] = []
        client.on("state", lambda change: states.append(change.state))
        client.reconnect()
        with pytest.raises(ConnectionFailed):
            await within(bot.ready())
        assert "reconnecting" in states and states[-1] == "closed"


async def test_clocks_that_disagree_cause_no_storm_of_renewals(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    people = await cast(server)
    pair = people.viewer._keeper.origin._tokens  # type: ignore[attr-defined]
    asked: list[str] = []

    def source(reason: str) -> str:
        asked.append(reason)
        return str(pair.access_token)

    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + 3600)
    async with Colloquy(server.url, get_token=source) as client:
        bot = client.bot(people.bot.id)
        await within(bot.ready())
        socket = bot._link.socket if bot._link is not None else None
        assert socket is not None and socket._ends is not None
        assert 400 < socket._ends - time.monotonic() <= 450
        events = bot.events("chat_message")
        await people.say("one", "two", "three")
        await take(events, 3)
    assert asked == ["start"]
    await people.close()
