"""REST: calls, errors, files and tokens, against the real server."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from colloquy import UNSET, Colloquy, ColloquyError, NetworkError, Options, SignedOut, Tokens
from server import PASSWORD, Cast, Server


async def test_a_bot_is_made_changed_and_read_back(people: Cast) -> None:
    api = people.owner.api
    bot = await api.create_bot(name="Archivist", description="Old papers", settings={"tone": "dry"})
    changed = await api.change_bot(bot_id=bot.id, description="Older papers", if_match=bot.version)
    assert (changed.name, changed.description, changed.version) == ("Archivist", "Older papers", 2)
    assert (await api.get_bot(bot_id=bot.id)).settings == {"tone": "dry"}
    assert bot.created_at is not None and bot.created_at.tzinfo is not None


async def test_a_stale_change_tells_the_present_state(people: Cast) -> None:
    api = people.owner.api
    await api.change_bot(bot_id=people.bot.id, name="Keeper")
    with pytest.raises(ColloquyError) as caught:
        await api.change_bot(bot_id=people.bot.id, name="Other", if_match=1)
    error = caught.value
    assert (error.status, error.is_final, error.current["name"]) == (412, True, "Keeper")
    assert error.request_id


async def test_null_and_left_out_are_told_apart(people: Cast) -> None:
    api, viewer = people.owner.api, people.viewer.user
    assert viewer is not None
    grant = {"bot_id": people.bot.id, "user_id": viewer.id, "role": "viewer"}
    end = datetime(2099, 1, 1, tzinfo=timezone.utc)
    assert (await api.change_permission(**grant, expires_at=end)).expires_at == end
    with pytest.raises(ValueError, match="time zone"):
        await api.change_permission(**grant, expires_at=datetime(2099, 1, 1))
    kept = await api.change_permission(**grant, expires_at=UNSET)
    removed = await api.change_permission(**grant, expires_at=None)
    assert (kept.expires_at, removed.expires_at) == (end, None)


async def test_every_bad_field_is_told(people: Cast) -> None:
    with pytest.raises(ColloquyError) as caught:
        await people.owner.api.create_bot(name="")
    assert (caught.value.status, caught.value.code) == (422, "validation_failed")
    assert [error["field"] for error in caught.value.errors] == ["name"]


async def test_what_one_may_not_see_is_not_there(people: Cast, server: Server) -> None:
    stranger = await server.person("stranger")
    for bot_id in (people.bot.id, "../admin/users", "no id"):
        with pytest.raises(ColloquyError) as caught:
            await stranger.api.get_bot(bot_id=bot_id)
        assert caught.value.status == 404
    await stranger.close()


async def test_a_repeated_post_under_one_key_makes_one_bot(people: Cast) -> None:
    api = people.owner.api
    first = await api.create_bot(name="Twin", idempotency_key="k1")
    again = await api.create_bot(name="Twin", idempotency_key="k1")
    other = await api.create_bot(name="Twin")
    assert first.id == again.id != other.id


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def pieces(text: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(text), 10):
        yield text[start : start + 10]


async def test_files_go_up_and_come_down_by_any_way(people: Cast, tmp_path: Path) -> None:
    api, text = people.owner.api, b"The workshop is open on Saturdays. " * 5000
    path = tmp_path / 'a "quoted" name.txt'
    path.write_bytes(text)
    told: list[tuple[int, int | None]] = []
    by_path = await api.upload_document(
        bot_id=people.bot.id, file=path, on_progress=lambda sent, total: told.append((sent, total))
    )
    assert (by_path.size, told[-1]) == (len(text), (len(text), len(text)))
    assert [sent for sent, _ in told] == sorted({sent for sent, _ in told})
    document = await api.upload_document(bot_id=people.bot.id, file=text + b"1", filename="bytes.txt")
    await api.upload_document(bot_id=people.bot.id, file=io.BytesIO(text + b"2"), filename="open.txt")
    await api.upload_document(bot_id=people.bot.id, file=pieces(b"by and by " * 9), filename="pieces.txt")
    assert len((await api.list_documents(bot_id=people.bot.id)).items) == 4
    async with api.download_document(document_id=document.id) as download:
        assert (download.size, download.content_type.split(";")[0]) == (len(text) + 1, "text/plain")
        assert b"".join([piece async for piece in download]) == text + b"1"
    async with api.download_document(document_id=document.id) as download:
        assert await download.save(tmp_path / "saved.txt") == len(text) + 1
    assert (tmp_path / "saved.txt").read_bytes() == text + b"1"
    assert sorted(names(tmp_path)) == [path.name, "saved.txt"]


async def test_the_same_bytes_again_and_a_file_that_is_not_there_are_told(people: Cast, tmp_path: Path) -> None:
    api = people.owner.api
    document = await api.upload_document(bot_id=people.bot.id, file=b"once", filename="once.txt")
    with pytest.raises(ColloquyError) as caught:
        await api.upload_document(bot_id=people.bot.id, file=b"once", filename="twice.txt")
    assert (caught.value.status, caught.value.problem["document_id"]) == (409, document.id)
    with pytest.raises(FileNotFoundError):
        await api.upload_document(bot_id=people.bot.id, file=tmp_path / "none.txt")
    with pytest.raises(ValueError, match="filename"):
        await api.upload_document(bot_id=people.bot.id, file=b"nameless")
    with pytest.raises(ColloquyError) as caught:
        async with api.download_document(document_id="none"):
            pass
    assert caught.value.status == 404


async def test_a_wrong_password_is_told_at_the_door(server: Server) -> None:
    with pytest.raises(ColloquyError) as caught:
        async with Colloquy(server.url, username="nobody", password=PASSWORD):
            pass
    assert caught.value.status == 401


async def test_without_any_credential_one_is_signed_out_and_may_log_in(server: Server) -> None:
    person = await server.person("person")
    assert person.user is not None
    async with Colloquy(server.url) as client:
        with pytest.raises(SignedOut):
            await client.who_am_i()
        assert (await client.log_in(person.user.username, PASSWORD)).id == person.user.id
        assert (await client.who_am_i()).id == person.user.id
    await person.close()


async def test_after_a_log_out_nothing_is_asked_any_more(server: Server) -> None:
    person = await server.person("person")
    told: list[str] = []
    person.on("signed_out", told.append)
    await person.log_out()
    with pytest.raises(SignedOut):
        await person.who_am_i()
    assert told == ["log_out"]
    await person.close()


async def test_a_server_that_is_not_there_is_a_network_error() -> None:
    async with Colloquy("http://127.0.0.1:9", tokens=Tokens("t"), options=Options(retries=0)) as client:
        with pytest.raises(NetworkError) as caught:
            await client.who_am_i()
    assert (caught.value.status, caught.value.code) == (0, "network")


async def test_many_calls_with_a_token_that_ended_need_one_refresh(server: Server) -> None:
    person = await server.person("person")
    pair = person._keeper.origin._tokens  # type: ignore[attr-defined]
    fresh: list[Tokens] = []
    async with Colloquy(server.url, tokens=Tokens("not a token", pair.refresh_token)) as client:
        client.on("tokens", fresh.append)
        assert len({user.id for user in await asyncio.gather(*(client.who_am_i() for _ in range(10)))}) == 1
    assert len(fresh) == 1
    await person.close()


async def test_a_source_of_tokens_that_fails_is_an_error_and_one_that_has_none_signs_out(server: Server) -> None:
    def broken(reason: str) -> str | None:
        raise OSError("vault")

    async with Colloquy(server.url, get_token=broken) as client:
        with pytest.raises(ColloquyError) as caught:
            await client.who_am_i()
        assert caught.value.code == "token_source"
    async with Colloquy(server.url, get_token=lambda reason: None) as client:
        with pytest.raises(SignedOut):
            await client.who_am_i()


async def test_no_secret_is_written_to_any_log(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    person = await server.person("person")
    bot = await person.api.create_bot(name="Quiet")
    await person.bot(bot.id).ready()
    pair = person._keeper.origin._tokens  # type: ignore[attr-defined]
    with pytest.raises(ColloquyError):
        await person.api.refresh(refresh_token="cqr_wrong")
    await person.close()
    written = "\n".join(record.getMessage() for record in caplog.records)
    assert written
    for secret in (pair.access_token, pair.refresh_token, PASSWORD, "cqr_wrong"):
        assert secret not in written
