"""Answers every message of a bot's conversations with the same words, for as long as it runs.

COLLOQUY_URL=http://localhost:8000 COLLOQUY_USER=echo COLLOQUY_PASSWORD=… python examples/echo_bot.py BOT_ID
"""

import asyncio
import contextlib
import os
import sys

from colloquy import Colloquy


async def main(bot_id: str) -> None:
    url, user = os.environ["COLLOQUY_URL"], os.environ["COLLOQUY_USER"]
    async with Colloquy(url, username=user, password=os.environ["COLLOQUY_PASSWORD"]) as colloquy:
        me = await colloquy.who_am_i()
        bot = colloquy.bot(bot_id)
        await bot.ready()
        print("listening", flush=True)
        async for event in bot.events("chat_message"):
            if event.data.role == "user" and event.data.user_id != me.id:
                await colloquy.send(event.data.session_id, event.data.content, reply=False)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1]))
