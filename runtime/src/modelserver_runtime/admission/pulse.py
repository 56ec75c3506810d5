"""Whether the engine moves: a stalled one has requests and makes no step.

An idle engine makes no steps either, and neither do requests that are not yet, or no longer, the engine's: one whose
caller reads slowly, one that is being tokenized. So the engine is asked whether it owes anything.
"""

from collections.abc import Callable

from modelserver_runtime.admission.clock import Clock


class Pulse:
    """Told of every engine step and of every request that is handed over. May be asked from any thread."""

    def __init__(self, stalled_seconds: float, dead_seconds: float, clock: Clock) -> None:
        self._stalled_seconds = stalled_seconds
        self._dead_seconds = dead_seconds
        self._clock = clock
        self._owes: Callable[[], bool] = lambda: False
        self._since = clock.now()
        self._noticed: float | None = None  # the `since` of a stall that somebody has seen

    def watch(self, owes: Callable[[], bool]) -> None:
        """There is an engine; `owes` says whether it has requests that it has not finished."""
        self._owes = owes

    def step(self) -> None:
        """The engine has made a step."""
        self._since = self._clock.now()

    def handed_over(self) -> None:
        """A request goes to the engine; to one with nothing to do, the time until its first step begins now."""
        if not self._owes() and not self._silent_in_a_stall():
            self._since = self._clock.now()

    @property
    def owes(self) -> bool:
        """Whether the engine has requests that it has not finished."""
        return self._owes()

    @property
    def stalled(self) -> bool:
        """Whether the engine owes something and has made no step for the bound.

        Once it has stalled, only a step is proof of life: when callers have given up all that it owed, requests are
        let through until the engine has one of them, and from then on refused again until a step comes.
        """
        since, owes = self._since, self._owes()
        if owes and self._clock.now() - since >= self._stalled_seconds:
            self._noticed = since
        return owes and self._noticed == since

    @property
    def silent_seconds(self) -> float:
        """Since the last step, or since an idle engine was given something to do."""
        return self._clock.now() - self._since

    @property
    def dead(self) -> bool:
        """Whether a stall has lasted so long that only a restart is left."""
        stalls = self.stalled or self._silent_in_a_stall()
        return stalls and self.silent_seconds >= self._dead_seconds

    def _silent_in_a_stall(self) -> bool:
        return self._noticed == self._since
