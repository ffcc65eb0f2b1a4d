"""One client, one person after the other: what was begun as one of them is never done as the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from colloquy import Backoff, Colloquy, ColloquyError, Options, Sent, SignedOut, Tokens
from hearing import state, within
from proxy import Proxy
from server import PASSWORD, Cast, Server

QUICK = Options(backoff=Backoff(min=0.02, max=0.2, going_away=0.1))


@pytest_asyncio.fixture
async def proxy(server: Server) -> AsyncIterator[Proxy]:
    async with Proxy(server.url) as made:
        yield made


def name(client: Colloquy) -> str:
    assert client.user is not None
    return client.user.username


async def contents(people: Cast) -> list[tuple[str | None, str]]:
    found = await people.owner.api.list_messages(session_id=people.session.id, limit=100)
    return [(message.username, message.content) for message in found.items]


async def test_what_waits_is_not_posted_as_the_next_person(people: Cast, proxy: Proxy) -> None:
    async with Colloquy(proxy.url, options=QUICK) as client:
        await client.log_in(name(people.viewer), PASSWORD)
        proxy.refuse("POST .*/messages", 503)
        told: list[list[Sent]] = []
        client.on("outbox", told.append)
        sent = [client.send(people.session.id, text, reply=False) for text in ("one", "two")]
        await proxy.requested("POST .*/messages")
        await client.log_in(name(people.owner), PASSWORD)
        for one in sent:
            with pytest.raises(SignedOut):
                await within(one._result())
            with pytest.raises(SignedOut):
                one.retry()
        assert (told[-1], client.outbox.entries) == ([], [])
        proxy.heal()
        await client.send(people.session.id, "my own", reply=False)
    assert await contents(people) == [(name(people.owner), "my own")]


async def test_what_a_pair_of_tokens_gave_is_not_posted_as_the_next_person_though_nobody_was_asked_who_it_is(
    people: Cast, proxy: Proxy
) -> None:
    pair = people.viewer._keeper.origin._tokens  # type: ignore[attr-defined]
    async with Colloquy(proxy.url, tokens=pair, options=QUICK) as client:
        proxy.refuse("POST .*/messages", 503)
        sent = client.send(people.session.id, "one", reply=False)
        await proxy.requested("POST .*/messages")
        await client.log_in(name(people.owner), PASSWORD)
        with pytest.raises(SignedOut):
            await within(sent._result())
        proxy.heal()
        await client.outbox.flush()
    assert await contents(people) == []


async def test_what_waits_goes_out_when_the_same_person_logs_in_or_the_first_one_does(people: Cast, proxy: Proxy) -> None:
    async with Colloquy(proxy.url, options=QUICK) as client:
        early = client.send(people.session.id, "before", reply=False)
        await client.log_in(name(people.viewer), PASSWORD)
        await within(early._result())
        await client.log_out()
        late = client.send(people.session.id, "between", reply=False)
        await client.log_in(name(people.viewer), PASSWORD)
        await within(late._result())
        proxy.refuse("POST .*/messages", 503)
        waiting = client.send(people.session.id, "across", reply=False)
        await proxy.requested("POST .*/messages", 3)
        await client.log_in(name(people.viewer), PASSWORD)
        proxy.heal()
        await within(waiting._result())
    assert [text for _, text in await contents(people)] == ["before", "between", "across"]


async def test_a_call_that_began_as_one_person_is_not_repeated_as_the_next(people: Cast, proxy: Proxy) -> None:
    async with Colloquy(proxy.url, options=QUICK) as client:
        await client.log_in(name(people.viewer), PASSWORD)
        held = proxy.hold("GET .*/auth/me", 503)
        call = asyncio.create_task(client.api.get_me())
        await within(held.came.wait())
        await client.log_in(name(people.owner), PASSWORD)
        proxy.heal()
        held.release()
        with pytest.raises(SignedOut):
            await within(call)
        assert (await client.api.get_me()).username == name(people.owner)


async def test_a_call_whose_token_is_refused_is_not_repeated_as_the_next_person(people: Cast, proxy: Proxy) -> None:
    async with Colloquy(proxy.url, options=QUICK) as client:
        await client.log_in(name(people.viewer), PASSWORD)
        held = proxy.hold("POST .*/bots")
        call = asyncio.create_task(client.api.create_bot(name="Whose"))
        await within(held.came.wait())
        await people.viewer.api.logout(all=True)
        await client.log_in(name(people.owner), PASSWORD)
        held.release()
        with pytest.raises(SignedOut):
            await within(call)
        assert "Whose" not in [bot.name for bot in (await client.api.list_bots()).items]


async def test_a_log_out_is_not_undone_by_its_own_socket(people: Cast, proxy: Proxy) -> None:
    async with Colloquy(proxy.url, username=name(people.viewer), password=PASSWORD, options=QUICK) as client:
        await within(client.bot(people.bot.id).ready())
        told: list[Tokens | str] = []
        client.on("tokens", told.append)
        client.on("signed_out", told.append)
        held = proxy.hold_answers("POST .*/auth/logout")
        gone = asyncio.create_task(state(client, "closed"))
        leaving = asyncio.create_task(client.log_out())
        await within(held.came.wait())
        await gone
        with pytest.raises(SignedOut):
            await within(client.who_am_i())
        held.release()
        await within(leaving)
        with pytest.raises(SignedOut):
            await client.who_am_i()
        assert (told, proxy.count("/auth/(login|refresh)")) == (["log_out"], 2)


async def test_a_log_out_ends_a_log_in_that_is_under_way_too(people: Cast, proxy: Proxy) -> None:
    async with Colloquy(proxy.url, username=name(people.viewer), password=PASSWORD, options=QUICK) as client:
        tokens: list[Tokens] = []
        client.on("tokens", tokens.append)
        await people.viewer.api.logout(all=True)
        held = proxy.hold_answers("POST .*/auth/login")
        call = asyncio.create_task(client.who_am_i())
        await within(held.came.wait())
        leaving = asyncio.create_task(client.log_out())
        held.release()
        await within(asyncio.gather(call, leaving, return_exceptions=True))
        (pair,) = tokens
        async with Colloquy(proxy.url, tokens=pair) as other:
            with pytest.raises(SignedOut):
                await other.who_am_i()


async def test_a_late_renewal_of_one_person_is_nothing_to_the_next(people: Cast, proxy: Proxy) -> None:
    pair = people.viewer._keeper.origin._tokens  # type: ignore[attr-defined]
    async with Colloquy(proxy.url, tokens=Tokens("ended", pair.refresh_token), options=QUICK) as client:
        held = proxy.hold_answers("POST .*/auth/refresh")
        call = asyncio.create_task(client.who_am_i())
        await within(held.came.wait())
        tokens: list[Tokens] = []
        client.on("tokens", tokens.append)
        await client.log_in(name(people.owner), PASSWORD)
        late = list(client._keeper._flights)
        held.release()
        with pytest.raises(SignedOut):
            await within(call)
        await within(asyncio.gather(*late))
        assert (name(client), len(tokens)) == (name(people.owner), 1)
        assert (await client.who_am_i()).username == name(people.owner)


@pytest.mark.parametrize("everywhere", [False, True])
async def test_a_log_out_that_the_server_is_not_told_of_holds_here(people: Cast, proxy: Proxy, everywhere: bool) -> None:
    async with Colloquy(proxy.url, options=QUICK) as client:
        await client.log_in(name(people.viewer), PASSWORD)
        proxy.refuse("/auth/logout", 503)
        if everywhere:
            with pytest.raises(ColloquyError) as caught:
                await client.log_out(everywhere=True)
            assert caught.value.status == 503
        else:
            await client.log_out()
        with pytest.raises(SignedOut):
            await client.who_am_i()
