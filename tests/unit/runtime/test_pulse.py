"""A stalled engine: requests and no step, for the bound; what is no stall; and a main loop that does not turn."""

import pytest
from tests.unit.runtime.scripted import Bench, Caller, Clock

from modelserver_runtime.admission.heartbeat import Heartbeat


async def stalled_bench() -> tuple[Bench, Caller]:
    """An engine that has stalled for its bound of 60 s with one request; it counts as dead after 300 s."""
    bench = Bench(request_timeout_seconds=1000)
    caller = bench.chat()
    await bench.engine.call()
    bench.clock.passes(59)
    assert bench.health.ready
    bench.clock.passes(1)
    return bench, caller


async def test_requests_and_no_step_for_the_bound_is_a_stall_until_the_next_step() -> None:
    bench, caller = await stalled_bench()
    assert (bench.health.state, bench.health.ready, bench.health.alive) == ("stalled", False, True)
    refused, message = await bench.chat().done(), await bench.ask("/v1/messages", {"model": "demo"}).done()
    assert (refused.status, refused.document["error"]["code"]) == (503, "stalled")
    assert int(refused.headers["retry-after"]) > 0
    assert message.status == 529
    assert (await bench.ask("/v1/models", method="GET").done()).status == 200, "this asks no engine"
    health = await bench.ask("/health", method="GET").done()
    assert (health.status, health.document["status"]) == (503, "stalled")

    bench.engine.step()

    assert bench.health.ready
    other = bench.chat()
    await bench.engine.call(1)
    await bench.engine.play_on([caller, other])


async def test_a_stall_is_logged_though_nobody_asks(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(request_timeout_seconds=1000)
    with (
        caplog.at_level("INFO", "modelserver_runtime.admission.health"),
        bench.health.heartbeat.beating(bench.health.tell),
    ):
        caller = bench.chat()
        await bench.engine.call()
        for _ in range(62):
            bench.clock.passes(1)
        bench.engine.step()
        bench.clock.passes(1)
    told = [vars(record)["fields"] for record in caplog.records if record.message == "state"]
    assert [(change["was"], change["is"]) for change in told] == [
        ("starting", "serving"),
        ("serving", "stalled"),
        ("stalled", "serving"),
    ]
    await bench.engine.play_on([caller])


async def test_steps_keep_it_well_however_long_a_request_takes() -> None:
    bench = Bench(request_timeout_seconds=1000)
    caller = bench.chat()
    await bench.engine.call()
    for _ in range(20):
        bench.clock.passes(50)
        assert bench.health.ready
        bench.engine.step()
    await bench.engine.play_on([caller])


async def test_an_idle_engine_makes_no_steps_and_does_not_stall() -> None:
    bench = Bench(request_timeout_seconds=1000)
    bench.clock.passes(5000)
    assert bench.health.ready
    caller = bench.chat()
    await bench.engine.call()
    assert bench.health.ready, "a request that was only just handed over"
    bench.clock.passes(59)
    assert bench.health.ready
    await bench.engine.play_on([caller])


async def test_requests_that_never_come_to_the_engine_are_no_stall() -> None:
    """As bad input, which vLLM's app answers: there is always one, and never a step."""
    bench = Bench(request_timeout_seconds=1000)
    bench.health.pulse.watch(lambda: False)
    callers = []
    for number in range(10):
        callers.append(bench.chat())
        call = await bench.engine.call(number)
        bench.clock.passes(50)
        assert bench.health.ready
        await call.answer({}, 400)
    for caller in callers:
        await caller.done()
    bench.health.pulse.watch(bench.engine.owes)
    caller = bench.chat()
    await bench.engine.call(10)
    assert bench.health.ready
    await bench.engine.play_on([caller])


async def test_more_requests_do_not_put_off_the_bound() -> None:
    bench = Bench(request_timeout_seconds=1000)
    callers = [bench.chat()]
    await bench.engine.call()
    bench.clock.passes(59)
    callers.append(bench.chat())
    await bench.engine.call(1)
    bench.clock.passes(1)
    assert bench.health.state == "stalled"
    await bench.engine.play_on(callers)


async def test_after_the_longer_bound_only_a_restart_is_left() -> None:
    bench, caller = await stalled_bench()
    bench.clock.passes(239)
    assert bench.health.alive
    bench.clock.passes(1)
    assert not bench.health.alive
    bench.engine.step()
    assert bench.health.alive
    await bench.engine.play_on([caller])


async def test_when_callers_have_given_up_one_request_tries_and_the_others_are_refused() -> None:
    bench, caller = await stalled_bench()
    assert bench.health.state == "stalled"
    caller.hang_up()
    (await bench.engine.call()).ended.set()
    await caller.done()
    assert bench.health.ready, "nobody could try it otherwise"

    trial = bench.chat()
    await bench.engine.call(1)
    assert not bench.health.ready, "at once: there was no step"
    assert (await bench.chat().done()).document["error"]["code"] == "stalled"
    bench.clock.passes(240)
    assert not bench.health.alive, "the time counts from the last step"
    bench.engine.step()
    assert bench.health.ready
    await bench.engine.play_on([trial])


async def test_while_starting_and_draining_the_word_is_the_lifecycles() -> None:
    bench, caller = await stalled_bench()
    await bench.lifecycle.leave(0)
    assert (bench.health.state, bench.health.ready) == ("draining", False)
    await bench.engine.play_on([caller])


def test_the_main_loop_beats_and_is_missed_when_it_does_not() -> None:
    clock = Clock()
    heartbeat = Heartbeat(clock.of_the_parts())
    with heartbeat.beating(lambda: None):
        for _ in range(5):
            clock.passes(1)
            assert heartbeat.silent_seconds == 0
        clock.alarms.clear()
        clock.passes(30)
        assert heartbeat.silent_seconds == 30
    assert heartbeat.silent_seconds == 0


def test_the_heartbeat_ends_with_the_server() -> None:
    clock = Clock()
    with Heartbeat(clock.of_the_parts()).beating(lambda: None):
        assert clock.alarms
    assert not clock.alarms


def test_a_main_loop_that_does_not_turn_is_neither_ready_nor_alive() -> None:
    bench = Bench()
    with bench.health.heartbeat.beating(lambda: None):
        bench.clock.alarms.clear()
        bench.clock.passes(299)
        assert bench.health.alive
        bench.clock.passes(1)
        assert (bench.health.state, bench.health.ready, bench.health.alive) == ("main_loop_stuck", False, False)


async def test_a_stall_refuses_no_request_that_only_asks_the_tokenizer() -> None:
    bench, caller = await stalled_bench()
    counting = bench.ask("/v1/messages/count_tokens", {"model": "demo", "messages": []})
    await (await bench.engine.call(1)).answer({"input_tokens": 1})
    assert (await counting.done()).status == 200
    await bench.engine.play_on([caller])
