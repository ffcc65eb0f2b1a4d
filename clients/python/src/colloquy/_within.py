"""Waiting with a bound. `asyncio.wait_for` may swallow a cancellation up to Python 3.11, when what it waits for ends at the same
moment; a task that is to end would then go on for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Raises asyncio.TimeoutError when it takes longer; then, and when the waiting is cancelled, the work is given up."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait([task], timeout=seconds)
        if not task.done():
            raise asyncio.TimeoutError
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        elif not task.cancelled():
            # Told to whoever still waits; if nobody does, it is not to be complained of.
            task.exception()


async def passed(seconds: float, event: asyncio.Event) -> None:
    """Until the seconds are over, or the event comes first."""
    try:
        await within(seconds, event.wait())
    except asyncio.TimeoutError:
        return
