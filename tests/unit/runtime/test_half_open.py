"""A half-open breaker: one request is tried, and the first good sign of it lets everybody in again."""

import pytest
from tests.unit.runtime.scripted import SSE, Bench, Call, Caller, until
from tests.unit.runtime.test_breaker import (
    ANSWERED,
    CLOSED,
    FAILED,
    OPEN,
    Failing,
    breaker,
)

from modelserver_runtime.admission.breaker import Breaker
from modelserver_runtime.refusals import Refused

TOKEN = b'data: {"model":"demo","choices":[{"delta":{"content":"x"}}]}\n\n'
ROLE = b'data: {"model":"demo","choices":[{"delta":{"role":"assistant","content":""}}]}\n\n'
ERROR = b'data: {"error":{"message":"no","code":500}}\n\n'


def test_a_good_sign_of_the_trial_closes_it_and_its_failure_is_one_like_others() -> None:
    half_open = breaker(FAILED, FAILED, FAILED)
    trial = half_open.enter(110)
    half_open.works(trial)
    assert half_open.phase(110) is CLOSED
    assert not half_open.enter(110).trial
    half_open.left(111, FAILED, trial)
    assert half_open.phase(111) is CLOSED
    for _ in range(2):
        half_open.left(111, FAILED, half_open.enter(111))
    assert half_open.phase(111) is OPEN


def test_only_a_trial_closes_it_by_a_good_sign() -> None:
    opened = Breaker(3, 10)
    early = opened.enter(99)
    for _ in range(3):
        opened.left(100, FAILED, opened.enter(100))
    opened.works(early)
    assert opened.phase(100) is OPEN


def test_a_trial_of_which_nothing_is_heard_is_followed_by_another() -> None:
    half_open = breaker(FAILED, FAILED, FAILED)
    silent = half_open.enter(110)
    with pytest.raises(Refused):
        half_open.enter(119.9)
    second = half_open.enter(120)
    assert second.trial
    with pytest.raises(Refused):
        half_open.enter(120)
    half_open.left(121, ANSWERED, second)
    assert half_open.phase(121) is CLOSED
    half_open.left(122, FAILED, silent)
    assert half_open.phase(122) is CLOSED, "one failure, as of any other"


async def half_open(**limits: float) -> tuple[Bench, Caller, Call]:
    """A shell whose breaker is half-open, and the stream that is tried, which has sent nothing yet."""
    failing = Failing(**limits)
    bench = await failing.opens()
    bench.clock.passes(10)
    trial = bench.chat(stream=True)
    call = await bench.engine.call(2)
    await call.document()
    await call.start(content_type=SSE)
    return bench, trial, call


async def serves(bench: Bench, number: int) -> bool:
    """Whether another request gets to the engine, as that call, and is answered."""
    caller = bench.chat()
    await until(lambda: caller.complete or len(bench.engine.calls) > number)
    if not caller.complete:
        await bench.engine.calls[number].answer({"model": "demo"})
    return (await caller.done()).status == 200


async def test_a_streams_first_token_is_enough_for_a_trial() -> None:
    bench, trial, call = await half_open()
    await call.send(ROLE)
    assert not await serves(bench, 3), "that was said before anything was generated"
    await call.send(TOKEN)
    assert await serves(bench, 3)
    await call.send(ERROR, more=False)
    call.ended.set()
    await trial.done()
    assert bench.health.ready, "one failure after the proof is one of two"


async def test_a_step_of_an_engine_with_nothing_else_to_do_is_enough_for_a_trial() -> None:
    bench, trial, _ = await half_open()
    assert not await serves(bench, 3)
    bench.engine.step()
    assert await serves(bench, 3)
    await bench.engine.play_on([trial])


async def test_a_step_that_may_be_anothers_proves_nothing() -> None:
    failing = Failing(max_running=4)
    old = failing.bench.chat()
    await failing.bench.engine.call()
    failing.asked = 1
    bench = await failing.opens()
    bench.clock.passes(10)
    trial = bench.chat()
    await bench.engine.call(3)
    bench.engine.step()
    assert not await serves(bench, 4)
    await bench.engine.play_on([old, trial])


async def test_a_step_before_the_engine_has_the_trial_proves_nothing() -> None:
    bench, trial, _ = await half_open()
    bench.health.pulse.watch(lambda: False)
    bench.engine.step()
    assert not await serves(bench, 3)
    await bench.engine.play_on([trial])


async def test_a_trial_that_hangs_up_leaves_room_for_the_next() -> None:
    bench, trial, call = await half_open()
    trial.hang_up()
    await call.disconnected()
    call.ended.set()
    await trial.done()
    assert await serves(bench, 3)


async def test_who_waits_in_line_is_no_trial_yet() -> None:
    failing = Failing(max_running=3)
    olds = [failing.bench.chat() for _ in range(3)]
    calls = [await failing.bench.engine.call(number) for number in range(3)]
    for number in range(2):
        await calls[number].answer({}, 500)
        await olds[number].done()
    bench = failing.bench
    bench.clock.passes(10)
    large = bench.chat(n=3)
    await until(lambda: bench.gate.waiting == 1)
    bench.health.check()
    large.hang_up()
    await large.done()
    assert await serves(bench, 3)
    await bench.engine.play_on([olds[2]])


async def test_who_is_refused_after_waiting_pays_nothing_and_was_never_let_in() -> None:
    changes = {
        "health": {"breakerFailures": 1, "breakerOpenSeconds": 10},
        "rateLimit": {"tokensPerMinutePerClient": 100},
    }
    bench = Bench(changes, max_running=1)
    first, waiting = bench.chat(), bench.chat(messages=[{"role": "user", "content": "x" * 160}])
    await until(lambda: bench.gate.waiting == 1)
    await (await bench.engine.call()).answer({}, 500)
    assert (await waiting.done()).document["error"]["code"] == "breaker_open"
    await first.done()
    assert bench.metric("modelserver_requests_admitted_total", model="demo") == 1
    bench.clock.passes(10)
    again = bench.chat(messages=[{"role": "user", "content": "x" * 160}])
    await (await bench.engine.call(1)).answer({"model": "demo"})
    assert int((await again.done()).headers["x-ratelimit-remaining-tokens"]) > 50, "only this one is counted"


async def test_half_open_is_ready_and_an_answer_closes_it() -> None:
    failing = Failing()
    bench = await failing.opens()
    bench.clock.passes(10)
    assert bench.health.ready

    trial = bench.chat()
    call = await bench.engine.call(2)
    assert bench.health.ready
    assert (await bench.chat().done()).document["error"]["code"] == "breaker_open"
    await call.answer({"model": "demo"})

    assert (await trial.done()).status == 200
    failing.asked = 3
    assert (await failing.chat()).status == 200


async def test_a_trial_that_fails_opens_it_again() -> None:
    failing = Failing()
    bench = await failing.opens()
    bench.clock.passes(10)
    await failing.chat(500)
    assert bench.health.state == "breaker_open"
    bench.clock.passes(9)
    assert not bench.health.ready
    bench.clock.passes(1)
    assert bench.health.ready


async def test_counting_tokens_is_no_proof_of_the_engine() -> None:
    failing = Failing()
    bench = await failing.opens()
    assert (await failing.chat(path="/v1/messages/count_tokens")).status == 200
    bench.clock.passes(10)
    await failing.chat(path="/v1/messages/count_tokens")
    trial, other = bench.chat(), bench.chat()
    await bench.engine.call(4)
    assert (await other.done()).status == 503, "the breaker is still half-open"
    await bench.engine.play_on([trial])
