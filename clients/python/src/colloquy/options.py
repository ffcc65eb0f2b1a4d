"""What can be set, with its defaults. All times are seconds."""

from __future__ import annotations

import math
import ssl
from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["shared", "separate"]
TransportName = Literal["websocket", "sse", "poll"]

TRANSPORTS: tuple[TransportName, ...] = ("websocket", "sse", "poll")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long to wait before the next attempt: full jitter below a ceiling that doubles from `min` to `max`."""

    min: float = 0.5
    max: float = 30.0
    attempts: float = math.inf
    """Failed attempts in a row after which the client gives up."""
    healthy: float = 5.0
    """A connection that lasted so long begins the count anew."""
    going_away: float = 5.0
    """After 1001 (the server restarts) anything from 0 to this."""
    administrator: float = 30.0
    """After 1008 (closed by an administrator) at least this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A `ping` each `interval`; a socket on which nothing comes for `timeout` after one is dead."""

    interval: float = 15.0
    timeout: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """All settings of a client that have nothing to do with who it is."""

    mode: Mode = "shared"
    """`shared`: one socket for all channels. `separate`: one for each."""
    transports: tuple[TransportName, ...] = TRANSPORTS
    """In the order tried; `websocket`, if it is among them, comes first."""
    backoff: Backoff = field(default_factory=Backoff)
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    renew_before: float = 60.0
    """A token is renewed so long before it ends, at the latest after half its life."""
    upgrade_again: float = 60.0
    """In fall-back, a WebSocket is tried again after so long."""
    open_timeout: float = 10.0
    """For opening a socket, and again for its first frame."""
    request_timeout: float = 30.0
    retries: int = 4
    """Further attempts of calls that may be repeated, after no answer or 503."""
    queue: int = 1000
    """Frames that wait for one `async for`; what is more is read from the log later."""
    outbox_limit: int = 200
    trust_env: bool = True
    """Whether proxies of the environment are used."""
    ssl: ssl.SSLContext | None = None
    """For servers whose certificate the system does not know."""

    def __post_init__(self) -> None:
        if self.mode not in ("shared", "separate"):
            raise ValueError("mode is 'shared' or 'separate'")
        if not self.transports or not set(self.transports) <= set(TRANSPORTS):
            raise ValueError(f"transports are some of {', '.join(TRANSPORTS)}")
        if "websocket" in self.transports[1:]:
            raise ValueError("websocket comes first among the transports")
        if self.queue < 1 or self.outbox_limit < 1:
            raise ValueError("queue and outbox_limit are at least 1")
        if not 0 < self.backoff.min <= self.backoff.max:
            raise ValueError("backoff.min is above 0 and at most backoff.max")
        if self.heartbeat.interval <= 0 or self.heartbeat.timeout <= 0:
            raise ValueError("the times of a heartbeat are above 0")
