"""Very many streams that are open at once, all answered whole."""

from tests.cli.exactness import port_of, request
from tests.cli.scripted import Scripted

from modelserver_operator.cli.loadtest.generating.generator import generate
from modelserver_operator.cli.loadtest.generating.plan import Constant, Destination, Family, LoadPlan
from modelserver_operator.cli.loadtest.generating.recorded import Outcome, Recorded

OPENING_SECONDS = 10.0
INTERVAL_SECONDS = 2.0
TOKENS = 8  # 14 to 16 s: the first is still open when the last is opened


async def figures(server: Scripted, streams: int) -> dict[str, float]:
    """How many were open at once and came whole, and what an event has cost in microseconds of the processor's time."""
    server.plays(first_seconds=None, interval_seconds=INTERVAL_SECONDS, recording=False)
    destination = Destination("127.0.0.1", port_of(server.bare))
    arrivals = Constant(streams / OPENING_SECONDS)
    recorded = await generate(LoadPlan(destination, (request(Family.CHAT, TOKENS),), arrivals, count=streams))
    return {
        "streams": min(recorded.own.most_in_flight, _whole(recorded)),
        "cpu_us_per_event": recorded.own.cpu_seconds / (streams * TOKENS) * 1e6,
        "loop_lag_ms_p99": recorded.own.loop_lag.p99 * 1000,
        "lateness_ms_p99": recorded.own.lateness.p99 * 1000,
    }


def _whole(recorded: Recorded) -> int:
    answers = zip(recorded.samples.outcome, recorded.samples.events, strict=True)
    return sum(outcome == Outcome.ANSWERED and events == TOKENS for outcome, events in answers)
