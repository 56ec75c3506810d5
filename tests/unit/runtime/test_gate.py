"""The gate: who runs, who waits, who is refused, and that no slot is ever lost."""

import asyncio
import contextlib

import pytest
from tests.unit.runtime.scripted import Bench, Clock, until

from modelserver_runtime.admission.gate import Gate
from modelserver_runtime.refusals import ClientGone, Refused


async def test_runs_waits_and_refuses_in_the_order_of_arrival() -> None:
    bench = Bench()
    callers = [bench.chat(seed=number) for number in range(5)]
    await until(lambda: bench.gate.unfinished == 4 and callers[4].complete)

    assert [caller.status for caller in callers] == [0, 0, 0, 0, 429]
    assert callers[4].headers["retry-after"] == "2"
    assert (bench.gate.running, bench.gate.waiting) == (2, 2)

    for number in range(4):  # a slot goes to the first in line
        call = await bench.engine.call(number)
        assert (await call.document())["seed"] == number
        await call.answer({"model": "demo"})
        await callers[number].done()
    assert bench.gate.unfinished == 0


async def test_gauges_read_the_gate() -> None:
    bench = Bench()
    callers = [bench.chat() for _ in range(3)]
    await until(lambda: bench.gate.unfinished == 3)

    assert bench.metric("modelserver_running_requests") == 2
    assert bench.metric("modelserver_waiting_requests") == 1
    assert bench.metric("modelserver_unfinished_requests") == 3
    await bench.engine.play_on(callers)


async def test_a_caller_who_hangs_up_while_waiting_frees_its_place_at_once() -> None:
    bench = Bench()
    callers = [bench.chat() for _ in range(4)]
    await until(lambda: bench.gate.waiting == 2)

    callers[2].hang_up()
    await callers[2].done()

    assert bench.gate.waiting == 1
    assert not callers[2].status
    assert bench.metric("modelserver_clients_gone_total", phase="waiting") == 1
    callers.append(bench.chat())
    await until(lambda: bench.gate.waiting == 2)
    assert not callers[-1].status, "the free place is taken, not refused"
    del callers[2]
    await bench.engine.play_on(callers)


async def test_a_caller_who_hangs_up_while_running_frees_its_slot_when_the_engine_lets_go() -> None:
    bench = Bench()
    callers = [bench.chat() for _ in range(3)]
    call = await bench.engine.call(0)
    await call.document()

    callers[0].hang_up()
    await call.disconnected()
    await call.answer({"said": "to nobody"}, status=200)  # as vLLM's app does after a disconnect
    await callers[0].done()

    assert not callers[0].status
    assert bench.metric("modelserver_clients_gone_total", phase="running") == 1
    await bench.engine.call(2)
    assert (bench.gate.running, bench.gate.waiting) == (2, 0)
    await bench.engine.play_on(callers[1:])


async def test_waiting_too_long_is_503_with_retry_after() -> None:
    bench = Bench(queue_timeout_seconds=7, request_timeout_seconds=60)
    callers = [bench.chat() for _ in range(3)]
    await until(lambda: bench.gate.waiting == 1)

    bench.clock.passes(6)
    assert not callers[2].complete
    bench.clock.passes(1)
    await callers[2].done()

    assert callers[2].status == 503
    assert callers[2].document["error"]["code"] == "queue_timeout"
    assert callers[2].headers["retry-after"] == "1"
    assert bench.gate.waiting == 0
    assert bench.metric("modelserver_requests_refused_total", reason="queue_timeout") == 1
    await bench.engine.play_on(callers[:2])


async def test_counting_tokens_takes_no_slot() -> None:
    bench = Bench()
    callers = [bench.chat() for _ in range(2)]
    await until(lambda: bench.gate.running == 2)

    counting = bench.ask("/v1/messages/count_tokens", {"model": "demo", "messages": []})
    await (await bench.engine.call(2)).answer({"input_tokens": 3})

    assert (await counting.done()).document == {"input_tokens": 3}
    await bench.engine.play_on(callers)


async def test_a_slot_that_comes_in_the_moment_of_leaving_is_not_lost() -> None:
    gate, gone = Gate(1, 1), asyncio.get_running_loop().create_future()
    first = gate.slot(asyncio.Future(), timeout=60)
    await first.__aenter__()
    second = asyncio.ensure_future(gate.slot(gone, timeout=60).__aenter__())
    await until(lambda: gate.waiting == 1)

    await first.__aexit__(None, None, None)  # hands the slot over …
    gone.set_result(None)  # … to one who leaves before it can notice

    with pytest.raises(ClientGone):
        await second
    assert gate.unfinished == 0


async def test_a_cancelled_waiter_leaves_the_line() -> None:
    gate = Gate(1, 1)
    async with gate.slot(asyncio.Future(), timeout=60):
        waiter = asyncio.ensure_future(gate.slot(asyncio.Future(), timeout=60).__aenter__())
        await until(lambda: gate.waiting == 1)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
        assert gate.waiting == 0
    assert gate.unfinished == 0


async def test_a_slot_that_comes_in_the_moment_of_the_timeout_is_not_lost() -> None:
    clock = Clock()
    gate = Gate(1, 2, clock=clock.of_the_parts())
    holder = gate.slot(asyncio.Future(), timeout=60)
    await holder.__aenter__()
    late = asyncio.ensure_future(gate.slot(asyncio.Future(), timeout=7).__aenter__())
    next_one = asyncio.ensure_future(gate.slot(asyncio.Future(), timeout=60).__aenter__())
    await until(lambda: gate.waiting == 2)

    clock.passes(7)  # too late for the first in line …
    await holder.__aexit__(None, None, None)  # … who has not noticed yet

    with pytest.raises(Refused):
        await late
    await next_one
    assert (gate.running, gate.waiting) == (1, 0)


class Visit:
    """One request at a gate, until the test lets it go."""

    def __init__(self, gate: Gate, slots: int = 1) -> None:
        self.gone, self.end = asyncio.Future[None](), asyncio.Future[None]()
        self.slots = slots
        self.inside = False
        self.task = asyncio.create_task(self._visit(gate))

    async def leaves(self) -> None:
        self.end.set_result(None)
        await self.task

    async def hangs_up(self) -> None:
        self.gone.set_result(None)
        await self.task

    async def _visit(self, gate: Gate) -> None:
        with contextlib.suppress(ClientGone, Refused):
            async with gate.slot(self.gone, 60, self.slots):
                self.inside = True
                await asyncio.wait({self.gone, self.end}, return_when=asyncio.FIRST_COMPLETED)
        self.inside = False


async def visits(gate: Gate, *slots: int) -> list[Visit]:
    """Visits that come one after another, all in or in line."""
    before = gate.unfinished
    visits = [Visit(gate, each) for each in slots]
    await until(lambda: gate.unfinished == before + len(slots))
    await until(lambda: sum(visit.inside for visit in visits) <= gate.running)
    return visits


async def test_nobody_overtakes_a_large_request_not_even_who_would_fit() -> None:
    gate = Gate(4, 4)
    three, two, one = await visits(gate, 3, 2, 1)
    assert (gate.running, gate.waiting) == (1, 2)

    await three.leaves()

    await until(lambda: two.inside and one.inside)
    await two.leaves()
    await one.leaves()
    assert gate.unfinished == 0


async def test_who_leaves_the_line_lets_those_behind_run_that_now_fit() -> None:
    gate = Gate(4, 5)
    three, four, one, two = await visits(gate, 3, 4, 1, 2)
    assert (gate.running, gate.waiting) == (1, 3)

    await four.hangs_up()

    await until(lambda: one.inside)
    assert not two.inside
    assert (gate.running, gate.waiting) == (2, 1)
    await three.leaves()
    await until(lambda: two.inside)
    await one.leaves()
    await two.leaves()
    assert gate.unfinished == 0


async def test_a_timeout_lets_those_behind_run_that_now_fit() -> None:
    clock = Clock()
    gate = Gate(4, 5, clock=clock.of_the_parts())
    (three,) = await visits(gate, 3)
    large = asyncio.ensure_future(gate.slot(asyncio.Future(), 7, 4).__aenter__())
    await until(lambda: gate.waiting == 1)
    (one,) = await visits(gate, 1)

    clock.passes(7)

    with pytest.raises(Refused):
        await large
    await until(lambda: one.inside)
    await three.leaves()
    await one.leaves()
    assert gate.unfinished == 0


async def test_requests_that_ask_for_several_sequences_hold_several_slots() -> None:
    bench = Bench(max_running=4)
    large, small = bench.chat(n=3), bench.chat(n=2)
    await until(lambda: bench.gate.unfinished == 2)
    assert (bench.gate.running, bench.gate.waiting) == (1, 1)

    await (await bench.engine.call(0)).answer({"model": "demo"})
    assert (await large.done()).status == 200
    await bench.engine.play_on([small])
    too_many = await bench.chat(n=5).done()
    assert (too_many.status, too_many.document["error"]["code"]) == (400, "too_many_sequences")
