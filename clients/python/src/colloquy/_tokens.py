"""Where access tokens come from, and the one place that renews them: whoever finds a token refused asks here, and however many
ask at once, one request goes out.

A source that says None means "signed out"; one that raises means "not now", and the log-in stays.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from ._rest import Rest
from .errors import ColloquyError, SignedOut
from .models import SignedIn, User

GetToken = Callable[[str], str | None | Awaitable[str | None]]
"""Given the reason (`start`, `unauthorized`, `expiring`), a token; None when there is none any more."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A pair as a log-in gives it. Without `refresh_token` it ends when the access token does; an API key is such a one."""

    access_token: str
    refresh_token: str | None = None

    def __repr__(self) -> str:
        return "Tokens(…)"


@dataclass(frozen=True, slots=True)
class Granted:
    """A token, and how many seconds it lives from now, if that is known."""

    token: str = field(repr=False)
    lifetime: float | None


class Origin(Protocol):
    known: bool

    @property
    def renewable(self) -> bool: ...
    @property
    def user_id(self) -> str | None: ...

    async def get(self, reason: str) -> Granted | None: ...
    def leave(self) -> None: ...


class Pair:
    """A pair of tokens, which rotates; and if the password is known, a new log-in when the pair has ended."""

    def __init__(
        self,
        rest: Rest,
        tokens: Tokens | None,
        password: tuple[str, str] | None,
        changed: Callable[[Pair, Tokens, User], None],
    ) -> None:
        self._rest = rest
        self._tokens = tokens
        self._password = password
        self._changed = changed
        self.known = tokens is not None or password is not None
        """Whether there was anything to begin with."""

    @property
    def user_id(self) -> str | None:
        return None if self._tokens is None else subject(self._tokens.access_token)

    @property
    def renewable(self) -> bool:
        return self._password is not None or (self._tokens is not None and bool(self._tokens.refresh_token))

    async def get(self, reason: str) -> Granted | None:
        if reason == "start" and self._tokens is not None:
            left = _left(self._tokens.access_token)
            # One that has ended is not worth a try, unless it is all there is: this clock may be wrong.
            if left is None or left > 0 or not self.renewable:
                return Granted(self._tokens.access_token, left)
        if self._tokens is not None and self._tokens.refresh_token is not None:
            body = {"refresh_token": self._tokens.refresh_token}
            try:
                return self._take(await self._ask("/auth/refresh", body))
            except ColloquyError as error:
                if not error.is_final:
                    raise
        if self._password is None:
            return None
        username, password = self._password
        try:
            return self._take(await self._ask("/auth/login", {"username": username, "password": password}))
        except ColloquyError as error:
            # The very first log-in says what is wrong; later "wrong password" means that it was changed.
            if not error.is_final or reason == "start":
                raise
            return None

    def leave(self) -> None:
        """Its log-in is being ended: that is no reason for a new one."""
        self._password = None

    async def _ask(self, path: str, body: dict[str, str]) -> SignedIn:
        return await self._rest.call(SignedIn, "POST", path, body=body, signed=False)

    def _take(self, told: SignedIn) -> Granted:
        self._tokens = Tokens(told.access_token, told.refresh_token)
        self._changed(self, self._tokens, told.user)
        return Granted(told.access_token, float(told.expires_in))


class Asked:
    """The program's own source."""

    known = True
    renewable = True
    user_id = None

    def __init__(self, get_token: GetToken) -> None:
        self._get_token = get_token

    async def get(self, reason: str) -> Granted | None:
        try:
            told = self._get_token(reason)
            token = await told if inspect.isawaitable(told) else told
        except ColloquyError:
            raise
        except Exception as error:
            raise ColloquyError(0, "token_source", f"the source of tokens failed: {type(error).__name__}") from error
        return None if token is None else Granted(token, _left(token))

    def leave(self) -> None:
        """What it gives is the program's own matter."""


class Keeper:
    """The present token."""

    def __init__(self, origin: Origin, signed_out: Callable[[str], None]) -> None:
        self.origin = origin
        self._signed_out = signed_out
        self._present: Granted | None = None
        self._ends = 0.0
        self._flight: asyncio.Task[str] | None = None
        #: Those that nobody waits for any more, too.
        self._flights: set[asyncio.Task[str]] = set()
        self._over = False
        #: The log-in is being ended.
        self._leaving = False
        #: A name for whoever it is; who that is may not be known.
        self.person = object()

    def begin(self, origin: Origin, *, other: bool) -> None:
        """Another person, or the same one anew."""
        if other:
            self.person = object()
        self.origin.leave()
        self.origin, self._present, self._flight = origin, None, None
        self._over = self._leaving = False

    def holds(self, origin: Origin) -> bool:
        """Whether what this one gives still counts."""
        return origin is self.origin and not self._over

    @property
    def user_id(self) -> str | None:
        """Whose it is, if a token tells."""
        return self.origin.user_id if self._present is None else subject(self._present.token)

    async def token(self) -> str:
        if self._over:
            raise SignedOut
        if self._present is not None:
            return self._present.token
        return await self._fly("start")

    async def renew(self, used: str, reason: str) -> str:
        """A token in place of this one, which somebody else may have got already."""
        if self._over:
            raise SignedOut
        if self._present is not None and self._present.token != used:
            return self._present.token
        if not self.origin.renewable:
            self._lost(reason)
            raise SignedOut
        return await self._fly(reason)

    async def leave(self) -> None:
        """Nobody logs in anew from now on. Who is doing so is waited for, so that a log-out ends that too."""
        self._leaving = True
        self.origin.leave()
        if self._flight is not None:
            await asyncio.wait([self._flight])

    def left(self, token: str) -> float | None:
        """Seconds that this token still holds, by this machine's steady clock, if that is known."""
        if self._present is None or self._present.token != token or self._present.lifetime is None:
            return None
        return self._ends - time.monotonic()

    def end(self, reason: str) -> None:
        if not self._over:
            self._over, self._present, self._flight = True, None, None
            self.origin.leave()
            self._signed_out(reason)

    def _lost(self, reason: str) -> None:
        """There is no token any more; of a log-out its own end tells."""
        if not self._leaving:
            self.end(reason)

    async def close(self) -> None:
        for flight in self._flights:
            flight.cancel()
        await asyncio.gather(*self._flights, return_exceptions=True)

    async def _fly(self, reason: str) -> str:
        """A pair rotates with each use, so a request that is under way is never given up because one who waits for it is."""
        if self._flight is None:
            self._flight = asyncio.create_task(self._get(reason), name="colloquy: token")
            self._flights.add(self._flight)
            self._flight.add_done_callback(self._landed)
        return await asyncio.shield(self._flight)

    def _landed(self, flight: asyncio.Task[str]) -> None:
        self._flights.discard(flight)
        if self._flight is flight:
            self._flight = None
        if not flight.cancelled():
            # Whoever waited has it; if nobody does any more, it is not to be complained of.
            flight.exception()

    async def _get(self, reason: str) -> str:
        origin = self.origin
        try:
            granted = await origin.get(reason)
        except ColloquyError:
            if self.holds(origin):
                raise
            granted = None
        if not self.holds(origin):
            # Somebody logged out or in meanwhile.
            return await self.token()
        if granted is None:
            self._lost(reason)
            raise SignedOut
        self._present = granted
        if granted.lifetime is not None:
            self._ends = time.monotonic() + granted.lifetime
        return granted.token


def _claims(token: str) -> dict[str, Any]:
    """What a token says of itself. It is not checked here; a key says nothing."""
    try:
        body = token.split(".")[1]
        told = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return told if isinstance(told, dict) else {}
    except (IndexError, ValueError):
        return {}


def subject(token: str) -> str | None:
    """The id of the user whose token it is."""
    told = _claims(token).get("sub")
    return told if isinstance(told, str) else None


def _left(token: str) -> float | None:
    """Seconds until its end, if this machine's clock is right."""
    ends = _claims(token).get("exp")
    return float(ends) - time.time() if isinstance(ends, int | float) else None


def lifespan(token: str) -> float | None:
    """From its beginning to its end, whatever the clock says."""
    claims = _claims(token)
    begins, ends = claims.get("iat"), claims.get("exp")
    return float(ends - begins) if isinstance(begins, int | float) and isinstance(ends, int | float) else None
