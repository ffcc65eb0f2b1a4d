"""Channels and their listeners, against the real server: order, isolation, and slow consumers."""

from __future__ import annotations

import asyncio
import contextlib
import gc

import pytest

from colloquy import (
    ColloquyError,
    Options,
    Reset,
)
from colloquy.frames import ChatMessage
from hearing import take, texts, within
from server import Cast, Server, cast


async def test_messages_come_live_and_in_order(people: Cast) -> None:
    bot = people.viewer.bot(people.bot.id)
    await within(bot.ready())
    events = bot.events("chat_message")
    await people.say("one", "two", "three")
    frames = await take(events, 3)
    assert texts(frames) == ["one", "two", "three"]
    assert [frame.seq for frame in frames] == sorted(frame.seq for frame in frames)
    assert (people.viewer.state, people.viewer.transport) == ("open", "websocket")
    assert bot.greeting is not None and bot.greeting["role"] == "viewer"


async def test_both_kinds_of_listeners_hear_and_are_not_called_after_they_were_taken_off(people: Cast) -> None:
    bot = people.viewer.bot(people.bot.id)
    heard: list[tuple[str, str]] = []
    both = asyncio.Event()

    def plain(frame: ChatMessage) -> None:
        heard.append(("plain", frame.data.content))

    async def patient(frame: ChatMessage) -> None:
        await asyncio.sleep(0)
        heard.append(("patient", frame.data.content))
        both.set()

    off = [bot.on("chat_message", plain), bot.on("chat_message", patient)]
    await within(bot.ready())
    await people.say("first")
    await within(both.wait())
    assert sorted(heard) == [("patient", "first"), ("plain", "first")]
    for one in off:
        one()
        one()
    last = bot.events("chat_message")
    await people.say("second")
    await take(last, 1)
    assert len(heard) == 2


async def test_a_listener_that_fails_is_told_of_and_harms_nobody(people: Cast) -> None:
    bot = people.viewer.bot(people.bot.id)
    told: list[str] = []
    all_told = asyncio.Event()

    def on_error(error: BaseException, during: str) -> None:
        told.append(f"{during}: {error}")
        if len(told) == 4:
            all_told.set()

    people.viewer.on("error", on_error)

    def throws(frame: ChatMessage) -> None:
        raise RuntimeError("plain")

    async def throws_late(frame: ChatMessage) -> None:
        raise RuntimeError("patient")

    bot.on("chat_message", throws)
    bot.on("chat_message", throws_late)
    await within(bot.ready())
    events = bot.events("chat_message")
    await people.say("one", "two")
    assert texts(await take(events, 2)) == ["one", "two"]
    await within(all_told.wait())
    assert sorted(told) == ["chat_message: patient"] * 2 + ["chat_message: plain"] * 2


async def test_a_session_and_its_bot_on_one_socket_hear_the_same_numbers(people: Cast) -> None:
    other = await people.owner.api.create_session(bot_id=people.bot.id, auto_reply=False)
    session = people.viewer.session(people.session.id)
    await within(session.ready())
    of_session = session.events("chat_message")
    posting = asyncio.create_task(people.say(*(f"{n}" for n in range(30))))
    bot = people.viewer.bot(people.bot.id)
    of_bot = bot.events("event")
    await within(bot.ready())
    await posting
    await people.owner.send(other.id, "elsewhere", reply=False)
    await people.say("last")
    heard = await take(of_session, 31)
    assert texts(heard) == [f"{n}" for n in range(30)] + ["last"]
    seqs: list[int] = []
    while not seqs or seqs[-1] < heard[-1].seq:
        seqs.append((await within(anext(of_bot))).seq)
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    bot.leave()
    await people.say("after the bot was left")
    assert texts(await take(of_session, 1)) == ["after the bot was left"]


async def test_a_slow_consumer_loses_nothing_and_holds_no_other_up(server: Server) -> None:
    people = await cast(server, Options(queue=5))
    bot = people.viewer.bot(people.bot.id)
    await within(bot.ready())
    slow, quick = bot.events("chat_message"), bot.events("chat_message")
    heard = asyncio.create_task(take(quick, 120))
    for start in (0, 60):
        posting = [people.owner.send(people.session.id, f"{n}", reply=False) for n in range(start, start + 60)]
        await asyncio.gather(*posting)
    assert texts(await heard) == [f"{n}" for n in range(120)]
    assert len(slow._items) <= 5
    assert texts(await take(slow, 120)) == [f"{n}" for n in range(120)]
    await people.say("live again")
    assert texts(await take(slow, 1)) == ["live again"]
    await people.close()


async def test_one_who_is_behind_further_than_the_log_reaches_is_told_by_a_reset(server: Server) -> None:
    people = await cast(server, Options(queue=1))
    bot = people.viewer.bot(people.bot.id)
    await within(bot.ready())
    events, witness = bot.events(), bot.events("chat_message")
    posting = asyncio.create_task(people.say("one", "two", "three"))
    assert texts(await take(witness, 3)) == ["one", "two", "three"]
    await posting
    # As if the installation had been restored meanwhile.
    events._epoch = "bygone"
    one, reset = await take(events, 2)
    assert one.data.content == "one"
    assert isinstance(reset, Reset) and reset.snapshot is not None
    assert [message.content for message in reset.snapshot.messages[people.session.id]] == ["one", "two", "three"]
    await people.say("four")
    assert texts(await take(events, 1)) == ["four"]
    await people.close()


async def test_a_slow_consumer_of_notifications_catches_up_too(server: Server) -> None:
    people = await cast(server, Options(queue=2))
    inbox = people.viewer.notifications()
    await within(inbox.ready())
    events = inbox.events("notification")
    assert people.viewer.user is not None
    for n in range(7):
        await people.owner.send(people.session.id, f"{n} @{people.viewer.user.username}", reply=False)
    await people.viewer.api.read_all_notifications()
    assert [frame.data.action for frame in await take(events, 7)] == ["mentioned"] * 7
    await people.close()


async def test_a_wait_that_is_given_up_loses_nothing(people: Cast) -> None:
    bot = people.viewer.bot(people.bot.id)
    await within(bot.ready())
    events = bot.events("chat_message")
    heard: list[ChatMessage] = []
    for n in range(20):
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            heard.append(await waiting)
        await people.say(f"{n}")
    heard += await take(events, 20 - len(heard))
    assert texts(heard) == [f"{n}" for n in range(20)]


async def test_a_loop_that_is_left_is_forgotten(people: Cast) -> None:
    bot = people.viewer.bot(people.bot.id)
    await within(bot.ready())
    await people.say("one")
    async with bot.events() as events:
        await people.say("two")
        async for _ in events:
            break
    assert not bot._consumers
    loop = bot.events()
    del loop
    gc.collect()
    assert not bot._consumers


async def test_a_page_of_history_is_read_as_frames(people: Cast) -> None:
    await people.say("one", "two")
    bot, session = people.viewer.bot(people.bot.id), people.viewer.session(people.session.id)
    everything = await bot.history()
    assert [frame.type for frame in everything][-2:] == ["chat_message"] * 2
    assert texts([frame for frame in await session.history() if isinstance(frame, ChatMessage)]) == ["one", "two"]
    inbox = await people.viewer.notifications().history()
    assert [frame.type for frame in inbox] == ["notification"]
    with pytest.raises(ColloquyError):
        await people.viewer.tasks().history()
