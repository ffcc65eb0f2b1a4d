"""Answers as they are written, by the server's own way of picking sentences out of documents."""

from __future__ import annotations

import asyncio

import pytest

from colloquy import Answer, ColloquyError
from server import Cast

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
