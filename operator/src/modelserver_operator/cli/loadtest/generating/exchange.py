"""One request under way: when what of its answer came, and what became of it."""

from __future__ import annotations

from math import nan

from modelserver_operator.cli.loadtest.generating import hearing
from modelserver_operator.cli.loadtest.generating.histogram import Histogram
from modelserver_operator.cli.loadtest.generating.plan import Family
from modelserver_operator.cli.loadtest.generating.recorded import Outcome
from modelserver_operator.cli.loadtest.generating.wire import Prepared

REFUSING = (429, 503, 529)  # "not now"; 529 is Anthropic's 503
MOST_KEPT = 4_194_304  # bytes of an answer that is no stream: its usage is read from it at its end


class Exchange:
    """A request from when it is due: `intended`, in seconds from the load's beginning. All others are of the event
    loop's clock; nan: not yet."""

    __slots__ = (
        "_listens",
        "_rest",
        "_whole",
        "begun",
        "error",
        "events",
        "first_token",
        "gaps",
        "intended",
        "last_token",
        "leads_to",
        "prepared",
        "request",
        "retry_after",
        "sent",
        "status",
        "tokens_in",
        "tokens_out",
    )

    def __init__(self, prepared: Prepared, gaps: Histogram | None, intended: float, begun: float) -> None:
        """`gaps` takes the times between its tokens; None where they do not count."""
        self.prepared, self.request, self.gaps = prepared, prepared.request, gaps
        self.intended, self.begun = intended, begun
        self.retry_after = self.sent = self.first_token = self.last_token = nan
        self.status = self.events = self.tokens_in = self.tokens_out = 0
        self.error: str | None = None  # within a stream
        self.leads_to = ""  # where an answer of 3xx sends whoever asked
        self._listens = False
        self._whole = False  # the stream has named its end
        self._rest = b""  # of a stream, what came of an event that has not ended; else the body

    def answered(self, status: int) -> None:
        """The answer's head is there."""
        self.status = status
        self._listens = self.request.stream and self._answers

    @property
    def _answers(self) -> bool:
        """Whether the status is that of an answer. A redirect is none: who asks does not go there."""
        return 200 <= self.status < 300

    def heard(self, piece: bytes, now: float) -> None:
        """A piece of the answer's body."""
        if not self._listens:
            if len(self._rest) < MOST_KEPT and self.request.family is not Family.PLAIN:
                self._rest += piece
        elif (
            not self._rest
            and piece.find(b"\n\n") == len(piece) - 2
            and hearing.shows_surely(self.request.family, piece)
        ):
            self._token(now)
        else:
            events, self._rest = hearing.cut(self._rest + piece)
            for event in events:
                self._event(event, now)

    def _token(self, now: float) -> None:
        if self.events:
            if self.gaps is not None:
                self.gaps.add(now - self.last_token)
        else:
            self.first_token = now
        self.last_token = now
        self.events += 1

    def _event(self, event: bytes, now: float) -> None:
        said = hearing.read(event)
        if said.shows:
            self._token(now)
        self._uses(said.used)
        self._whole = self._whole or said.ends
        self.error = self.error or said.error

    def _uses(self, used: hearing.Used) -> None:
        """The last word counts."""
        self.tokens_in, self.tokens_out = used.prompt or self.tokens_in, used.completion or self.tokens_out

    def became(self) -> tuple[Outcome, str]:
        """What an answer that has come to its end by HTTP's rules is, in words too."""
        if self._listens:
            return self._streamed()
        document = hearing.parsed(self._rest) if self._rest else None
        if self._answers:
            self._uses(hearing.used(document or {}))
            return Outcome.ANSWERED, ""
        if self.leads_to and self.status < 400:
            return Outcome.FAILED, f"{self.status} redirected to {self.leads_to}"
        outcome = Outcome.REFUSED if self.status in REFUSING else Outcome.FAILED
        return outcome, f"{self.status} {hearing.complaint(document)}".strip()

    def _streamed(self) -> tuple[Outcome, str]:
        if self.error:
            return Outcome.FAILED, f"error within the stream: {self.error}"
        if self._whole or self.request.family is Family.PLAIN:
            return Outcome.ANSWERED, ""
        return Outcome.CUT, "the stream ended without its last event"
