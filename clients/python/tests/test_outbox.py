"""Messages on their way: order, exactly once, refusals, and bounds."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from colloquy import Backoff, Closed, ColloquyError, Options
from server import Cast, Server, cast

QUICK = Options(backoff=Backoff(min=0.02, max=0.2, going_away=0.1), retries=0)


async def contents(people: Cast) -> list[str]:
    found = await people.owner.api.list_messages(session_id=people.session.id, limit=100)
    return [message.content for message in found.items]


async def test_what_was_sent_offline_goes_in_order_and_each_once_when_the_server_is_back() -> None:
    server = Server()
    await server.start()
    try:
        people = await cast(server, QUICK)
        await server.stop()
        told: list[int] = []
        people.viewer.on("outbox", lambda entries: told.append(len(entries)))
        sent = [people.viewer.send(people.session.id, f"{n}", reply=False) for n in range(5)]
        assert [one.status for one in sent] == ["waiting"] * 5
        assert told == [1, 2, 3, 4, 5]
        await server.start()
        posted = await asyncio.wait_for(asyncio.gather(*(one._result() for one in sent)), 15)
        assert [one.message.content for one in posted] == [f"{n}" for n in range(5)]
        assert await contents(people) == [f"{n}" for n in range(5)]
        assert (told[-1], people.viewer.outbox.entries) == (0, [])
        await people.close()
    finally:
        await server.remove()


async def test_a_final_refusal_fails_one_message_and_holds_up_nothing(people: Cast) -> None:
    wrong = people.viewer.send(people.session.id, "", reply=False)
    right = people.viewer.send(people.session.id, "right", reply=False)
    with pytest.raises(ColloquyError) as caught:
        await wrong
    assert (caught.value.status, wrong.status, wrong.error) == (422, "failed", caught.value)
    await right
    assert await contents(people) == ["right"]


async def test_a_message_that_failed_is_sent_again_when_its_cause_is_mended(people: Cast) -> None:
    api = people.owner.api
    await api.change_session(session_id=people.session.id, status="closed")
    sent = people.viewer.send(people.session.id, "at last", reply=False)
    with pytest.raises(ColloquyError) as caught:
        await sent
    assert caught.value.code == "session_closed"
    await api.change_session(session_id=people.session.id, status="open")
    sent.retry()
    assert (await sent).message.content == "at last"


async def test_the_same_key_posts_one_message(people: Cast) -> None:
    first, again = people.viewer.send(people.session.id, "once", key="k"), people.viewer.send(people.session.id, "once", key="k")
    assert (await first).message.id == (await again).message.id


async def test_a_full_outbox_refuses_what_waits_can_be_taken_back_and_closing_ends_it() -> None:
    server = Server()
    await server.start()
    people = await cast(server, Options(outbox_limit=3, backoff=Backoff(min=60, max=60), retries=0))
    await server.remove()
    sent = [people.viewer.send(people.session.id, f"{n}") for n in range(3)]
    with pytest.raises(ColloquyError) as caught:
        people.viewer.send(people.session.id, "too much")
    assert caught.value.code == "outbox_full"
    assert sent[2].discard() and not sent[2].discard()
    assert len(people.viewer.outbox.entries) == 2
    await people.close()
    with pytest.raises(Closed):
        await sent[0]
    with pytest.raises(Closed):
        people.viewer.send(people.session.id, "late")


async def test_what_cannot_be_written_as_json_is_refused_at_once_and_holds_up_nothing(people: Cast) -> None:
    wrong: list[dict[str, Any]] = [
        {"content": "\ud83d"},
        {"content": b"bytes"},
        {"content": "to whom", "mentions": [uuid.uuid4()]},
    ]
    for given in wrong:
        with pytest.raises((TypeError, ValueError)):
            people.viewer.send(people.session.id, **given)
    assert people.viewer.outbox.entries == []
    mentions = [str(uuid.uuid4())]
    sent = people.viewer.send(people.session.id, "right", reply=False, mentions=mentions)
    mentions[:] = ["\ud83d"]
    await sent
    assert await contents(people) == ["right"]


async def test_a_message_that_fails_in_a_way_nobody_thought_of_holds_up_nothing(people: Cast) -> None:
    wrong = people.viewer.send(people.session.id, "wrong", reply=False, key="\ud83d")
    right = people.viewer.send(people.session.id, "right", reply=False)
    with pytest.raises(ColloquyError) as caught:
        await asyncio.wait_for(wrong._result(), 15)
    assert (caught.value.code, wrong.status) == ("failed", "failed")
    await asyncio.wait_for(right._result(), 15)
    assert await contents(people) == ["right"]
