"""Files on their way to and from the server, piece by piece: none is ever held whole."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol

import httpx

PIECE = 64 * 1024

Source = bytes | str | os.PathLike[str] | BinaryIO | AsyncIterator[bytes]
"""Bytes, a path, an open file, or pieces as they come."""


class Progress(Protocol):
    def __call__(self, sent: int, total: int | None, /) -> object:
        """`total` is None where it cannot be known."""


class Upload:
    """A file as the only part of a form."""

    def __init__(self, source: Source, filename: str | None, on_progress: Progress | None) -> None:
        self._source = source
        self._on_progress = on_progress
        name = filename or _name(source)
        if name is None:
            raise ValueError("filename is needed for what has no name of its own")
        self._boundary = secrets.token_hex(16)
        self._head = (
            f"--{self._boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{_escaped(name)}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{self._boundary}--\r\n".encode()
        self._size = _size(source)

    @property
    def repeatable(self) -> bool:
        return isinstance(self._source, bytes | str | os.PathLike)

    def headers(self) -> dict[str, str]:
        headers = {"Content-Type": f"multipart/form-data; boundary={self._boundary}"}
        if self._size is not None:
            headers["Content-Length"] = str(len(self._head) + self._size + len(self._tail))
        return headers

    async def pieces(self) -> AsyncIterator[bytes]:
        yield self._head
        sent = 0
        async for piece in _pieces(self._source):
            yield piece
            sent += len(piece)
            if self._on_progress is not None:
                self._on_progress(sent, self._size)
        yield self._tail


def _escaped(name: str) -> str:
    """As browsers write it: a name cannot end its own header."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _name(source: Source) -> str | None:
    if isinstance(source, str | os.PathLike):
        return Path(source).name
    name = getattr(source, "name", None)
    return Path(name).name if isinstance(name, str) else None


def _size(source: Source) -> int | None:
    if isinstance(source, bytes):
        return len(source)
    if isinstance(source, str | os.PathLike):
        return Path(source).stat().st_size
    return None


async def _pieces(source: Source) -> AsyncIterator[bytes]:
    if isinstance(source, bytes):
        for start in range(0, len(source), PIECE):
            yield source[start : start + PIECE]
    elif isinstance(source, str | os.PathLike):
        with await asyncio.to_thread(Path(source).open, "rb") as opened:
            while piece := await asyncio.to_thread(opened.read, PIECE):
                yield piece
    elif isinstance(source, AsyncIterator):
        async for piece in source:
            yield piece
    else:
        while piece := await asyncio.to_thread(source.read, PIECE):
            yield piece


class Download:
    """`async with api.download_document(…) as file:` and then `async for piece in file`, or `await file.save(path)`."""

    def __init__(self, open_: Callable[[], AbstractAsyncContextManager[httpx.Response]]) -> None:
        self._opened = open_()
        self._response: httpx.Response | None = None

    async def __aenter__(self) -> Download:
        self._response = await self._opened.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._opened.__aexit__(kind, error, trace)

    @property
    def response(self) -> httpx.Response:
        if self._response is None:
            raise RuntimeError("a download is used with `async with`")
        return self._response

    @property
    def content_type(self) -> str:
        return str(self.response.headers.get("Content-Type", ""))

    @property
    def size(self) -> int | None:
        length = self.response.headers.get("Content-Length", "")
        return int(length) if length.isdigit() else None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self.response.aiter_bytes(PIECE)

    async def read(self) -> bytes:
        return await self.response.aread()

    async def save(self, path: str | os.PathLike[str]) -> int:
        """Writes the file, and tells its size. What is cut off midway is an error, and leaves no file."""
        target, size = Path(path), 0
        part = target.with_name(target.name + ".part")
        try:
            with await asyncio.to_thread(part.open, "wb") as opened:
                async for piece in self:
                    await asyncio.to_thread(opened.write, piece)
                    size += len(piece)
            await asyncio.to_thread(part.replace, target)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        return size
