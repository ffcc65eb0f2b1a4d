"""What a closed socket asks of its client: the close table of the protocol. Pure; the waiting is done elsewhere."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum

from .options import Backoff


class Then(Enum):
    """What comes before the next attempt."""

    AT_ONCE = "at once"
    BACK_OFF = "back off"
    SPREAD = "spread"
    """The server restarts: all its clients come back, so each picks its own moment."""
    LONG = "long"
    """An administrator closed it."""
    NEW_TOKEN = "new token"
    STOP = "stop"


#: No close frame: the connection was cut.
LOST = 1006
NORMAL = 1000
UNAUTHENTICATED = 4001
NO_ACCESS = 4003
GOING_AWAY = 1001

_TABLE = {
    1001: Then.SPREAD,
    1008: Then.LONG,
    4001: Then.NEW_TOKEN,
    4003: Then.STOP,
    4008: Then.AT_ONCE,
}


def after(code: int) -> Then:
    """Unknown codes, 1006, 1011, 1013 and 4029 are waited out. So is a 1000 that the client did not ask for: a proxy's."""
    return _TABLE.get(code, Then.BACK_OFF)


@dataclass
class Waits:
    """The failed attempts in a row, and how long to wait after them."""

    backoff: Backoff
    failures: int = 0
    random: random.Random | random.SystemRandom = random.SystemRandom()  # noqa: RUF009 (one for all is meant)

    def succeeded(self) -> None:
        self.failures = 0

    @property
    def exhausted(self) -> bool:
        return self.failures >= self.backoff.attempts

    def next(self) -> float:
        """Counts a failure, and says how long to wait."""
        delay = self.random.uniform(0, self.ceiling())
        self.failures += 1
        return delay

    def ceiling(self) -> float:
        # The exponent is bounded, so that a count of years does not overflow.
        return min(self.backoff.max, self.backoff.min * 2.0 ** min(self.failures, 60))

    def spread(self) -> float:
        return self.random.uniform(0, self.backoff.going_away)

    def long(self) -> float:
        return self.backoff.administrator + self.next()
