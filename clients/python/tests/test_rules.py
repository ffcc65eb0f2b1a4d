"""The rules that need no server, by tables."""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from colloquy import Backoff, Colloquy, Heartbeat, Options, Tokens
from colloquy._closes import Then, Waits, after
from colloquy._cursor import Cursor, Phase
from colloquy._decode import decode, encode, moment
from colloquy._fallback import messages
from colloquy._frame import Frame, parse, session_of
from colloquy._rest import base_url, segment
from colloquy._tokens import Granted, lifespan
from colloquy._within import within
from colloquy.channels import BotChannel, make
from colloquy.frames import ChatMessage, DocumentUpdate
from colloquy.models import Permission, SignedIn, TicketView, User


@pytest.mark.parametrize(
    ("code", "then"),
    [
        (1000, Then.BACK_OFF),
        (1001, Then.SPREAD),
        (1002, Then.BACK_OFF),
        (1006, Then.BACK_OFF),
        (1008, Then.LONG),
        (1009, Then.BACK_OFF),
        (1011, Then.BACK_OFF),
        (1013, Then.BACK_OFF),
        (4001, Then.NEW_TOKEN),
        (4003, Then.STOP),
        (4008, Then.AT_ONCE),
        (4029, Then.BACK_OFF),
        (4999, Then.BACK_OFF),
    ],
)
def test_each_close_code_asks_for_what_the_protocol_says(code: int, then: Then) -> None:
    assert after(code) is then


def test_the_ceiling_of_the_back_off_doubles_up_to_its_maximum_and_the_wait_lies_anywhere_below() -> None:
    waits = Waits(Backoff(min=0.5, max=30), random=random.Random(7))
    ceilings, delays = [], []
    for _ in range(9):
        ceilings.append(waits.ceiling())
        delays.append(waits.next())
    assert ceilings == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert all(0 <= delay <= ceiling for delay, ceiling in zip(delays, ceilings, strict=True))
    assert len(set(delays)) == len(delays)


def test_a_healthy_connection_begins_the_count_anew_and_attempts_may_be_limited() -> None:
    waits = Waits(Backoff(attempts=2))
    waits.next()
    waits.next()
    assert waits.exhausted
    waits.succeeded()
    assert not waits.exhausted and waits.ceiling() == 0.5
    assert 30 <= waits.long() <= 30.5
    assert 0 <= waits.spread() <= 5


def test_years_of_failures_do_not_overflow() -> None:
    waits = Waits(Backoff(), failures=10**6)
    assert waits.ceiling() == 30


def test_without_since_the_greeting_is_where_a_channel_begins() -> None:
    cursor = Cursor()
    assert cursor.since() == {}
    cursor.greeted(41, "a")
    assert (cursor.phase, cursor.since()) == (Phase.LIVE, {"since": 41, "epoch": "a"})
    assert [cursor.take(seq) for seq in (41, 42, 42, 45, 44)] == [False, True, False, True, False]


def test_with_since_the_greeting_moves_nothing_and_the_end_of_the_replay_does() -> None:
    cursor = Cursor(seq=41, epoch="a")
    cursor.greeted(57, "a")
    assert (cursor.phase, cursor.seq) == (Phase.REPLAYING, 41)
    assert cursor.take(50)
    cursor.replayed(57, True)
    assert (cursor.phase, cursor.seq) == (Phase.LIVE, 57)


def test_an_incomplete_replay_moves_nothing_until_the_state_was_loaded() -> None:
    cursor = Cursor(seq=41, epoch="a")
    cursor.greeted(7, "b")
    cursor.replayed(7, False)
    cursor.ponged(9)
    assert (cursor.phase, cursor.since()) == (Phase.LOST, {"since": 41, "epoch": "a"})
    cursor.loaded(8, "b")
    assert (cursor.phase, cursor.since()) == (Phase.LIVE, {"since": 8, "epoch": "b"})


def test_a_pong_moves_a_live_channel_forward_only() -> None:
    cursor = Cursor()
    cursor.greeted(5, "a")
    for seq, then in ((9, 9), (7, 9)):
        cursor.ponged(seq)
        assert cursor.seq == then
    cursor.cut()
    cursor.ponged(12)
    assert cursor.seq == 9


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2026-11-22T10:03:50.410918Z", 410918),
        ("2026-11-22T10:03:50.4Z", 400000),
        ("2026-11-22T10:03:50.123456789Z", 123456),
        ("2026-11-22T10:03:50Z", 0),
        ("2026-11-22T11:03:50.000001+01:00", 1),
    ],
)
def test_times_are_read_with_any_number_of_digits(text: str, microsecond: int) -> None:
    assert moment(text) == datetime(2026, 11, 22, 10, 3, 50, microsecond, timezone.utc)
    assert moment(text).utcoffset() in (timedelta(0), timedelta(hours=1))


MESSAGE: dict[str, Any] = {
    "type": "chat_message",
    "bot_id": "b",
    "seq": 42,
    "id": "e",
    "timestamp": "2026-11-22T10:03:50Z",
    "data": {
        "message_id": "m",
        "session_id": "s",
        "user_id": None,
        "username": "Librarian",
        "content": "Hello",
        "role": "assistant",
        "timestamp": "2026-11-22T10:03:50Z",
        "metadata": {"status": "complete", "usage": {"input_tokens": 3, "output_tokens": 5}, "later": 1},
        "added_one_day": True,
    },
}


def test_a_frame_becomes_an_object_and_keeps_what_is_not_known() -> None:
    frame = parse(MESSAGE)
    assert isinstance(frame, ChatMessage)
    assert (frame.seq, frame.data.content, frame.data.edited_at) == (42, "Hello", None)
    assert frame.data.metadata.usage is not None and frame.data.metadata.usage.output_tokens == 5
    assert frame.raw["data"]["added_one_day"] is True


@pytest.mark.parametrize("raw", [{"type": "from_tomorrow", "seq": 3}, {**MESSAGE, "data": None}, {**MESSAGE, "data": {}}])
def test_a_frame_that_is_not_known_or_not_as_documented_is_plain(raw: dict[str, Any]) -> None:
    frame = parse(raw)
    assert (type(frame), frame.raw) == (Frame, raw)


def test_progress_is_a_document_update_without_a_number() -> None:
    document = {
        "id": "d",
        "filename": "a.pdf",
        "status": "processing",
        "progress": 0.4,
        "stage": "extracting",
        "error": None,
        "content_type": "application/pdf",
        "size": 9,
        "sha256": "0",
        "chunks": 0,
        "pages": None,
        "uploaded_by": "u",
        "created_at": "2026-11-22T10:03:50Z",
    }
    data = {"action": "processing", "document": document, "user_id": "u"}
    frame = parse({"type": "document_update", "bot_id": "b", "data": data, "timestamp": "2026-11-22T10:03:50Z"})
    assert isinstance(frame, DocumentUpdate) and frame.seq is None


@pytest.mark.parametrize(
    ("data", "session"),
    [({"session_id": "s"}, "s"), ({"session": {"id": "s"}}, "s"), ({"session_id": None}, None), ({}, None), (None, None)],
)
def test_the_session_that_a_frame_is_about_is_found(data: Any, session: str | None) -> None:
    assert session_of({"type": "any", "data": data}) == session


def test_objects_are_read_leniently_and_written_back() -> None:
    told = {"user_id": "u", "username": "ann", "role": "owner", "granted_by": None, "granted_at": "2026-11-22T10:03:50Z"}
    permission = decode(Permission, {**told, "expires_at": None, "more": 1})
    assert encode(permission) == {**told, "expires_at": None}
    with pytest.raises(KeyError):
        decode(Permission, {"user_id": "u"})


async def test_a_stream_of_events_is_read_whatever_the_pieces_and_whatever_is_in_the_text() -> None:
    told = ': welcome\n\nid: e:7\ndata: {"a":"x\u2028y\x85z"}\n\n'
    text = (told + 'event: end\r\ndata: {"code":1001}\r\n\r\nid: e:8\n\ndata: cut').encode()

    async def pieces(size: int) -> AsyncIterator[bytes]:
        for start in range(0, len(text), size):
            yield text[start : start + size]

    for size in (1, 3, 1000):
        found = [message async for message in messages(pieces(size))]
        assert found == [
            ("comment", "", ""),
            ("message", '{"a":"x\u2028y\x85z"}', "e:7"),
            ("end", '{"code":1001}', "e:7"),
        ]


@pytest.mark.parametrize(
    ("part", "quoted"), [("a/b", "a%2Fb"), ("..", "%2E%2E"), (".", "%2E"), ("é?#", "%C3%A9%3F%23"), (7, "7"), ("a.b", "a.b")]
)
def test_an_id_stays_one_part_of_a_path(part: object, quoted: str) -> None:
    assert segment(part) == quoted


def test_the_address_of_a_server_is_checked() -> None:
    assert base_url("http://localhost:8000/") == "http://localhost:8000"
    assert base_url("https://example.org/colloquy/") == "https://example.org/colloquy"
    for wrong in ("localhost:8000", "ws://localhost", "http://", "http://user:word@host", "http://host/?a=1"):
        with pytest.raises(ValueError, match="address of a server"):
            base_url(wrong)


def test_settings_and_credentials_that_make_no_sense_are_refused_at_once() -> None:
    wrong: list[dict[str, Any]] = [
        {"mode": "both"},
        {"transports": ()},
        {"transports": ("carrier pigeon",)},
        {"transports": ("sse", "websocket")},
        {"queue": 0},
        {"backoff": Backoff(min=2, max=1)},
        {"heartbeat": Heartbeat(interval=0)},
    ]
    for given in wrong:
        with pytest.raises(ValueError):
            Options(**given)
    with pytest.raises(ValueError, match="go together"):
        Colloquy("http://localhost", username="ann")
    with pytest.raises(ValueError, match="stands alone"):
        Colloquy("http://localhost", tokens=Tokens("a"), get_token=lambda reason: None)


@pytest.mark.parametrize("name", ["bot", "bot:", "tasks:1", "logs", "", "session:" + "x" * 80])
def test_a_channel_that_cannot_exist_is_refused_at_once(name: str) -> None:
    with pytest.raises(ValueError, match="no channel"):
        make(Colloquy("http://localhost"), name)


def test_tokens_do_not_show_where_they_are_printed() -> None:
    user = User(
        id="u", username="ann", role="member", platform_admin=False, disabled=False, created_at=moment("2026-11-22T10:03:50Z")
    )
    signed = SignedIn(user=user, access_token="secret", refresh_token="secret", token_type="Bearer", expires_in=1)
    for told in (Tokens("secret", "secret"), Granted("secret", 1.0), TicketView(ticket="secret", expires_in=1), signed):
        assert "secret" not in f"{told} {told!r}"


def test_a_client_has_only_so_much_to_listen_to() -> None:
    with pytest.raises(ValueError, match="no 'stat' to listen to"):
        Colloquy("http://localhost").on("stat", print)  # type: ignore[call-overload]


def delta(offset: int, content: str) -> dict[str, Any]:
    data = {"message_id": "m", "session_id": "s", "offset": offset, "content": content}
    return {"type": "chat_message_delta", "bot_id": "b", "data": data, "timestamp": "2026-11-22T10:03:50Z"}


async def test_an_answer_is_put_together_by_characters_and_a_shed_piece_waits_for_the_whole_text() -> None:
    bot = make(Colloquy("http://localhost"), "bot:b")
    assert isinstance(bot, BotChannel)
    bot._cursor.greeted(0, "e")
    answer = bot.answer("m")
    seen = []
    for offset, content in ((0, "a🙂"), (2, "b"), (9, "lost"), (0, "a🙂bc"), (4, "d"), (4, "d")):
        bot._hear(delta(offset, content))
        seen.append(answer.text)
    assert seen == ["a🙂", "a🙂b", "a🙂b", "a🙂bc", "a🙂bcd", "a🙂bcd"]
    message = {**MESSAGE, "data": {**MESSAGE["data"], "message_id": "m", "content": "a🙂bcde"}}
    bot._hear(message)
    bot._hear(delta(7, "late"))
    assert ((await answer).content, answer.text) == ("a🙂bcde", "a🙂bcde")


async def test_a_bounded_wait_gives_up_in_time_and_is_never_deaf_to_being_cancelled() -> None:
    assert await within(1, asyncio.sleep(0, "done")) == "done"
    with pytest.raises(asyncio.TimeoutError):
        await within(0.01, asyncio.Event().wait())
    # What is waited for comes at the very moment of the cancellation.
    event = asyncio.Event()
    waiting = asyncio.ensure_future(within(10, event.wait()))
    for _ in range(3):
        await asyncio.sleep(0)
    event.set()
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_a_token_tells_its_life_whatever_the_clock_says_and_a_key_tells_nothing() -> None:
    body = base64.urlsafe_b64encode(b'{"iat":1000,"exp":1900}').decode().rstrip("=")
    assert lifespan(f"head.{body}.tail") == 900
    for other in ("cq_key", "a.b.c", "", "a.W10.c", f"head.{base64.urlsafe_b64encode(b'[1]').decode()}.tail"):
        assert lifespan(other) is None
