"""The real server on a free port, with a folder of its own; and a few people in it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path

from colloquy import Colloquy, Options
from colloquy.models import Bot, Session

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "correct horse battery"

#: Tests ask more than people do.
GENEROUS = {
    "COLLOQUY_REQUESTS_PER_USER": "100000",
    "COLLOQUY_REQUESTS_PER_ADDRESS": "100000",
    "COLLOQUY_ARGON2_MEMORY": "64KiB",
    "COLLOQUY_ARGON2_PASSES": "1",
}


def program() -> str:
    named = os.environ.get("COLLOQUY_BIN")
    built = ROOT / "target" / "debug" / "colloquy"
    if named is None and not built.exists():
        raise RuntimeError("build the server, or name it in COLLOQUY_BIN")
    return named or str(built)


def surroundings() -> dict[str, str]:
    """Without settings that are meant for others; the server refuses those that it does not know."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COLLOQUY_")}


class Server:
    """Its output is kept, and belongs to a failed test."""

    def __init__(self, **settings: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="colloquy-python-"))
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._address = "127.0.0.1:0"
        self.log: list[str] = []
        self._people = 0

    @property
    def url(self) -> str:
        return f"http://{self._address}"

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(program(), "serve", "--listen", self._address, "--data-dir", str(self._folder)),
            env={**surroundings(), **GENEROUS, **self._settings},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        listening = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read(self._process, listening))
        self._address = await asyncio.wait_for(listening, 20)

    async def _read(self, process: asyncio.subprocess.Process, listening: asyncio.Future[str]) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self.log.append(line.decode().rstrip())
            found = re.search(r"listens on http://(\S+)", self.log[-1])
            if found and not listening.done():
                listening.set_result(found[1])
        if not listening.done():
            listening.set_exception(RuntimeError("\n".join(self.log)))

    async def _end(self, how: int) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(how)
            await asyncio.wait_for(self._process.wait(), 20)
        if self._reading is not None:
            await self._reading

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        await self._end(signal.SIGKILL)

    async def remove(self) -> None:
        await self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def person(self, name: str, options: Options | None = None) -> Colloquy:
        """A client of somebody new. Names are numbered, since one server serves many tests."""
        self._people += 1
        username = f"{name}-{self._people}"
        client = Colloquy(self.url, options=options)
        await client.register(username, PASSWORD)
        return client


@dataclass
class Cast:
    """Two people who share a bot with one conversation."""

    owner: Colloquy
    viewer: Colloquy
    bot: Bot
    session: Session

    async def close(self) -> None:
        await asyncio.gather(self.owner.close(), self.viewer.close())

    async def say(self, *texts: str) -> None:
        """The owner does, one after the other."""
        for text in texts:
            await self.owner.send(self.session.id, text, reply=False)


async def cast(server: Server, options: Options | None = None) -> Cast:
    owner = await server.person("owner")
    viewer = await server.person("viewer", options)
    bot = await owner.api.create_bot(name="Librarian")
    assert viewer.user is not None
    await owner.api.grant_permission(bot_id=bot.id, user_id=viewer.user.id, role="viewer")
    session = await owner.api.create_session(bot_id=bot.id, title="Talk", auto_reply=False)
    return Cast(owner, viewer, bot, session)
