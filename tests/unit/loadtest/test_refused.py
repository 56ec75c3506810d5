"""Callers of a closed loop who were refused: when they come again, what of that is measured, and how it ends."""

import pytest
from tests.unit.loadtest.answering import always, answering, plan, whole

from modelserver_operator.cli.loadtest.generating.generator import generate
from modelserver_operator.cli.loadtest.generating.plan import Closed
from modelserver_operator.cli.loadtest.generating.recorded import Recorded

LONG = 120.0  # nobody has waited for it who ends sooner


async def refused(retry_after: float | None, arrivals: Closed, **load: object) -> Recorded:
    """A load at a server that refuses everybody."""
    headers = [] if retry_after is None else [f"Retry-After: {retry_after:g}"]
    async with answering(always(whole(b"", "503 Not Now", *headers))) as destination:
        return await generate(plan(destination, arrivals=arrivals, **load))


@pytest.mark.parametrize(
    ("retry_after", "arrivals", "least"),
    [
        (0.4, Closed(1, pause=0.0), 0.4),
        (LONG, Closed(1, pause=0.0, most_pause=0.3), 0.3),
        (None, Closed(1, pause=0.2), 0.2),
        (0, Closed(1, pause=0.2), 0.2),
        (-LONG, Closed(1, pause=0.2), 0.2),
    ],
)
async def test_whoever_is_refused_waits_and_that_is_no_latency(
    retry_after: float | None, arrivals: Closed, least: float
) -> None:
    recorded = await refused(retry_after, arrivals, count=3)
    due, ends = recorded.samples.intended, recorded.samples.end
    waited = [later - end for end, later in zip(ends[:-1], due[1:], strict=True)]
    assert len(waited) == 2
    assert min(waited) >= least - 1e-3  # an event loop's timer may ring a moment early
    assert recorded.ended < LONG


async def test_nobody_is_waited_for_who_would_ask_when_it_is_over() -> None:
    patient = Closed(3, pause=LONG, most_pause=LONG)
    by_time = await refused(None, patient, count=None, duration=0.2)
    by_count = await refused(LONG, patient, count=3)
    for recorded in (by_time, by_count):
        assert len(recorded.samples) == 3
        assert recorded.ended < LONG
