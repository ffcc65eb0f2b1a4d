"""What every frame has, and how one is made of JSON. The kinds themselves are in `frames`."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from ._decode import decode
from .models import SnapshotView

logger = logging.getLogger("colloquy")

#: From `type` to its class; filled by `frames`.
KINDS: dict[str, type[Frame]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A frame of a type that this version does not know is one of these: all of it is in `raw`."""

    type: str
    raw: dict[str, Any] = field(repr=False, compare=False, default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset(Frame):
    """What was missed cannot be replayed: what the program knows of the stream is to be made anew, as it was at `seq`.

    The events that follow have higher numbers. `snapshot` is there for bots.
    """

    type: str = "reset"
    seq: int
    epoch: str
    snapshot: SnapshotView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting(Frame):
    """A channel began, or began again; `data` is what the server greets with."""

    type: str = "greeting"
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState(Frame):
    """`joining`, `live`, `away`, `refused` or `ended`; with the code that explains it."""

    type: str = "state"
    state: str
    code: int | str | None = None


def parse(raw: dict[str, Any]) -> Frame:
    kind = KINDS.get(raw["type"])
    if kind is not None:
        try:
            frame = decode(kind, raw)
        except (KeyError, TypeError, ValueError):
            logger.warning("a frame of type %s is not as documented", raw["type"])
        else:
            object.__setattr__(frame, "raw", raw)
            return frame
    return Frame(type=raw["type"], raw=raw)


def number(raw: dict[str, Any]) -> int | None:
    """The number of a durable event. A pong has a number too, but no life of its own."""
    seq = raw.get("seq")
    return seq if isinstance(seq, int) and raw.get("type") != "pong" else None


def session_of(raw: dict[str, Any]) -> str | None:
    """The session that a frame is about."""
    data = raw.get("data")
    if not isinstance(data, dict):
        return None
    session = data.get("session")
    found = session.get("id") if isinstance(session, dict) else data.get("session_id")
    return found if isinstance(found, str) else None
