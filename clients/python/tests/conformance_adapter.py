"""Speaks for the client in the conformance suite: commands as lines of JSON on stdin, answers and events on stdout."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
from typing import Any, NoReturn

from colloquy import (
    Backoff,
    Channel,
    ChannelState,
    Colloquy,
    ColloquyError,
    Frame,
    Heartbeat,
    Options,
    Reset,
    Sent,
    StateChange,
    Tokens,
)
from colloquy._decode import encode


def write(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def tell(event: str, **more: Any) -> None:
    write({"event": event, **{name: value for name, value in more.items() if value is not None}})


def seconds(milliseconds: float) -> float:
    return milliseconds / 1000


def options(given: dict[str, Any]) -> Options:
    made: dict[str, Any] = {}
    if "mode" in given:
        made["mode"] = given["mode"]
    if "transports" in given:
        made["transports"] = tuple(given["transports"])
    if "outboxLimit" in given:
        made["outbox_limit"] = given["outboxLimit"]
    for theirs, ours in (
        ("renewBefore", "renew_before"),
        ("upgradeAgain", "upgrade_again"),
        ("connectTimeout", "open_timeout"),
    ):
        if theirs in given:
            made[ours] = seconds(given[theirs])
    backoff = {
        name: value if name == "attempts" else seconds(value)
        for name, value in given.get("backoff", {}).items()
        if value is not None
    }
    heartbeat = {name: seconds(value) for name, value in given.get("heartbeat", {}).items()}
    return Options(**made, backoff=Backoff(**backoff), heartbeat=Heartbeat(**heartbeat))


class Adapter:
    def __init__(self) -> None:
        self.client: Colloquy | None = None
        self.channels: dict[str, Channel] = {}
        self.wanted: dict[int, asyncio.Future[str | None]] = {}
        self.asked = 0
        self.throwing = False
        self.tasks: set[asyncio.Task[None]] = set()

    @property
    def colloquy(self) -> Colloquy:
        if self.client is None:
            raise ColloquyError(0, "closed", "open a client first")
        return self.client

    async def run(self) -> None:
        reader = asyncio.StreamReader(limit=16 * 1024 * 1024)
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            task = asyncio.create_task(self.serve(json.loads(line)))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        await self.close({})

    async def serve(self, command: dict[str, Any]) -> None:
        try:
            write({"id": command["id"], "ok": await getattr(self, command["do"])(command)})
        except ColloquyError as error:
            told = {"status": error.status, "code": error.code, "message": error.detail}
            write({"id": command["id"], "error": told})
        except Exception as error:
            logging.exception("a command failed")
            write({"id": command["id"], "error": {"message": f"{type(error).__name__}: {error}"}})

    async def open(self, command: dict[str, Any]) -> None:
        given: dict[str, Any] = {"options": options(command.get("options") or {})}
        if command.get("askForTokens"):
            given["get_token"] = self.ask_for_token
        elif command.get("tokens"):
            pair = command["tokens"]
            given["tokens"] = Tokens(pair["access_token"], pair.get("refresh_token"))
        client = self.client = Colloquy(command["url"], **given)
        self.throwing = bool(command.get("throwingListener"))
        client.on("state", self.on_state)
        client.on("latency", lambda latency: tell("latency", ms=latency * 1000))
        client.on("transport", self.on_transport)
        client.on("signed_out", lambda reason: tell("signed_out", reason=reason))
        client.on("outbox", lambda entries: tell("outbox", waiting=len(entries)))
        client.on("error", lambda error, during: tell("listener_error", message=f"{during}: {error}"))
        await client.__aenter__()

    async def ask_for_token(self, reason: str) -> str | None:
        self.asked += 1
        self.wanted[self.asked] = asyncio.get_running_loop().create_future()
        tell("token_wanted", n=self.asked, reason=reason)
        return await self.wanted[self.asked]

    async def token(self, command: dict[str, Any]) -> None:
        self.wanted.pop(command["n"]).set_result(command["token"])

    @staticmethod
    def on_transport(transport: str | None) -> None:
        if transport is not None:
            tell("transport", transport=transport)

    @staticmethod
    def on_state(change: StateChange) -> None:
        wait = None if change.retry_in is None else change.retry_in * 1000
        tell("state", state=change.state, code=change.code, retry_in=wait)

    async def watch(self, command: dict[str, Any]) -> None:
        name = command["channel"]
        channel = self.colloquy.channel(name, since=command.get("since"), epoch=command.get("epoch"))
        if self.channels.get(name) is channel:
            return
        self.channels[name] = channel
        if self.throwing:
            channel.on("frame", self.throw)

        def on_frame(frame: Frame) -> None:
            if isinstance(frame, Reset):
                tell("reset", channel=name, seq=frame.seq, epoch=frame.epoch, snapshot=frame.snapshot is not None)
            else:
                tell("frame", channel=name, frame=frame.raw)

        def on_state(state: ChannelState) -> None:
            tell("channel", channel=name, state=state.state, code=state.code)

        channel.on("frame", on_frame)
        channel.on("state", on_state)
        tell("channel", channel=name, state=channel.state)

    @staticmethod
    def throw(frame: Frame) -> NoReturn:
        raise RuntimeError("a listener that throws")

    async def leave(self, command: dict[str, Any]) -> None:
        self.channels.pop(command["channel"]).leave()

    async def send(self, command: dict[str, Any]) -> dict[str, str]:
        sent = self.colloquy.send(command["session_id"], command["content"], reply=command.get("reply"), key=command.get("key"))
        task = asyncio.create_task(self.follow(sent))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return {"key": sent.key}

    @staticmethod
    async def follow(sent: Sent) -> None:
        try:
            posted = await sent
        except ColloquyError as error:
            tell("send_failed", key=sent.key, status=error.status, code=error.code)
        else:
            tell("sent", key=sent.key, message_id=posted.message.message_id)

    async def typing(self, command: dict[str, Any]) -> None:
        self.channels[command["channel"]]._type(command.get("session_id"), command["is_typing"])

    async def viewing(self, command: dict[str, Any]) -> None:
        self.channels[command["channel"]]._view(command["session_id"])

    async def read(self, command: dict[str, Any]) -> None:
        await self.channels[command["channel"]]._read(command["session_id"], command["message_id"])

    async def call(self, command: dict[str, Any]) -> Any:
        name = re.sub(r"(?<!^)([A-Z])", r"_\1", command["operation"]).lower()
        return encode(await getattr(self.colloquy.api, name)(**command.get("args", {})))

    async def reconnect(self, command: dict[str, Any]) -> None:
        self.colloquy.reconnect()

    async def close(self, command: dict[str, Any]) -> None:
        client, self.client = self.client, None
        self.channels.clear()
        if client is not None:
            await client.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    asyncio.run(Adapter().run())
