"""One server for all tests that leave it as it is; a bound on each test, so that what hangs is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import pytest
import pytest_asyncio

from server import Cast, Server, cast

T = TypeVar("T")


@pytest_asyncio.fixture(scope="session")
async def server() -> AsyncIterator[Server]:
    running = Server()
    try:
        await running.start()
        yield running
    finally:
        await running.remove()


@pytest_asyncio.fixture
async def people(server: Server) -> AsyncIterator[Cast]:
    made = await cast(server)
    yield made
    await made.close()


@pytest.fixture
def within() -> Callable[[Awaitable[T]], Awaitable[T]]:
    def bounded(work: Awaitable[T]) -> Awaitable[T]:
        return asyncio.wait_for(work, 30)

    return bounded
