"""The breaker: a table of what happens when, and what of a request's end counts as the engine's failure."""

import pytest
from starlette.types import Receive, Scope, Send
from tests.unit.runtime.scripted import SSE, Bench, Caller, until

from modelserver_runtime.admission.breaker import Breaker, Phase, Verdict
from modelserver_runtime.refusals import Refused

CLOSED, OPEN, HALF_OPEN = Phase
ANSWERED, FAILED, NOTHING = Verdict
CHUNK = b'data: {"model":"demo"}\n\n'


def breaker(*verdicts: Verdict) -> Breaker:
    """One that opens at 3 failures for 10 s, after these verdicts, all told at 100 s."""
    breaker = Breaker(3, 10)
    for verdict in verdicts:
        breaker.left(100, verdict, breaker.enter(100))
    return breaker


@pytest.mark.parametrize(
    ("verdicts", "phase"),
    [
        ([], CLOSED),
        ([FAILED] * 2, CLOSED),
        ([FAILED] * 3, OPEN),
        ([FAILED, FAILED, ANSWERED, FAILED, FAILED], CLOSED),
        ([FAILED, FAILED, ANSWERED, FAILED, FAILED, FAILED], OPEN),
        ([FAILED, NOTHING, FAILED, NOTHING, FAILED], OPEN),  # what tells nothing breaks no row
        ([NOTHING] * 9, CLOSED),
    ],
)
def test_so_many_failures_in_a_row_open_it(verdicts: list[Verdict], phase: Phase) -> None:
    assert breaker(*verdicts).phase(100) is phase


@pytest.mark.parametrize(("now", "retry_after"), [(100, 10), (104.5, 6), (109.9, 1)])
def test_open_it_lets_nobody_through_and_says_for_how_long(now: float, retry_after: int) -> None:
    opened = breaker(FAILED, FAILED, FAILED)
    for ask in (opened.check, opened.enter):
        with pytest.raises(Refused) as refused:
            ask(now)
        refusal = refused.value.refusal
        assert (refusal.status, refusal.reason, refusal.retry_after) == (503, "breaker_open", retry_after)


@pytest.mark.parametrize(("verdict", "phase"), [(ANSWERED, CLOSED), (FAILED, OPEN), (NOTHING, HALF_OPEN)])
def test_half_open_one_is_tried_and_decides(verdict: Verdict, phase: Phase) -> None:
    half_open = breaker(FAILED, FAILED, FAILED)
    assert half_open.phase(110) is HALF_OPEN
    trial = half_open.enter(110)
    assert trial.trial
    with pytest.raises(Refused) as refused:
        half_open.check(111)
    assert refused.value.refusal.retry_after == 1

    half_open.left(112, verdict, trial)

    assert half_open.phase(112) is phase
    assert half_open.in_a_row == {CLOSED: 0, OPEN: 4, HALF_OPEN: 3}[phase]
    if phase is OPEN:
        assert half_open.phase(121.9) is OPEN, "the whole time again"
    else:
        assert half_open.enter(112).trial is (phase is HALF_OPEN)


@pytest.mark.parametrize("verdict", [ANSWERED, FAILED])
def test_who_was_sent_before_it_opened_decides_nothing(verdict: Verdict) -> None:
    late = Breaker(3, 10)
    early = late.enter(99)
    for _ in range(3):
        late.left(100, FAILED, late.enter(100))
    late.left(105, verdict, early)
    assert late.phase(109.9) is OPEN
    trial = late.enter(110)
    late.left(110, verdict, early)
    assert late.phase(110) is HALF_OPEN
    late.left(111, ANSWERED, trial)
    assert late.phase(111) is CLOSED


def test_after_a_trial_that_closed_it_the_count_begins_anew() -> None:
    closed = breaker(FAILED, FAILED, FAILED)
    closed.left(110, ANSWERED, closed.enter(110))
    for _ in range(2):
        closed.left(111, FAILED, closed.enter(111))
    assert closed.phase(111) is CLOSED


def opens_at(failures: int, **limits: float) -> Bench:
    """A shell whose breaker opens at so many failures, for ten seconds."""
    return Bench({"health": {"breakerFailures": failures, "breakerOpenSeconds": 10}}, **limits)


class Failing:
    """A shell whose breaker opens at two failures."""

    def __init__(self, **limits: float) -> None:
        self.bench = opens_at(2, **limits)
        self.asked = 0

    async def chat(self, status: int = 200, path: str = "/v1/chat/completions") -> Caller:
        """A request that the engine answers with `status`."""
        caller = self.bench.ask(path, {"model": "demo", "messages": []})
        await (await self.bench.engine.call(self.asked)).answer({"model": "demo"}, status)
        self.asked += 1
        return await caller.done()

    async def opens(self) -> Bench:
        for _ in range(2):
            await self.chat(500)
        assert self.bench.health.state == "breaker_open"
        return self.bench


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_failures_of_the_engine_open_it(status: int) -> None:
    failing = Failing()
    for _ in range(2):
        await failing.chat(status)
    bench = failing.bench
    assert not bench.health.ready
    assert bench.health.alive
    chat, message = await bench.chat().done(), await bench.ask("/v1/messages", {"model": "demo"}).done()
    assert (chat.status, chat.document["error"]["code"], chat.headers["retry-after"]) == (503, "breaker_open", "10")
    assert (message.status, message.document["error"]["type"]) == (529, "overloaded_error")
    assert len(bench.engine.calls) == 2, "the engine is left alone"
    assert bench.metric("modelserver_requests_refused_total", reason="breaker_open") == 2
    assert bench.metric("modelserver_requests_total", model="demo", outcome="failed") == 4, "an outage is no silence"


@pytest.mark.parametrize("status", [400, 404, 422, 501])
async def test_mistakes_of_callers_do_not(status: int) -> None:
    failing = Failing()
    for _ in range(5):
        await failing.chat(status)
    assert failing.bench.health.ready


async def test_exceptions_of_the_engines_app_open_it() -> None:
    bench = opens_at(2)

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError

    bench.parts.ask.engine = broken
    for _ in range(2):
        await bench.chat().done()
    assert bench.health.state == "breaker_open"


async def test_an_app_that_says_nothing_opens_it() -> None:
    bench = opens_at(1)
    caller = bench.chat()
    (await bench.engine.call()).ended.set()
    await caller.done()
    assert bench.health.state == "breaker_open"


async def test_errors_in_a_stream_open_it() -> None:
    bench = opens_at(1)
    caller = bench.chat(stream=True)
    call = await bench.engine.call()
    await call.start(content_type=SSE)
    await call.send(CHUNK)
    await call.send(b'data: {"error":{"message":"no","code":500}}\n\n', more=False)
    call.ended.set()
    await caller.done()
    assert bench.health.state == "breaker_open"


async def test_callers_who_hang_up_and_deadlines_do_not() -> None:
    bench = opens_at(1, request_timeout_seconds=7)
    gone, slow = bench.chat(), bench.chat()
    calls = [await bench.engine.call(number) for number in range(2)]
    gone.hang_up()
    await calls[0].disconnected()
    bench.clock.passes(7)
    await calls[1].disconnected()
    for call in calls:
        call.ended.set()
    assert (await slow.done()).status == 504
    await gone.done()
    assert bench.health.ready


async def test_who_waited_in_line_while_it_opened_is_refused_too() -> None:
    bench = opens_at(2)
    callers = [bench.chat() for _ in range(4)]
    await until(lambda: bench.gate.waiting == 2)
    await (await bench.engine.call(0)).answer({}, 500)
    third = await bench.engine.call(2)  # its turn came when only one had failed
    await (await bench.engine.call(1)).answer({}, 500)
    await callers[3].done()
    await third.answer({})
    for caller in callers:
        await caller.done()
    assert [caller.status for caller in callers] == [500, 500, 200, 503]
    assert bench.gate.unfinished == 0
