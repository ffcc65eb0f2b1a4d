"""Shows everything that happens on a bot, and what was missed while this was not connected.

COLLOQUY_URL=http://localhost:8000 COLLOQUY_USER=ann COLLOQUY_PASSWORD=… python examples/watch.py BOT_ID
"""

import asyncio
import contextlib
import os
import sys

from colloquy import AccessLost, Colloquy, Reset


async def main(bot_id: str) -> None:
    url, user = os.environ["COLLOQUY_URL"], os.environ["COLLOQUY_USER"]
    async with Colloquy(url, username=user, password=os.environ["COLLOQUY_PASSWORD"]) as colloquy:
        colloquy.on("state", lambda change: print("connection:", change.state, flush=True))
        try:
            async for event in colloquy.bot(bot_id).events():
                if isinstance(event, Reset):
                    print(f"{event.seq}: too much was missed; the state was loaded anew", flush=True)
                else:
                    print(f"{event.seq}: {event.type}", flush=True)
        except AccessLost:
            print("access was withdrawn", flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1]))
