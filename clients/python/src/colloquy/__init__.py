"""Client of Colloquy: REST, and live events that arrive in order, once, and all of them."""

from . import frames, models
from ._answers import Answer
from ._channel import Channel
from ._events import Events
from ._files import Download
from ._frame import ChannelState, Frame, Greeting, Reset
from ._outbox import Outbox, Sent
from ._rest import UNSET
from ._tokens import Tokens
from .api import Api
from .channels import BotChannel, NotificationsChannel, SessionChannel, TasksChannel
from .client import Colloquy, StateChange
from .errors import AccessLost, Closed, ColloquyError, ConnectionFailed, NetworkError, SignedOut
from .options import Backoff, Heartbeat, Options

__version__ = "0.1.0"

__all__ = [
    "UNSET",
    "AccessLost",
    "Answer",
    "Api",
    "Backoff",
    "BotChannel",
    "Channel",
    "ChannelState",
    "Closed",
    "Colloquy",
    "ColloquyError",
    "ConnectionFailed",
    "Download",
    "Events",
    "Frame",
    "Greeting",
    "Heartbeat",
    "NetworkError",
    "NotificationsChannel",
    "Options",
    "Outbox",
    "Reset",
    "Sent",
    "SessionChannel",
    "SignedOut",
    "StateChange",
    "TasksChannel",
    "Tokens",
    "frames",
    "models",
]
