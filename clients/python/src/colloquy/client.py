"""`Colloquy`: one person's (or one program's) way to a server. It owns what is under way and ends all of it when it is closed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, overload

from . import channels
from ._answers import Answer
from ._channel import Channel
from ._emitter import Emitter, Unsubscribe
from ._link import Link
from ._links import OwnLink, SharedLink
from ._outbox import Outbox, Sent
from ._rest import Rest
from ._socket import End
from ._tokens import Asked, GetToken, Keeper, Origin, Pair, Tokens
from .api import Api
from .channels import BotChannel, NotificationsChannel, SessionChannel, TasksChannel
from .errors import Closed, ColloquyError, SignedOut
from .models import SignedIn, User
from .options import Options

logger = logging.getLogger("colloquy")

KINDS = ("state", "latency", "transport", "signed_out", "tokens", "outbox", "error")
#: Channels of one shared socket.
MOST = 200


class Colloquy:
    """`async with Colloquy("http://localhost:8000", username=…, password=…) as colloquy:`"""

    def __init__(
        self,
        url: str,
        *,
        username: str | None = None,
        password: str | None = None,
        tokens: Tokens | None = None,
        get_token: GetToken | None = None,
        options: Options | None = None,
    ) -> None:
        if (username is None) != (password is None):
            raise ValueError("username and password go together")
        if get_token is not None and (tokens is not None or username is not None):
            raise ValueError("get_token stands alone")
        self.options = options or Options()
        self._rest = Rest(url, self.options)
        self.api = Api(self._rest)
        """Every call of the REST contract."""
        self.user: User | None = None
        self.state = "closed"
        self.latency: float | None = None
        """Of the last ping, in seconds; None while there is no socket."""
        self._emitter = Emitter()
        known = (username, password) if username is not None and password is not None else None
        origin: Origin = Asked(get_token) if get_token is not None else self._pair(tokens, known)
        self._keeper = Keeper(origin, self._signed_out)
        self._rest.credentials = self._keeper
        self.outbox = Outbox(self.api, self.options, self._outbox_changed)
        self._links: list[Link] = []
        self._channels: dict[str, Channel] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._transport: str | None = None
        self._closed = False
        #: Known from a log-in, or from the first frame of a socket.
        self._user_id: str | None = None

    async def __aenter__(self) -> Colloquy:
        try:
            await self._enter()
        except BaseException:
            await self.close()
            raise
        return self

    async def _enter(self) -> None:
        """What is wrong with a password is said here rather than later. A server that is not there yet may still come."""
        if isinstance(self._keeper.origin, Pair) and self._keeper.origin.known:
            try:
                await self._keeper.token()
            except ColloquyError as error:
                # At first, the page of another server is rather a wrong address than something that passes.
                if error._is_refusal:
                    raise

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends everything. What still waits in the outbox fails; `await colloquy.outbox.flush()` before, if it must not."""
        if self._closed:
            return
        self._closed = True
        for channel in list(self._channels.values()):
            channel._end("left", None)
        links, self._links = self._links, []
        for link in links:
            link.stop()
        await asyncio.gather(*(link.wait() for link in links))
        if waiting := len(self.outbox.entries):
            logger.warning("closed while %d messages waited to be sent", waiting)
        await self.outbox.close()
        self._set_state("closed", None, None)
        mine = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in mine:
            task.cancel()
        await asyncio.gather(*mine, return_exceptions=True)
        await self._emitter.close()
        await self._keeper.close()
        await self._rest.close()

    # Who it is.

    async def log_in(self, username: str, password: str) -> User:
        """Also after `signed_out`: channels go on from where they were."""
        return await self._begin(await self._anonymous("/auth/login", username=username, password=password))

    async def register(self, username: str, password: str, **more: str) -> User:
        """A new account: `email`, and `setup_code` for an installation's very first one."""
        return await self._begin(await self._anonymous("/auth/register", username=username, password=password, **more))

    async def log_out(self, *, everywhere: bool = False) -> None:
        """Ends this log-in on the server, or all of this person. Here it is over in any case, also if the server cannot be told;
        that is raised only if it was to end `everywhere`."""
        keeper, origin = self._keeper, self._keeper.origin
        # The server closes the sockets before it answers: none of them is to ask for a new token.
        self._drop()
        try:
            await keeper.leave()
            await self.api.logout(all=everywhere)
        except SignedOut:
            pass
        except ColloquyError:
            if everywhere:
                raise
        finally:
            if keeper.origin is origin:
                keeper.end("log_out")
                self._drop()

    def _drop(self) -> None:
        for link in self._links:
            link.drop()

    async def who_am_i(self) -> User:
        self.user = await self.api.get_me()
        return self.user

    async def _anonymous(self, path: str, **body: str) -> SignedIn:
        return await self._rest.call(SignedIn, "POST", path, body=body, signed=False)

    async def _begin(self, signed: SignedIn) -> User:
        other = self._is_other(signed.user.id)
        if other:
            # Another person's numbers: of the notifications they are others, of bots other ones are visible.
            for channel in self._channels.values():
                channel._cursor.forget()
            self.outbox.hand_over()
        self.user, self._user_id = signed.user, signed.user.id
        tokens = Tokens(signed.access_token, signed.refresh_token)
        self._keeper.begin(self._pair(tokens, None), other=other)
        self._emitter.emit("tokens", tokens)
        await asyncio.gather(*(link.restart() for link in self._links))
        self.outbox.nudge()
        return signed.user

    def _is_other(self, user_id: str) -> bool:
        """Whoever had a credential and is not known is taken for another person."""
        known = self._user_id or self._keeper.user_id
        return self._keeper.origin.known if known is None else known != user_id

    def _pair(self, tokens: Tokens | None, password: tuple[str, str] | None) -> Pair:
        return Pair(self._rest, tokens, password, self._renewed)

    def _renewed(self, pair: Pair, tokens: Tokens, user: User) -> None:
        if not self._keeper.holds(pair):
            return
        self.user, self._user_id = user, user.id
        self._emitter.emit("tokens", tokens)

    def _signed_out(self, reason: str) -> None:
        self._emitter.emit("signed_out", reason)

    # Channels.

    def bot(self, bot_id: str, *, since: int | None = None, epoch: str | None = None) -> BotChannel:
        """Everything of one bot. The same channel for the same id; each call joins once, `leave()` undoes one."""
        channel = self.channel(f"bot:{bot_id}", since=since, epoch=epoch)
        assert isinstance(channel, BotChannel)
        return channel

    def session(self, session_id: str, *, since: int | None = None, epoch: str | None = None) -> SessionChannel:
        """One session's part of its bot's events."""
        channel = self.channel(f"session:{session_id}", since=since, epoch=epoch)
        assert isinstance(channel, SessionChannel)
        return channel

    def notifications(self, *, since: int | None = None, epoch: str | None = None) -> NotificationsChannel:
        channel = self.channel("notifications", since=since, epoch=epoch)
        assert isinstance(channel, NotificationsChannel)
        return channel

    def tasks(self) -> TasksChannel:
        """Background work on one's bots."""
        channel = self.channel("tasks")
        assert isinstance(channel, TasksChannel)
        return channel

    def channel(self, name: str, *, since: int | None = None, epoch: str | None = None) -> Channel:
        """By its name on the wire."""
        if self._closed:
            raise Closed
        channel = self._channels.get(name)
        if channel is None:
            channel = self._channels[name] = channels.make(self, name)
            if since is not None:
                channel.since(since, epoch)
            self._link_for(channel).join(channel)
        channel._joins += 1
        return channel

    def _link_for(self, channel: Channel) -> Link:
        own = channel.name == "notifications" or channel.name.startswith("bot:")
        if self.options.mode == "shared":
            for link in self._links:
                if len(link.channels) < MOST:
                    return link
        link = OwnLink(self) if self.options.mode == "separate" and own else SharedLink(self)
        self._links.append(link)
        return link

    def _left(self, channel: Channel) -> None:
        self._channels.pop(channel.name, None)
        channel._end("left", None)
        if channel._link is not None:
            channel._link.leave(channel)
            self._tidy(channel._link)

    def _ended(self, channel: Channel) -> None:
        if self._channels.get(channel.name) is channel:
            del self._channels[channel.name]
        if channel._link is not None:
            self._tidy(channel._link)

    def _tidy(self, link: Link) -> None:
        if not link.channels and link in self._links:
            self._links.remove(link)
            self._own(asyncio.ensure_future(link.wait()))
            self._transport_changed()
            self._state_of(link, None, None)

    # Messages.

    def send(
        self,
        session_id: str,
        content: str,
        *,
        reply: bool | None = None,
        mentions: list[str] | None = None,
        key: str | None = None,
    ) -> Sent:
        """Posts a message by the outbox: at once, or as soon as the server is there again. `await` it for what was made of it."""
        return self.outbox.send(session_id, content, key, reply=reply, mentions=mentions)

    def ask(self, session_id: str, content: str, *, mentions: list[str] | None = None) -> Answer:
        """Posts a question: `async for piece in colloquy.ask(…)` gives the answer as it is written, `await` its message."""

        async def begin(answer: Answer) -> None:
            answer.session_id = session_id
            session = await self.api.get_session(session_id=session_id)
            bot = self.bot(session.bot_id)
            answer._release = bot.leave
            await bot.ready()
            posted = await self.send(session_id, content, reply=True, mentions=mentions)
            if posted.answer is None:
                raise ColloquyError(0, "no_answer", "the server made no answer")
            if not bot._board.follow(answer, posted.answer.message_id):
                await bot._board._look(answer)

        return Answer(begin)

    # Its own events.

    @overload
    def on(self, kind: Literal["state"], listener: Callable[[StateChange], object]) -> Unsubscribe: ...
    @overload
    def on(self, kind: Literal["latency"], listener: Callable[[float], object]) -> Unsubscribe: ...
    @overload
    def on(self, kind: Literal["transport"], listener: Callable[[str | None], object]) -> Unsubscribe: ...
    @overload
    def on(self, kind: Literal["signed_out"], listener: Callable[[str], object]) -> Unsubscribe: ...
    @overload
    def on(self, kind: Literal["tokens"], listener: Callable[[Tokens], object]) -> Unsubscribe: ...
    @overload
    def on(self, kind: Literal["outbox"], listener: Callable[[list[Sent]], object]) -> Unsubscribe: ...
    @overload
    def on(self, kind: Literal["error"], listener: Callable[[BaseException, str], object]) -> Unsubscribe: ...
    def on(self, kind: str, listener: Callable[..., object]) -> Unsubscribe:
        """Calls the listener, plain or asynchronous, until the returned function is called."""
        if kind not in KINDS:
            raise ValueError(f"a client has no {kind!r} to listen to: {', '.join(KINDS)}")
        return self._emitter.on(kind, listener)

    @property
    def transport(self) -> str | None:
        """`websocket`, `sse` or `poll`; None while there is none."""
        return self._transport

    def reconnect(self) -> None:
        """Now, without waiting."""
        for link in self._links:
            link.reconnect()
        self.outbox.nudge()

    def _own(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _connected(self, user_id: str | None = None) -> None:
        if user_id is not None:
            if self._user_id not in (None, user_id):
                self.outbox.hand_over()
            self._user_id = user_id
        self.outbox.nudge()

    def _measured(self, latency: float | None) -> None:
        self.latency = latency
        if latency is not None:
            self._emitter.emit("latency", latency)

    def _state_of(self, link: Link, end: End | None, retry_in: float | None) -> None:
        """Of several sockets together: open when all are."""
        states = {one.state for one in self._links}
        state = next((one for one in ("reconnecting", "connecting", "open") if one in states), "closed")
        self._set_state(state, end, retry_in if link.state == state else None)

    def _set_state(self, state: str, end: End | None, retry_in: float | None) -> None:
        previous, self.state = self.state, state
        if state != previous or retry_in is not None:
            self._emitter.emit("state", StateChange(state, previous, end, retry_in))

    def _transport_changed(self) -> None:
        found = next((link.transport for link in self._links if link.transport is not None), None)
        if found != self._transport:
            self._transport = found
            self._emitter.emit("transport", found)

    def _outbox_changed(self) -> None:
        self._emitter.emit("outbox", self.outbox.entries)


class StateChange:
    """What a listener of `state` is told."""

    __slots__ = ("code", "previous", "reason", "retry_in", "state")

    def __init__(self, state: str, previous: str, end: End | None, retry_in: float | None) -> None:
        self.state = state
        self.previous = previous
        self.code = end.code if end is not None else None
        self.reason = end.reason if end is not None else ""
        self.retry_in = retry_in

    def __repr__(self) -> str:
        return f"<{self.previous} -> {self.state}, code {self.code}, retry in {self.retry_in}>"
