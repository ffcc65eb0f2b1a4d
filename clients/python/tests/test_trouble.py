"""Trouble on the way, through the real server: refusals by something in between, and transports that come and go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from colloquy import Closed, Colloquy, ColloquyError, Heartbeat, Options, Reset, Tokens
from hearing import QUICK, take, texts, within
from proxy import Proxy
from server import PASSWORD, Cast, Server


@pytest_asyncio.fixture
async def proxy(server: Server) -> AsyncIterator[Proxy]:
    async with Proxy(server.url) as made:
        yield made


def pair(client: Colloquy) -> Tokens:
    found = client._keeper.origin._tokens  # type: ignore[attr-defined]
    assert isinstance(found, Tokens)
    return found


def through(proxy: Proxy, whose: Colloquy, **more: Any) -> Colloquy:
    return Colloquy(proxy.url, tokens=pair(whose), options=Options(backoff=QUICK, **more))


@pytest.mark.parametrize("status", [404, 429, 503])
async def test_a_stream_whose_token_ended_goes_on_when_a_new_one_can_be_got_again(
    people: Cast, proxy: Proxy, status: int
) -> None:
    assert people.viewer.user is not None
    options = Options(backoff=QUICK, transports=("sse",))
    async with Colloquy(proxy.url, username=people.viewer.user.username, password=PASSWORD, options=options) as client:
        bot = client.bot(people.bot.id)
        await within(bot.ready())
        events = bot.events("chat_message")
        proxy.refuse("/auth/(login|refresh)", status)
        await people.viewer.api.logout(all=True)
        await proxy.requested("/auth/refresh", 3)
        proxy.heal()
        await people.say("after it")
        assert texts(await take(events, 1)) == ["after it"]


async def test_a_stream_whose_token_ended_goes_on_with_one_that_was_got_meanwhile(people: Cast, server: Server) -> None:
    assert people.viewer.user is not None
    given = pair(people.viewer).access_token
    async with Colloquy(server.url) as second:
        await second.log_in(people.viewer.user.username, PASSWORD)
        left, asked = [given, pair(second).access_token], list[str]()

        def source(reason: str) -> str | None:
            asked.append(reason)
            return left.pop(0) if left else None

        options = Options(backoff=QUICK, transports=("sse",))
        async with Colloquy(server.url, get_token=source, options=options) as client:
            bot = client.bot(people.bot.id)
            await within(bot.ready())
            events = bot.events("chat_message")
            await client._keeper.renew(given, "unauthorized")
            await people.viewer.log_out()
            await people.say("after it")
            assert texts(await take(events, 1)) == ["after it"]
            assert asked == ["start", "unauthorized"]


async def test_a_first_log_in_at_a_wrong_address_says_so(people: Cast, proxy: Proxy) -> None:
    assert people.viewer.user is not None
    proxy.refuse("/auth/login", 404)
    with pytest.raises(ColloquyError) as caught:
        async with Colloquy(proxy.url, username=people.viewer.user.username, password=PASSWORD):
            pass
    assert caught.value.status == 404


async def test_a_page_of_something_between_ends_no_log_in(people: Cast, proxy: Proxy) -> None:
    async with Colloquy(proxy.url, tokens=Tokens("ended", pair(people.viewer).refresh_token)) as client:
        told: list[str] = []
        client.on("signed_out", told.append)
        heal = proxy.refuse("/auth/refresh", 404)
        with pytest.raises(ColloquyError) as caught:
            await client.who_am_i()
        assert (caught.value.status, caught.value.code, caught.value.is_final) == (404, "http_error", False)
        heal()
        await client.who_am_i()
        assert told == []


@pytest.mark.parametrize("status", [403, 404, 413])
async def test_a_message_that_something_between_refuses_goes_out_when_that_is_over(
    people: Cast, proxy: Proxy, status: int
) -> None:
    async with through(proxy, people.viewer) as client:
        heal = proxy.refuse("POST .*/messages", status)
        sent = client.send(people.session.id, "through", reply=False)
        await proxy.requested("POST .*/messages", 2)
        heal()
        posted = await within(sent._result())
    found = await people.owner.api.list_messages(session_id=people.session.id)
    assert [message.id for message in found.items] == [posted.message.id]


@pytest.mark.parametrize("status", [403, 404])
async def test_a_state_that_something_between_refuses_is_asked_for_again_and_the_refusal_told_once(
    people: Cast, proxy: Proxy, status: int
) -> None:
    heal = proxy.refuse("/snapshot", status)
    async with through(proxy, people.owner) as client:
        errors: list[BaseException] = []
        client.on("error", lambda error, during: errors.append(error))
        bot = client.bot(people.bot.id, since=1, epoch="another")
        events = bot.events("reset", "chat_message")
        await proxy.requested("/snapshot", 4)
        assert (proxy.count("GET /api/ws$"), [getattr(error, "status", None) for error in errors]) == (1, [status])
        await people.say("meanwhile")
        heal()
        await within(bot.ready())
        await people.say("after")
        (reset, *_) = await take(events, 1)
        assert isinstance(reset, Reset) and reset.snapshot is not None
        known = [message.content for message in reset.snapshot.messages[people.session.id]]
        assert known + texts(await take(events, 2 - len(known))) == ["meanwhile", "after"]


async def test_a_loop_that_is_behind_is_not_ended_by_something_between(people: Cast, proxy: Proxy) -> None:
    async with through(proxy, people.viewer, queue=1) as client:
        bot = client.bot(people.bot.id)
        await within(bot.ready())
        events, witness = bot.events("chat_message"), bot.events("chat_message")
        heal = proxy.refuse("/events", 404)
        await people.say("one")
        assert texts(await take(witness, 1)) == ["one"]
        await people.say("two", "three")
        assert texts(await take(events, 1)) == ["one"]
        waiting = asyncio.ensure_future(take(events, 2))
        await proxy.requested("/events", 2)
        heal()
        assert texts(await waiting) == ["two", "three"]


async def test_that_a_notification_was_read_which_was_polled_before_is_told_over_the_socket(people: Cast, proxy: Proxy) -> None:
    assert people.viewer.user is not None
    heal = proxy.refuse("GET /api/ws", 403)
    async with through(proxy, people.viewer, heartbeat=Heartbeat(interval=0.02)) as client:
        inbox = client.notifications()
        events = inbox.events("notification", "notification_read")
        await within(inbox.ready())
        await people.owner.api.grant_permission(bot_id=people.bot.id, user_id=people.viewer.user.id, role="editor")
        (granted,) = await take(events, 1)
        heal()
        client.reconnect()
        await within(live(client))
        await within(inbox.ready())
        await client.api.read_notification(notification_id=granted.data.notification_id)
        while (frame := (await take(events, 1))[0]).type != "notification_read":
            pass
        assert frame.data.notification_id == granted.data.notification_id


async def test_a_session_that_is_streamed_knows_the_life_of_its_stream_after_a_gap(people: Cast, proxy: Proxy) -> None:
    async with through(proxy, people.viewer, transports=("sse",)) as client:
        session = client.session(people.session.id, since=1, epoch="another")
        events = session.events("chat_message")
        await within(session.ready())
        await people.say("after the gap")
        assert texts(await take(events, 1)) == ["after the gap"]
        snapshot = await people.viewer.api.get_snapshot(bot_id=people.bot.id)
        assert (session.seq, session.epoch) == (snapshot.seq, snapshot.epoch)


async def test_who_waits_for_a_channel_that_is_left_or_of_a_client_that_is_closed_is_told(people: Cast) -> None:
    client = Colloquy("http://127.0.0.1:9", tokens=pair(people.viewer), options=Options(backoff=QUICK))
    left = client.bot(people.bot.id)
    waiting = asyncio.ensure_future(left.ready())
    await asyncio.sleep(0)
    left.leave()
    with pytest.raises(Closed):
        await within(waiting)
    waiting = asyncio.ensure_future(client.bot(people.bot.id).ready())
    await asyncio.sleep(0)
    await client.close()
    with pytest.raises(Closed):
        await within(waiting)


async def live(client: Colloquy) -> None:
    """Until a WebSocket carries its channels."""
    found = asyncio.Event()
    off = client.on("transport", lambda transport: found.set() if transport == "websocket" else None)
    if client.transport != "websocket":
        await found.wait()
    off()
