"""Listeners, isolated from one another: one that fails is reported and harms nobody, one taken off is not called again."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any

logger = logging.getLogger("colloquy")

Unsubscribe = Callable[[], None]
Report = Callable[[BaseException, str], None]


def is_async(listener: Callable[..., Any]) -> bool:
    while hasattr(listener, "func"):  # functools.partial
        listener = listener.func
    called = type(listener).__call__ if not inspect.isroutine(listener) else None
    return inspect.iscoroutinefunction(listener) or inspect.iscoroutinefunction(called)


class Emitter:
    """For what happens to the client itself. Asynchronous listeners run as tasks of their own."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[list[Callable[..., Any]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def on(self, kind: str, listener: Callable[..., Any]) -> Unsubscribe:
        # In a list of its own, so that the same function may be there twice and each goes by itself.
        entry = [listener]
        self._listeners.setdefault(kind, []).append(entry)

        def off() -> None:
            if entry:
                entry.clear()
                self._listeners[kind] = [one for one in self._listeners[kind] if one]

        return off

    def emit(self, kind: str, *arguments: Any) -> None:
        for entry in tuple(self._listeners.get(kind, ())):
            if not entry:
                continue
            try:
                result = entry[0](*arguments)
            except Exception as error:
                self.report(error, kind)
                continue
            if inspect.isawaitable(result):
                task = asyncio.ensure_future(self._run(result, kind))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _run(self, result: Awaitable[Any], kind: str) -> None:
        try:
            await result
        except Exception as error:
            self.report(error, kind)

    def report(self, error: BaseException, during: str) -> None:
        logger.error("something failed during %s", during, exc_info=error)
        if during != "error":
            self.emit("error", error, during)

    async def close(self) -> None:
        """What is under way ends; a listener that closes the client itself is left to it."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
