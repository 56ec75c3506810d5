"""The breaker: after so many failures of the engine in a row nobody is sent to it for a while, then one, to see.

A pure state machine: the time is given in.
"""

import math
from dataclasses import dataclass
from enum import Enum, auto

from modelserver_runtime.refusals import Refusal, Refused


class Phase(Enum):
    """What happens to a request."""

    CLOSED = auto()  # it goes to the engine
    OPEN = auto()  # it is refused
    HALF_OPEN = auto()  # one goes to the engine, the others are refused until it is back


class Verdict(Enum):
    """What the end of a request says of the engine."""

    ANSWERED = auto()
    FAILED = auto()
    NOTHING = auto()  # the caller was wrong or has gone, or we ended it


@dataclass(slots=True, eq=False)
class Attempt:
    """One request at the engine; `trial` for as long as it is to decide what becomes of a half-open breaker."""

    trial: bool


class Breaker:
    """Opens after `failures` in a row, for `open_seconds`; half-open, it has one tried in each `open_seconds`."""

    def __init__(self, failures: int, open_seconds: float) -> None:
        self._most = failures
        self._open_seconds = open_seconds
        self.in_a_row = 0  # failures since the engine was last well; may be read from any thread
        self._opened: float | None = None
        self._tried: float | None = None  # when the trial began that is under way

    def phase(self, now: float) -> Phase:
        """May be asked from any thread."""
        opened = self._opened
        if opened is None:
            return Phase.CLOSED
        return Phase.OPEN if now < opened + self._open_seconds else Phase.HALF_OPEN

    def check(self, now: float) -> None:
        """Raise Refused, 503, where a request that came to the engine now would not be let through."""
        phase = self.phase(now)
        if phase is Phase.OPEN or (phase is Phase.HALF_OPEN and self._tries(now)):
            raise Refused(_open(self._seconds_left(now)))

    def enter(self, now: float) -> Attempt:
        """Let a request to the engine, or raise Refused."""
        self.check(now)
        attempt = Attempt(self.phase(now) is Phase.HALF_OPEN)
        self._tried = now if attempt.trial else None
        return attempt

    def works(self, attempt: Attempt) -> None:
        """The engine works on a request: of a trial that is enough, and from now on it is one like the others."""
        if attempt.trial:
            attempt.trial = False
            self._close()

    def left(self, now: float, verdict: Verdict, attempt: Attempt) -> None:
        """A request is back. Once the breaker is open, only a trial counts: the others were sent before."""
        trial = attempt.trial and self._opened is not None
        if trial:
            self._tried = None
        elif self._opened is not None:
            return
        if verdict is Verdict.ANSWERED:
            self._close()
        elif verdict is Verdict.FAILED:
            self.in_a_row += 1
            if trial or self.in_a_row >= self._most:
                self._opened = now

    def _close(self) -> None:
        self.in_a_row, self._opened, self._tried = 0, None, None

    def _tries(self, now: float) -> bool:
        """Whether a trial is under way that nobody has waited for too long."""
        return self._tried is not None and now < self._tried + self._open_seconds

    def _seconds_left(self, now: float) -> float:
        return 0.0 if self._opened is None else self._opened + self._open_seconds - now


def _open(seconds_left: float) -> Refusal:
    seconds = min(60, max(1, math.ceil(seconds_left)))
    message = "The engine failed several times in a row and is left alone for a moment."
    return Refusal(503, "breaker_open", message, retry_after=seconds)
