"""Trouble on the way, through the real server: refusals by something in between, and transports that come and go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from colloquy import Colloquy, Options, Tokens
from hearing import QUICK, take, texts, within
from proxy import Proxy
from server import PASSWORD, Cast, Server


@pytest_asyncio.fixture
async def proxy(server: Server) -> AsyncIterator[Proxy]:
    async with Proxy(server.url) as made:
        yield made


def pair(client: Colloquy) -> Tokens:
    found = client._keeper.origin._tokens  # type: ignore[attr-defined]
    assert isinstance(found, Tokens)
    return found


def through(proxy: Proxy, whose: Colloquy, **more: Any) -> Colloquy:
    return Colloquy(proxy.url, tokens=pair(whose), options=Options(backoff=QUICK, **more))


@pytest.mark.parametrize("status", [429, 503])
async def test_a_stream_whose_token_ended_goes_on_when_a_new_one_can_be_got_again(
    people: Cast, proxy: Proxy, status: int
) -> None:
    assert people.viewer.user is not None
    options = Options(backoff=QUICK, transports=("sse",))
    async with Colloquy(proxy.url, username=people.viewer.user.username, password=PASSWORD, options=options) as client:
        bot = client.bot(people.bot.id)
        await within(bot.ready())
        events = bot.events("chat_message")
        proxy.refuse("/auth/(login|refresh)", status)
        await people.viewer.api.logout(all=True)
        await proxy.requested("/auth/refresh", 3)
        proxy.heal()
        await people.say("after it")
        assert texts(await take(events, 1)) == ["after it"]
