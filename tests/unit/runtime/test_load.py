"""Crowds: a line that is full, a line that fills, and when those who are sent away are told to come back."""

import asyncio
import random

import pytest
from tests.unit.runtime.scripted import CHAT, SSE, Bench, until

from modelserver_runtime.admission.early import EarlyRefusal
from modelserver_runtime.admission.service_time import ServiceTime

CHUNK = b'data: {"model":"demo"}\n\n'
END = b"data: [DONE]\n\n"


async def test_of_a_burst_of_20_streams_12_are_whole_and_8_are_refused_before_any_byte() -> None:
    bench = Bench(max_running=4, max_waiting=8)
    callers = [bench.chat(stream=True) for _ in range(20)]
    for number in range(12):
        call = await bench.engine.call(number)
        await call.document()
        assert bench.gate.running <= 4
        await call.start(content_type=SSE)
        await call.send(CHUNK * 3)
        await call.send(END, more=False)
        call.ended.set()
    await asyncio.gather(*(caller.done() for caller in callers))

    assert [caller.status for caller in callers] == [200] * 12 + [429] * 8
    assert all(caller.body == CHUNK * 3 + END for caller in callers[:12])
    assert {caller.document["error"]["code"] for caller in callers[12:]} == {"waiting_line_full"}
    assert all(caller.headers["retry-after"] == "3" for caller in callers[12:]), "12 ahead, 4 at a time, unmeasured"
    assert len(bench.engine.calls) == 12
    assert bench.gate.unfinished == 0


@pytest.mark.parametrize(
    ("waiting", "probability"), [(0, 0), (4, 0), (8, 0), (9, 0.5), (10, 1)], ids=lambda value: f"{value}"
)
def test_the_probability_grows_from_the_threshold_to_a_full_line(waiting: int, probability: float) -> None:
    assert EarlyRefusal(80, random.Random(1)).probability(waiting, 10) == pytest.approx(probability)


@pytest.mark.parametrize("waiting", [0, 9])
def test_a_threshold_of_the_whole_line_never_refuses(waiting: int) -> None:
    assert EarlyRefusal(100, random.Random(1)).probability(waiting, 10) == 0


@pytest.mark.parametrize(("waiting", "expected"), [(40, 0), (60, 0.2), (80, 0.6), (99, 0.98)])
def test_as_many_are_refused_as_the_probability_says(waiting: int, expected: float) -> None:
    early = EarlyRefusal(50, random.Random(11))
    refused = sum(early.refuses(waiting, 100) for _ in range(4000))
    assert refused / 4000 == pytest.approx(expected, abs=0.03)  # four standard deviations of a fair coin


async def test_early_refusals_leave_places_free_and_never_touch_who_need_not_wait() -> None:
    bench = Bench(max_running=4, max_waiting=20, refuse_early_above_percent=50)
    callers = [bench.chat() for _ in range(60)]
    await until(lambda: sum(caller.complete for caller in callers) + bench.gate.unfinished == 60)

    assert not any(caller.status for caller in callers[:15]), "four run, and up to half of the line nobody is refused"
    codes = [caller.document["error"]["code"] for caller in callers if caller.complete]
    assert codes[0] == "refused_early"
    early = [caller for caller in callers if caller.complete and caller.document["error"]["code"] == "refused_early"]
    assert {caller.status for caller in early} == {429}
    assert all(1 <= int(caller.headers["retry-after"]) <= 60 for caller in early)
    assert bench.metric("modelserver_requests_refused_total", reason="refused_early") == len(early)
    await bench.engine.play_on(callers)


async def test_early_refusals_are_in_the_callers_shape() -> None:
    bench = Bench(max_running=1, max_waiting=100, refuse_early_above_percent=1)
    callers = [bench.ask("/v1/messages", CHAT) for _ in range(150)]
    await until(lambda: sum(caller.complete for caller in callers) + bench.gate.unfinished == 150)
    refused = next(caller for caller in callers if caller.complete)
    assert (refused.status, refused.document["error"]["type"]) == (429, "rate_limit_error")
    await bench.engine.play_on(callers)


@pytest.mark.parametrize(
    ("measured", "ahead", "slots", "seconds"),
    [
        ([], 4, 2, 2),  # a second each, before anything was measured
        ([], 1, 4, 1),
        ([3.0], 4, 2, 6),
        ([3.0], 5, 2, 8),  # up, not down
        ([3.0] * 50, 12, 4, 9),
        ([0.001], 1, 4, 1),
        ([500.0], 12, 4, 60),
        ([1.0, 11.0], 1, 1, 2),  # the newest weighs a tenth
    ],
)
def test_when_to_come_back(measured: list[float], ahead: int, slots: int, seconds: int) -> None:
    service_time = ServiceTime()
    for each in measured:
        service_time.took(each)
    assert service_time.retry_after(ahead, slots) == seconds


async def test_retry_after_follows_how_long_requests_took() -> None:
    bench = Bench(max_running=1, max_waiting=1, request_timeout_seconds=60, queue_timeout_seconds=50)
    first = bench.chat()
    call = await bench.engine.call()
    bench.clock.passes(20)
    await call.answer({"model": "demo"})
    await first.done()

    callers = [bench.chat() for _ in range(3)]
    await callers[2].done()
    assert callers[2].headers["retry-after"] == "40", "20 seconds each, one runs and one waits"
    bench.clock.passes(50)
    await callers[1].done()
    assert (callers[1].status, callers[1].headers["retry-after"]) == (503, "20"), "only the one that runs is ahead"
    await bench.engine.play_on([callers[0]])
