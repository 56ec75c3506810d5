"""How the server is, in one word, and whether that word means ready, or alive; and which requests find out."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from modelserver_runtime import config
from modelserver_runtime.admission.breaker import Attempt, Breaker, Phase, Verdict
from modelserver_runtime.admission.clock import Clock
from modelserver_runtime.admission.drain import Lifecycle, State
from modelserver_runtime.admission.heartbeat import Heartbeat
from modelserver_runtime.admission.moment import Moment
from modelserver_runtime.admission.pulse import Pulse
from modelserver_runtime.refusals import ENGINE_REASON, INTERNAL, STALLED, ClientGone, Refusal, Refused
from modelserver_runtime.reply import Reply

log = logging.getLogger(__name__)

NO_LOOP, NO_STEP, BREAKER_OPEN = "main_loop_stuck", "stalled", "breaker_open"
STATES = (*(state.value for state in State), NO_LOOP, NO_STEP, BREAKER_OPEN)
NOT_IMPLEMENTED = 501  # asked for what the engine does not do: the caller's mistake, whatever the number says


class Health:
    """Everything that bears on readiness and liveness. May be asked from any thread."""

    def __init__(self, limits: config.Health, lifecycle: Lifecycle, clock: Clock) -> None:
        self.pulse = Pulse(limits.stalled_seconds, limits.dead_seconds, clock)
        self.heartbeat = Heartbeat(clock)
        self._attempts: set[Attempt] = set()
        self._breaker = Breaker(limits.breaker_failures, limits.breaker_open_seconds)
        self._open_seconds, self._dead_seconds = limits.breaker_open_seconds, limits.dead_seconds
        self.lifecycle = lifecycle
        self._clock = clock
        self._told = self.state
        self._no_step_since, self._no_loop_since = Moment(), Moment()

    @property
    def state(self) -> str:
        """One of STATES: the lifecycle's word, and while it serves what keeps it from that."""
        if self._loop_stuck:
            return NO_LOOP
        word: str = self.lifecycle.state.value
        if word != State.SERVING.value:
            return word
        if self.pulse.stalled:
            return NO_STEP
        return BREAKER_OPEN if self._breaker.phase(self._clock.now()) is Phase.OPEN else word

    def why(self, state: str) -> str | None:
        """What the word of a state does not say, in a sentence; the same one while nothing changes."""
        if state == NO_STEP:
            since, running = self._no_step_since.text(self.pulse.silent_seconds), len(self._attempts)
            return f"The engine has made no step since {since}; requests running: {running}."
        if state == BREAKER_OPEN:
            failures, seconds = self._breaker.in_a_row, self._open_seconds
            return f"The engine has failed {failures} requests in a row; one is tried every {seconds:g} s."
        if state == NO_LOOP:
            since = self._no_loop_since.text(self.heartbeat.silent_seconds)
            return f"The server's main loop has stood still since {since}."
        return "The engine has died, and the server ends." if state == State.BROKEN.value else None

    @property
    def ready(self) -> bool:
        """Whether new requests are welcome. A half-open breaker is ready: without a request it could never close."""
        return self.state == State.SERVING.value

    @property
    def alive(self) -> bool:
        """Whether waiting may help; else only a restart does."""
        return not (self.lifecycle.state is State.BROKEN or self._loop_stuck or self.pulse.dead)

    def check(self) -> None:
        """Raise Refused, 503, where a request that asks the engine would be of no use now."""
        if self.pulse.stalled:
            raise Refused(STALLED)
        self._breaker.check(self._clock.now())

    @contextmanager
    def asking(self, reply: Reply) -> Iterator[Attempt]:
        """Hand a request to the engine and learn from its end; Refused, 503, where the breaker opened meanwhile."""
        attempt = self._breaker.enter(self._clock.now())
        self._attempts.add(attempt)
        self.pulse.handed_over()
        verdict = Verdict.FAILED  # by an exception, unless it is one that tells of no failure
        try:
            yield attempt
            verdict = _verdict(reply.refusal)
        except (Refused, ClientGone, asyncio.CancelledError):
            verdict = Verdict.NOTHING
            raise
        finally:
            self._attempts.remove(attempt)
            self._breaker.left(self._clock.now(), verdict, attempt)

    def works(self, attempt: Attempt) -> None:
        """The engine has generated something for this request."""
        self._breaker.works(attempt)

    def step(self) -> None:
        """The engine has made a step; where it works for one request only, that is whose step it was."""
        self.pulse.step()
        if len(self._attempts) == 1 and self.pulse.owes:
            self.works(*self._attempts)

    def tell(self) -> None:
        """Log a new state: a stall that nobody asked about would leave no trace."""
        was, self._told = self._told, self.state
        if was != self._told:
            log.info("state", extra={"fields": {"was": was, "is": self._told, "why": self.why(self._told)}})

    @property
    def _loop_stuck(self) -> bool:
        return self.heartbeat.silent_seconds >= self._dead_seconds


def _verdict(refusal: Refusal | None) -> Verdict:
    """What an answer that came to its end says of the engine."""
    if refusal is None:
        return Verdict.ANSWERED
    of_the_engine = refusal.reason in (ENGINE_REASON, INTERNAL.reason)
    failed = of_the_engine and refusal.status >= 500 and refusal.status != NOT_IMPLEMENTED
    return Verdict.FAILED if failed else Verdict.NOTHING
