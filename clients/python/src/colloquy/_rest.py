"""One REST call: its address and body, the token, what may be tried again, and errors by meaning.

Which calls there are is `api`'s matter; where tokens come from is `_tokens`'.
"""

from __future__ import annotations

import asyncio
import enum
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar, overload
from urllib.parse import quote, urlsplit

import httpx

from ._closes import Waits
from ._decode import decode, encode
from ._files import Download, Progress, Source, Upload
from .errors import OTHER, PAGE, Closed, ColloquyError, NetworkError, SignedOut
from .options import Options

T = TypeVar("T")
AGENT = "colloquy-python/0.1.0"
#: Answers of a server, or of a proxy before it, that say "not now".
PASSING = (502, 503, 504)


class Unset(enum.Enum):
    """Left out of a body, which is something else than null."""

    UNSET = "unset"


UNSET = Unset.UNSET


class Credentials(Protocol):
    @property
    def person(self) -> object: ...
    async def token(self) -> str: ...
    async def renew(self, used: str, reason: str) -> str: ...


def new_key() -> str:
    """An idempotency key."""
    return uuid.uuid4().hex


def segment(value: object) -> str:
    """A part of a path: whatever is in an id, it stays one part."""
    text = quote(str(value), safe="")
    return text.replace(".", "%2E") if not text.strip(".") else text


def base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"not an address of a server: {url!r} (http://host:port)")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("the address of a server has no user, query or fragment")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


class Rest:
    def __init__(self, url: str, options: Options) -> None:
        self.url = base_url(url)
        self.options = options
        self.credentials: Credentials | None = None
        self._http = httpx.AsyncClient(
            base_url=f"{self.url}/api",
            headers={"User-Agent": AGENT, "Accept": "application/json"},
            timeout=options.request_timeout,
            # Streams of events hold one each; how many there are is bounded by the channels.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            trust_env=options.trust_env,
            verify=options.ssl if options.ssl is not None else True,
        )

    async def close(self) -> None:
        await self._http.aclose()

    @overload
    async def call(self, kind: type[T], method: str, path: str, **given: Any) -> T: ...
    @overload
    async def call(self, kind: None, method: str, path: str, **given: Any) -> None: ...
    async def call(self, kind: Any, method: str, path: str, **given: Any) -> Any:
        value = await self.json(method, path, **given)
        if kind is None or kind is Any:
            return value
        try:
            return decode(kind, value)
        except (KeyError, TypeError, ValueError) as error:
            raise ColloquyError(200, "unreadable", f"not a {kind.__name__}: {error}") from error

    async def json(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
        signed: bool = True,
        retries: int | None = None,
        timeout: float | None = None,
    ) -> Any:
        """The answer as JSON; None if it has no body."""
        headers = {}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        arguments: dict[str, Any] = {"params": _present(query or {}), "headers": headers}
        if body is not None:
            told = {name: encode(value) for name, value in body.items() if value is not UNSET}
            arguments["content"] = packed(told)
            headers["Content-Type"] = "application/json"
        if timeout is not None:
            arguments["timeout"] = timeout

        async def once(authorization: dict[str, str]) -> httpx.Response:
            given = {**arguments, "headers": {**headers, **authorization}}
            return await self._http.request(method, path, **given)

        again = method == "GET" or idempotency_key is not None
        tries = (self.options.retries if retries is None else retries) if again else 0
        response = await self._persist(once, tries, signed)
        return _body(response)

    async def upload(
        self,
        kind: type[T],
        path: str,
        file: Source,
        *,
        filename: str | None = None,
        idempotency_key: str | None = None,
        on_progress: Progress | None = None,
    ) -> T:
        upload = Upload(file, filename, on_progress)
        headers = {"Idempotency-Key": idempotency_key or new_key(), **upload.headers()}

        async def once(authorization: dict[str, str]) -> httpx.Response:
            sent = {**headers, **authorization}
            # Time is for the network to take the next piece, not for the whole file.
            return await self._http.post(path, content=upload.pieces(), headers=sent, timeout=120)

        response = await self._persist(once, self.options.retries if upload.repeatable else 0, True)
        return decode(kind, _body(response))

    def download(self, path: str) -> Download:
        return Download(lambda: self.stream("GET", path))

    @asynccontextmanager
    async def stream(
        self, method: str, path: str, *, timeout: httpx.Timeout | None = None, **given: Any
    ) -> AsyncIterator[httpx.Response]:
        """An answer that is read piece by piece. What the server refuses is raised at once."""

        async def once(authorization: dict[str, str]) -> httpx.Response:
            headers = {**given.get("headers", {}), **authorization}
            request = self._http.build_request(
                method,
                path,
                headers=headers,
                params=_present(given.get("query", {})),
                timeout=timeout or self.options.request_timeout,
            )
            response = await self._http.send(request, stream=True)
            if response.status_code >= 400:
                try:
                    await response.aread()
                finally:
                    await response.aclose()
            return response

        response = await self._persist(once, 0, True)
        try:
            yield response
        except httpx.HTTPError as error:
            raise _network(error) from error
        finally:
            await response.aclose()

    async def _persist(
        self,
        once: Callable[[dict[str, str]], Awaitable[httpx.Response]],
        tries: int,
        signed: bool,
    ) -> httpx.Response:
        waits = Waits(self.options.backoff)
        person = self.credentials.person if self.credentials is not None else None
        while True:
            if self._http.is_closed:
                raise Closed
            try:
                response = await self._signed(once, person) if signed else await self._sent(once, {})
            except NetworkError:
                if waits.failures >= tries:
                    raise
                await asyncio.sleep(waits.next())
                continue
            if response.status_code < 400:
                return response
            error = problem(response)
            if response.status_code not in PASSING or waits.failures >= tries:
                raise error
            # What the server asks for is the least, unless it asks for more than one waits anyway.
            await asyncio.sleep(max(waits.next(), min(error.retry_after or 0, self.options.backoff.max)))

    async def _signed(self, once: Callable[[dict[str, str]], Awaitable[httpx.Response]], person: object) -> httpx.Response:
        """With the present token, and once more with a new one if that does not hold; never as another person than at first."""
        assert self.credentials is not None
        token = self._of(person, await self.credentials.token())
        response = await self._sent(once, {"Authorization": f"Bearer {token}"})
        if response.status_code != 401 or problem(response).code == PAGE:
            return response
        self._of(person, token)
        token = self._of(person, await self.credentials.renew(token, "unauthorized"))
        return await self._sent(once, {"Authorization": f"Bearer {token}"})

    def _of(self, person: object, token: str) -> str:
        assert self.credentials is not None
        if self.credentials.person is not person:
            raise SignedOut(OTHER)
        return token

    async def _sent(self, once: Callable[[dict[str, str]], Awaitable[httpx.Response]], headers: dict[str, str]) -> httpx.Response:
        try:
            return await once(headers)
        except (httpx.HTTPError, OSError) as error:
            raise _network(error) from error


def packed(told: Mapping[str, object]) -> bytes:
    """A body. Raises TypeError or ValueError for what cannot be one."""
    return json.dumps(told, ensure_ascii=False).encode()


def _present(query: Mapping[str, object]) -> dict[str, str]:
    told = {name: value for name, value in query.items() if value is not None}
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in told.items()}


def _network(error: Exception) -> NetworkError:
    # Its kind alone: the text may quote what was sent.
    return NetworkError(f"no answer: {type(error).__name__}")


def _body(response: httpx.Response) -> Any:
    if response.status_code == 204 or not response.content:
        return None
    try:
        return response.json()
    except ValueError:
        raise ColloquyError(response.status_code, "unreadable", "the answer is not JSON") from None


def problem(response: httpx.Response) -> ColloquyError:
    """From a problem document; a proxy's own page gives its status alone."""
    try:
        told = response.json()
    except ValueError:
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("code"), str):
        told = {"code": PAGE}
    after = response.headers.get("Retry-After", "")
    return ColloquyError(
        response.status_code,
        told["code"],
        str(told.get("detail") or f"the answer was {response.status_code}"),
        errors=told.get("errors"),
        request_id=told.get("request_id"),
        retry_after=float(after) if after.isdigit() else None,
        problem=told if told["code"] != PAGE else None,
    )
