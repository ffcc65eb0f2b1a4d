"""One server for all tests that leave it as it is, and the people of one test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from server import Cast, Server, cast


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
