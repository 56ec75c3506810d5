"""The work queue's promises, each under a virtual clock."""

import asyncio
import itertools
import random
from collections.abc import Callable, Iterator

import pytest

from modelserver_operator.workqueue import Backoff, Done, Retry

from .conftest import Bench

Start = Callable[..., Bench]


async def done(key: str) -> Done:
    return Done()


async def test_a_key_added_many_times_is_worked_on_once(bench: Start) -> None:
    b = bench(done)
    for _ in range(100):
        b.queue.add("a")
    await b.clock.settle()
    assert b.times("a") == [0.0]


async def test_a_key_added_while_it_is_worked_on_is_worked_on_once_more(bench: Start) -> None:
    gate = asyncio.Event()

    async def work(key: str) -> Done:
        await gate.wait()
        return Done()

    b = bench(work)
    b.queue.add("a")
    await b.clock.settle()
    for _ in range(10):
        b.queue.add("a")
    gate.set()
    await b.clock.settle()
    assert len(b.passes) == 2


async def test_one_key_is_never_worked_on_twice_at_once_and_workers_bound_the_rest(bench: Start) -> None:
    running: list[str] = []
    most = 0

    async def work(key: str) -> Done:
        nonlocal most
        assert key not in running
        running.append(key)
        most = max(most, len(running))
        for _ in range(3):
            await asyncio.sleep(0)
        running.remove(key)
        return Done()

    b = bench(work, workers=3)
    for _ in range(5):
        for key in "abcdef":
            b.queue.add(key)
        await asyncio.sleep(0)
    await b.clock.settle()
    assert {key for _, key in b.passes} == set("abcdef")
    assert most == 3


async def test_failures_back_off_doubling_up_to_five_minutes(bench: Start) -> None:
    async def work(key: str) -> Retry:
        return Retry("no luck")

    b = bench(work)
    b.queue.add("a")
    await b.clock.advance(2000)
    gaps = [later - earlier for earlier, later in itertools.pairwise(b.times("a"))]
    assert gaps[:12] == [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert set(gaps[12:]) == {300}


async def test_a_success_forgets_the_failures(bench: Start) -> None:
    outcomes: Iterator[Done | Retry] = iter([Retry("1"), Retry("2"), Done(), Retry("3"), Done()])

    async def work(key: str) -> Done | Retry:
        return next(outcomes)

    b = bench(work)
    b.queue.add("a")
    await b.clock.advance(10)
    b.queue.add("a")
    await b.clock.advance(10)
    assert b.times("a") == [0, 0.25, 0.75, 10, 10.25]


async def test_failures_of_one_key_do_not_slow_another(bench: Start) -> None:
    async def work(key: str) -> Done | Retry:
        return Retry("no luck") if key == "bad" else Done(again=1.0)

    b = bench(work, workers=1)
    b.queue.add("bad")
    b.queue.add("good")
    await b.clock.advance(100)
    assert len(b.times("good")) == 101


async def test_an_exception_is_a_failure_of_its_key_only(bench: Start, caplog: pytest.LogCaptureFixture) -> None:
    async def work(key: str) -> Done:
        if key == "bad":
            raise ValueError("a bug")
        return Done()

    b = bench(work, workers=1)
    b.queue.add("bad")
    b.queue.add("good")
    await b.clock.advance(0.3)
    assert b.times("bad") == [0, 0.25]
    assert b.times("good") == [0]
    assert "a bug" in caplog.text


async def test_an_event_ends_the_backoff(bench: Start) -> None:
    async def work(key: str) -> Retry:
        return Retry("no luck")

    b = bench(work)
    b.queue.add("a")
    await b.clock.advance(0.1)
    b.queue.add("a")
    await b.clock.advance(0.55)
    assert b.times("a") == [0, 0.1, 0.6]


async def test_retry_after_is_honoured_even_when_events_come(bench: Start) -> None:
    outcomes: Iterator[Done | Retry] = iter([Retry("busy", not_before=30.0), Done(), Done()])

    async def work(key: str) -> Done | Retry:
        return next(outcomes)

    b = bench(work)
    b.queue.add("a")
    for _ in range(29):
        await b.clock.advance(1)
        b.queue.add("a")
    assert b.times("a") == [0]
    await b.clock.advance(5)
    b.queue.add("a")
    await b.clock.settle()
    assert b.times("a") == [0, 30, 34]


@pytest.mark.parametrize("soon", [None, 0.0, 0.15, 30.0])
async def test_retry_after_holds_for_a_key_added_during_its_pass(bench: Start, soon: float | None) -> None:
    """Whether it was to be worked on again at once (None) or after some seconds."""
    gate = asyncio.Event()
    outcomes: Iterator[Done | Retry] = iter([Retry("busy", not_before=10.0), Done()])

    async def work(key: str) -> Done | Retry:
        await gate.wait()
        return next(outcomes)

    b = bench(work)
    b.queue.add("a")
    await b.clock.settle()
    b.queue.add("a") if soon is None else b.queue.add_after("a", soon)
    gate.set()
    await b.clock.advance(20)
    assert b.times("a") == [0, 10]


async def test_backoff_prevails_over_a_shorter_retry_after(bench: Start) -> None:
    async def work(key: str) -> Retry:
        return Retry("busy", not_before=1.0)

    b = bench(work)
    b.queue.add("a")
    await b.clock.advance(9)
    assert b.times("a") == [0, 1, 2, 3, 5, 9]


async def test_done_again_comes_back_and_an_event_meanwhile_replaces_it(bench: Start) -> None:
    async def work(key: str) -> Done:
        return Done(again=10.0)

    b = bench(work)
    b.queue.add("a")
    await b.clock.advance(15)
    b.queue.add("a")
    await b.clock.advance(12)
    assert b.times("a") == [0, 10, 15, 25]


async def test_add_after_keeps_the_earliest_time(bench: Start) -> None:
    b = bench(done)
    b.queue.add_after("a", 10)
    b.queue.add_after("a", 5)
    b.queue.add_after("a", 20)
    await b.clock.advance(4.9)
    assert b.times("a") == []
    await b.clock.advance(30)
    assert b.times("a") == [5]


async def test_add_after_wakes_a_timer_that_sleeps_for_longer(bench: Start) -> None:
    b = bench(done)
    b.queue.add_after("late", 100)
    await b.clock.advance(1)
    b.queue.add_after("soon", 2)
    await b.clock.advance(3)
    assert b.passes == [(1003.0, "soon")]


async def test_the_longest_pass_is_told(bench: Start) -> None:
    gate = asyncio.Event()

    async def work(key: str) -> Done:
        await gate.wait()
        return Done()

    b = bench(work)
    assert b.queue.longest_pass() == 0.0
    b.queue.add("a")
    await b.clock.advance(7)
    b.queue.add("b")
    await b.clock.advance(1)
    assert b.queue.longest_pass() == 8.0
    gate.set()
    await b.clock.settle()
    assert b.queue.longest_pass() == 0.0


def test_jitter_shortens_a_delay_by_up_to_half() -> None:
    backoff = Backoff(first=1.0, longest=64.0, chance=random.Random(7).random)
    delays = [backoff.delay(20) for _ in range(1000)]
    assert min(delays) >= 32.0
    assert max(delays) <= 64.0
    assert max(delays) - min(delays) > 30.0


@pytest.mark.parametrize("failures", [1, 64, 10_000])
def test_no_number_of_failures_overflows(failures: int) -> None:
    assert 0.0 < Backoff().delay(failures) <= 300.0


@pytest.mark.parametrize("seed", range(30))
async def test_no_event_is_lost_whatever_the_schedule(bench: Start, seed: int) -> None:
    """The promise that matters most: every key succeeds at least once after its last event."""
    dice = random.Random(seed)
    last_event: dict[str, float] = {}
    seen: dict[str, float] = {}

    async def work(key: str) -> Done | Retry:
        started = b.clock.now
        for _ in range(dice.randrange(4)):
            await asyncio.sleep(0)
        if dice.random() < 0.4:
            return Retry("chance", not_before=dice.choice([0.0, 0.0, 3.0]))
        seen[key] = started
        return Done(again=dice.choice([None, 2.0]))

    b = bench(work, workers=dice.randrange(1, 4))
    for _ in range(60):
        key = dice.choice("abcde")
        b.queue.add(key)
        last_event[key] = b.clock.now
        await b.clock.advance(dice.choice([0.0, 0.1, 1.0]))
    await b.clock.advance(400)
    assert all(seen[key] >= at for key, at in last_event.items())
