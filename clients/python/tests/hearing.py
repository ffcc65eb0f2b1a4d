"""What tests of channels have in common: waiting within bounds, and taking frames."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from colloquy import (
    Backoff,
    Colloquy,
    Events,
    StateChange,
)
from colloquy.frames import ChatMessage

T = TypeVar("T")
QUICK = Backoff(min=0.02, max=0.2, going_away=0.1)


async def within(work: Awaitable[T]) -> T:
    return await asyncio.wait_for(work, 30)


async def state(client: Colloquy, wanted: str) -> StateChange:
    """The next change to this state."""
    found: asyncio.Future[StateChange] = asyncio.get_running_loop().create_future()

    def on_state(change: StateChange) -> None:
        if change.state == wanted and not found.done():
            found.set_result(change)

    off = client.on("state", on_state)
    try:
        return await within(found)
    finally:
        off()


async def take(events: Events[Any], count: int) -> list[Any]:
    return [await within(anext(events)) for _ in range(count)]


def texts(frames: list[ChatMessage]) -> list[str]:
    return [frame.data.content for frame in frames]
