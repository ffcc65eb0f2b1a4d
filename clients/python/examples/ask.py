"""Asks a bot a question, and prints the answer while it is written.

COLLOQUY_URL=http://localhost:8000 COLLOQUY_USER=ann COLLOQUY_PASSWORD=… python examples/ask.py BOT_ID "How long …?"
"""

import asyncio
import os
import sys

from colloquy import Colloquy


async def main(bot_id: str, question: str) -> None:
    url, user = os.environ["COLLOQUY_URL"], os.environ["COLLOQUY_USER"]
    async with Colloquy(url, username=user, password=os.environ["COLLOQUY_PASSWORD"]) as colloquy:
        session = await colloquy.api.create_session(bot_id=bot_id, title=question[:200])
        answer = colloquy.ask(session.id, question)
        async for piece in answer:
            print(piece, end="", flush=True)
        print()
        for citation in (await answer).metadata.citations or []:
            print(f"[{citation.number}] {citation.filename}: {citation.quote}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
