"""Where a channel stands in its stream: which number to resume from, which events are new. Pure.

The rule of the protocol: the cursor is the highest of an event received, the greeting's number if no `since` was sent, the end
of a replay (of one that was not complete only once the state was loaded anew), and a pong's number.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Phase(Enum):
    AWAY = "away"
    REPLAYING = "replaying"
    LIVE = "live"
    LOST = "lost"
    """What was missed cannot be replayed: events wait until the state was loaded anew."""


@dataclass(slots=True)
class Cursor:
    seq: int | None = None
    epoch: str | None = None
    phase: Phase = Phase.AWAY
    _told: str | None = None

    def since(self) -> dict[str, int | str]:
        """As a subscription says it."""
        if self.seq is None:
            return {}
        return {"since": self.seq} if self.epoch is None else {"since": self.seq, "epoch": self.epoch}

    def greeted(self, seq: int, epoch: str | None) -> None:
        self._told = epoch
        if self.seq is None:
            self.seq, self.epoch, self.phase = seq, epoch, Phase.LIVE
        else:
            self.phase = Phase.REPLAYING

    def told(self, epoch: str) -> None:
        self._told = epoch

    @property
    def epoch_told(self) -> str | None:
        """Of the stream as it is now; `epoch` is that of the number."""
        return self._told

    def unnumbered(self) -> None:
        """A channel without numbers: there is nothing to resume."""
        self.phase = Phase.LIVE

    def take(self, seq: int) -> bool:
        """Whether this event is new; from then on it is not."""
        if self.seq is not None and seq <= self.seq:
            return False
        self.seq = seq
        return True

    def replayed(self, to: int, complete: bool) -> None:
        if complete:
            self.seq = max(to, self.seq or 0)
            self.epoch = self._told or self.epoch
            self.phase = Phase.LIVE
        else:
            self.phase = Phase.LOST

    def ponged(self, seq: int) -> None:
        if self.phase is Phase.LIVE and self.seq is not None:
            self.seq = max(seq, self.seq)

    def loaded(self, seq: int, epoch: str) -> None:
        """The state was loaded anew: go on from there, also backwards, since the stream may be another one."""
        self.seq, self.epoch, self._told, self.phase = seq, epoch, epoch, Phase.LIVE

    def forget(self) -> None:
        self.seq, self.epoch, self._told, self.phase = None, None, None, Phase.AWAY

    def cut(self) -> None:
        self.phase = Phase.AWAY
