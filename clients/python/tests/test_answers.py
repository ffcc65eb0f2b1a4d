"""Answers as they are written, by the server's own way of picking sentences out of documents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import pytest

from colloquy import Answer, Colloquy, ColloquyError, Options, Reset, models
from hearing import QUICK, within
from proxy import Proxy
from server import Cast, Server, cast

TEXT = b"The workshop is open on Saturdays from nine to noon. Drills are lent for a week. Membership costs twenty a year. " * 3


async def ready(people: Cast) -> None:
    """A document that answers can rest on."""
    document = await people.owner.api.upload_document(bot_id=people.bot.id, file=TEXT, filename="handbook.txt")
    tasks = people.owner.bot(people.bot.id)
    async with tasks.events("document_update") as events:
        await tasks.ready()
        while (await people.owner.api.get_document(document_id=document.id)).status != "processed":
            await asyncio.wait_for(anext(events), 15)
    tasks.leave()


async def whole(answer: Answer) -> str:
    return "".join([piece async for piece in answer])


async def test_a_question_is_answered_piece_by_piece_and_the_pieces_make_the_message(people: Cast) -> None:
    await ready(people)
    answer = people.viewer.ask(people.session.id, "When is the workshop open?")
    pieces = [piece async for piece in answer]
    message = await answer
    assert "".join(pieces) == message.content == answer.text
    assert "Saturdays" in message.content
    assert message.metadata.status == "complete"
    assert message.metadata.citations is not None and message.metadata.citations[0].filename == "handbook.txt"
    assert people.viewer._channels == {}


async def test_an_answer_may_be_asked_for_by_its_id_early_late_and_by_several(people: Cast) -> None:
    await ready(people)
    bot = people.viewer.bot(people.bot.id)
    await bot.ready()
    posted = await people.viewer.send(people.session.id, "When is the workshop open?", reply=True)
    first, second = bot.answer(posted), bot.answer(posted)
    texts = (await whole(first), await whole(second))
    message = await first
    assert texts == (message.content, message.content)
    assert (await bot.answer(message.message_id)).content == message.content
    other = people.owner.bot(people.bot.id)
    assert await whole(other.answer(message.message_id)) == message.content


async def test_an_answer_that_does_not_exist_or_was_not_asked_for_is_an_error(people: Cast) -> None:
    bot = people.viewer.bot(people.bot.id)
    with pytest.raises(ColloquyError) as caught:
        await bot.answer("01a202b6-4a06-7087-ab1e-6f6e4b011a17")
    assert caught.value.status == 404
    posted = await people.viewer.send(people.session.id, "Just so", reply=False)
    with pytest.raises(ValueError, match="no answer"):
        bot.answer(posted)
    with pytest.raises(ColloquyError) as caught:
        await people.viewer.ask("01a202b6-4a06-7087-ab1e-6f6e4b011a17", "Anybody?")
    assert caught.value.status == 404


@asynccontextmanager
async def thinking() -> AsyncIterator[Cast]:
    """People whose questions a model takes, and never answers."""
    open_to: set[asyncio.StreamWriter] = set()
    async with await asyncio.start_server(lambda reader, writer: open_to.add(writer), "127.0.0.1", 0) as model:
        url = f"http://127.0.0.1:{model.sockets[0].getsockname()[1]}/v1"
        provider = {"COLLOQUY_PROVIDER_KIND": "openai", "COLLOQUY_PROVIDER_MODEL": "mute"}
        server = Server(**provider, COLLOQUY_PROVIDER_URL=url)
        try:
            await server.start()
            people = await cast(server)
            yield people
            await people.close()
        finally:
            await server.remove()
            for writer in open_to:
                writer.transport.abort()


async def test_an_answer_that_waits_or_has_not_begun_ends_with_its_session() -> None:
    async with thinking() as people:
        bot = people.viewer.bot(people.bot.id)
        await within(bot.ready())
        posted = [await people.viewer.send(people.session.id, text, reply=True) for text in ("one?", "two?")]
        answers = [bot.answer(one) for one in posted]
        for answer in answers:
            await within(answer._begun())
        asked = people.viewer.ask(people.session.id, "three?")
        await within(asked._begun())
        await people.owner.api.delete_session(session_id=people.session.id)
        for answer in (*answers, asked):
            with pytest.raises(ColloquyError) as caught:
                await within(answer._whole())
            assert (caught.value.status, caught.value.code) == (404, "message_not_found")


async def test_an_answer_is_found_however_much_was_said_since(people: Cast) -> None:
    posted = await people.viewer.send(people.session.id, "When is the workshop open?", reply=True)
    bot = people.viewer.bot(people.bot.id)
    message = await within(bot.answer(posted)._whole())
    await people.say(*(f"{n}" for n in range(51)))
    other = people.owner.bot(people.bot.id)
    for answer in (
        other.answer(posted),
        other.answer(message.message_id),
        other.answer(message.message_id, people.session.id),
    ):
        assert (await within(answer._whole())).content == message.content
    other.leave()
    await people.owner.api.delete_message(message_id=message.message_id)
    with pytest.raises(ColloquyError) as caught:
        await within(people.owner.bot(people.bot.id).answer(posted)._whole())
    assert caught.value.status == 404


async def test_an_answer_that_ended_in_a_gap_is_found_behind_it() -> None:
    async with thinking() as people, Proxy(people.viewer._rest.url) as proxy:
        pair = people.viewer._keeper.origin._tokens  # type: ignore[attr-defined]
        async with Colloquy(proxy.url, tokens=pair, options=Options(backoff=QUICK)) as client:
            bot = client.bot(people.bot.id)
            await within(bot.ready())
            posted = await people.viewer.send(people.session.id, "one?", reply=True)
            answer = bot.answer(posted)
            await within(answer._begun())
            proxy.refuse("GET /api/ws", 503)
            proxy.cut()
            await proxy.requested("GET /api/ws", 2)
            assert posted.answer is not None
            await people.viewer.api.cancel_answer(message_id=posted.answer.message_id)
            await people.say(*(f"{n}" for n in range(51)))
            # As if the installation had been restored meanwhile.
            bot._cursor.epoch = "bygone"
            proxy.heal()
            message = await within(answer._whole())
            assert (message.message_id, message.metadata.status) == (posted.answer.message_id, "cancelled")


async def test_a_reset_that_is_older_than_the_question_ends_no_answer(people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its snapshot was read before the question came, and is looked at after it."""
    bot = people.viewer.bot(people.bot.id)
    await within(bot.ready())
    stale = await bot.snapshot()
    begun = models.Answer(
        message_id=str(uuid4()), session_id=people.session.id, question_id=str(uuid4()), status="running", content="Hel"
    )
    answer = bot.answer(begun.message_id, people.session.id)

    async def fresh() -> models.SnapshotView:
        return replace(stale, answers=[begun])

    tasks: list[asyncio.Task[None]] = []
    monkeypatch.setattr(bot, "snapshot", fresh)
    monkeypatch.setattr(people.viewer, "_own", tasks.append)
    bot._board.hear(Reset(seq=stale.seq, epoch=stale.epoch, snapshot=stale))
    await within(tasks[0])
    assert (answer.text, answer._error) == ("Hel", None)
