"""The examples, as a person starts them; and the one of the README, as it stands there."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from colloquy import Colloquy
from colloquy.frames import ChatMessage
from server import PASSWORD, Cast, surroundings

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent / "examples"


@asynccontextmanager
async def running(person: Colloquy, *words: str, ends: bool = False) -> AsyncIterator[asyncio.subprocess.Process]:
    assert person.user is not None
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        env={
            **surroundings(),
            "COLLOQUY_URL": person._rest.url,
            "COLLOQUY_USER": person.user.username,
            "COLLOQUY_PASSWORD": PASSWORD,
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if not ends:
            # Ctrl+C ends it in order.
            process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 10) == 0


async def line(process: asyncio.subprocess.Process, pattern: str) -> str:
    assert process.stdout is not None
    seen = []
    while text := await asyncio.wait_for(process.stdout.readline(), 15):
        seen.append(text.decode())
        if re.search(pattern, seen[-1]):
            return seen[-1]
    raise AssertionError("".join(seen))


async def test_watch_shows_what_happens_and_ends_when_access_is_withdrawn(people: Cast) -> None:
    assert people.viewer.user is not None
    async with running(people.viewer, str(EXAMPLES / "watch.py"), people.bot.id, ends=True) as process:
        await line(process, "connection: open")
        bot = people.owner.bot(people.bot.id)
        await bot.ready()
        async with bot.events("presence") as events:
            while people.viewer.user.username not in [one["username"] for one in (await online(people))]:
                await asyncio.wait_for(anext(events), 15)
        await people.say("Hello")
        await line(process, r"\d+: chat_message")
        await people.owner.api.revoke_permission(bot_id=people.bot.id, user_id=people.viewer.user.id)
        await line(process, "permission_change")
        await line(process, "access was withdrawn")


async def online(people: Cast) -> list[dict[str, str]]:
    found = await people.owner.api.get_presence(bot_id=people.bot.id)
    return [{"username": one.username} for one in found.items]


async def test_the_echo_bot_answers_others_and_ends_on_a_signal(people: Cast) -> None:
    async with running(people.viewer, str(EXAMPLES / "echo_bot.py"), people.bot.id) as process:
        await line(process, "listening")
        bot = people.owner.bot(people.bot.id)
        await bot.ready()
        events = bot.events("chat_message")
        await people.say("Is anybody there?")
        heard: list[ChatMessage] = [await asyncio.wait_for(anext(events), 15) for _ in range(2)]
    assert [frame.data.content for frame in heard] == ["Is anybody there?"] * 2
    assert people.viewer.user is not None
    assert heard[1].data.user_id == people.viewer.user.id


async def test_ask_prints_the_answer_and_where_it_is_from(people: Cast) -> None:
    text = b"Drills are lent for a week. The workshop is open on Saturdays."
    document = await people.owner.api.upload_document(bot_id=people.bot.id, file=text, filename="handbook.txt")
    bot = people.owner.bot(people.bot.id)
    async with bot.events("document_update") as events:
        await bot.ready()
        while (await people.owner.api.get_document(document_id=document.id)).status != "processed":
            await asyncio.wait_for(anext(events), 15)
    question = "How long are drills lent?"
    async with running(people.viewer, str(EXAMPLES / "ask.py"), people.bot.id, question, ends=True) as process:
        await line(process, "a week")
        await line(process, r"\[1\] handbook.txt: ")


async def test_the_example_of_the_readme_runs_as_it_stands(people: Cast, tmp_path: Path) -> None:
    """Only who and where is filled in."""
    found = re.search(r"```python\n(import asyncio.*?)```", (HERE.parent / "README.md").read_text(), re.DOTALL)
    assert found is not None and people.viewer.user is not None
    source = found[1]
    for told, meant in {
        "http://localhost:8000": people.viewer._rest.url,
        'username="echo"': f'username="{people.viewer.user.username}"',
        'password="…"': f'password="{PASSWORD}"',
        "BOT_ID": people.bot.id,
    }.items():
        assert told in source
        source = source.replace(told, meant)
    program = tmp_path / "example.py"
    program.write_text(source)
    bot = people.owner.bot(people.bot.id)
    await bot.ready()
    async with bot.events("presence") as arrivals, bot.events("chat_message") as events:
        process_events: list[ChatMessage] = []
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(program), env={**surroundings(), "PYTHONPATH": os.pathsep.join(sys.path)}
        )
        try:
            while (await asyncio.wait_for(anext(arrivals), 15)).data.user_id != people.viewer.user.id:
                pass
            await people.say("Hi")
            process_events += [await asyncio.wait_for(anext(events), 15) for _ in range(2)]
        finally:
            process.terminate()
            await process.wait()
    assert [frame.data.content for frame in process_events] == ["Hi", "You said: Hi"]
