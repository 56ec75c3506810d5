"""When pods are asked how much they have to do, and what is known of it meanwhile."""

import asyncio
from itertools import pairwise

import pytest
from tests.unit.autoscale.reading import DEMO, SILENT, TARGET, WALL, pod, reading

from modelserver_operator.autoscale import readers
from modelserver_operator.autoscale.reader import PERIOD_SECONDS
from modelserver_operator.autoscale.seen import Server
from modelserver_operator.status import Asked, Mute
from modelserver_operator.status.load import FRESH_SECONDS

OTHER = ("ns", "other")
NOWHERE = Asked("new", "")


async def test_pods_are_asked_at_once_and_then_every_two_seconds() -> None:
    async with reading(a=3, b=4) as read:
        await read.are(pod("a"), pod("b"))
        assert read.unfinished() == 7
        await read.clock.advance(60)
        for uid in ("a", "b"):
            times = read.pods.times(uid)
            assert 30 <= len(times) <= 32
            assert all(later - earlier == pytest.approx(PERIOD_SECONDS) for earlier, later in pairwise(times[1:]))


async def test_a_sleep_that_is_a_moment_too_short_is_no_reason_to_ask_twice() -> None:
    async with reading(early=0.001, a=3) as read:
        await read.are(pod("a"))
        await read.clock.advance(60)
        assert 30 <= len(read.pods.times("a")) <= 32


async def test_what_a_pod_says_is_known_within_the_period() -> None:
    async with reading(a=3) as read:
        await read.are(pod("a"))
        for number in range(20):
            read.pods.say["a"] = number
            await read.clock.advance(PERIOD_SECONDS)
            assert read.unfinished() == number
            assert read.load().taken == pytest.approx(WALL - 1000 + read.pods.times("a")[-1])


async def test_the_pods_of_a_server_are_asked_together_and_servers_not_in_step() -> None:
    async with reading(a=1, b=1, c=1) as read:
        read.servers[OTHER] = Server(TARGET)
        await read.are(pod("a"), pod("b"), pod("c", OTHER))
        await read.clock.advance(20)
        a, b, c = (read.pods.times(uid)[-1] for uid in "abc")
        assert a == b
        assert 0.05 < (c - a) % PERIOD_SECONDS < PERIOD_SECONDS - 0.05


async def test_a_slow_pod_keeps_nobody_waiting_and_is_asked_one_question_at_a_time() -> None:
    async with reading(slow=5, quick=1) as read:
        read.pods.takes["slow"] = 7.0
        await read.are(pod("slow"), pod("quick"))
        assert read.load().why == "pod pod-slow was not asked yet"
        await read.clock.advance(60)
        assert len(read.pods.times("slow")) <= 9
        assert all(later - earlier >= 7 for earlier, later in pairwise(read.pods.times("slow")))
        assert len(read.pods.times("quick")) >= 30
        read.pods.say["quick"] = 2
        await read.clock.advance(PERIOD_SECONDS)
        assert read.unfinished() == 7


async def test_those_that_were_silent_are_doubted_and_not_the_slow() -> None:
    """Be it that they had to wait in a line."""
    async with reading(slow=5, quick=1, silent=SILENT) as read:
        read.pods.takes["slow"] = 0.6
        await read.are(pod("slow"), pod("quick"), pod("silent"))
        assert not any(read.pods.doubted.values()), "nobody is, at first"
        await read.clock.advance(5)
        assert read.pods.doubted == {"slow": False, "quick": False, "silent": True}
        read.pods.say["silent"] = 1
        await read.clock.advance(5)
        assert not any(read.pods.doubted.values())


async def test_a_pod_that_fails_is_assumed_and_then_as_the_rules_say() -> None:
    async with reading(a=3, b=25) as read:
        await read.are(pod("a"), pod("b"))
        read.pods.say["b"] = SILENT
        await read.clock.advance(PERIOD_SECONDS)
        assert (read.unfinished(), read.load().assumed) == (28, 1)
        await read.are(pod("a"), pod("b", ready=False))
        assert (read.unfinished(), read.load().assumed) == (28, 1)
        await read.clock.advance(FRESH_SECONDS)
        assert (read.unfinished(), read.load().assumed) == (3, 0)


async def test_where_nobody_answers_that_once_was_ready_nothing_is_known() -> None:
    async with reading(a=3) as read:
        await read.are(pod("a"))
        read.pods.say["a"] = SILENT
        await read.are(pod("a", ready=False))
        await read.clock.advance(600)
        assert read.unfinished() is None
        assert "it does not answer" in read.load().why


async def test_that_it_was_ready_is_known_of_a_pod_that_never_answered() -> None:
    async with reading() as read:
        await read.are(pod("a", ready=False))
        assert read.unfinished() == 0, "pending is not load"
        await read.are(pod("a"))
        await read.are(pod("a", ready=False))
        assert read.unfinished() is None


async def test_a_pod_that_was_ready_before_it_was_first_seen_is_not_taken_for_one_that_loads_its_model() -> None:
    async with reading() as read:
        await read.are(pod("a", ready=False, was_ready=True))
        assert read.unfinished() is None


async def test_the_first_words_of_a_silence_are_its_words() -> None:
    async with reading() as read:
        await read.are(pod("a"))
        read.pods.say["a"] = Mute("it says no")
        await read.clock.advance(10)
        assert SILENT.why in read.load().why


async def test_a_pod_without_an_address_is_asked_when_it_has_one_or_is_ready() -> None:
    async with reading(new=2) as read:
        await read.are(pod("new", ready=False, asked=NOWHERE))
        await read.clock.advance(10)
        assert not read.pods.asked
        assert (read.unfinished(), read.load().pods) == (0, 1)
        await read.are(pod("new", ready=False))
        await read.clock.advance(PERIOD_SECONDS)
        assert read.unfinished() == 2
    async with reading(new=2) as read:
        await read.are(pod("new", asked=NOWHERE))
        assert read.pods.asked


async def test_one_that_ends_is_asked_until_it_is_gone_and_then_forgotten() -> None:
    async with reading(a=3, b=4) as read:
        await read.are(pod("a"), pod("b"))
        await read.are(pod("a"), pod("b", terminating=True, ready=False))
        read.pods.say["b"] = 2
        await read.clock.advance(PERIOD_SECONDS)
        assert read.unfinished() == 5
        await read.are(pod("a"), pod("b", terminating=True, ready=False, over=True))
        assert (read.unfinished(), read.load().pods) == (3, 1)
        await read.are(pod("a"))
        read.pods.asked.clear()
        await read.clock.advance(10)
        assert not read.pods.times("b")
        await read.are(pod("a"), pod("b"))
        assert read.load().unfinished == 5, "it is asked anew, and nothing is remembered of it"


async def test_what_is_gone_takes_no_memory() -> None:
    async with reading(a=1) as read:
        await read.are(pod("a"))
        read.servers.clear()
        await read.are(pod("a"))
        assert len(asyncio.all_tasks()) == 4  # the test, the loop, and its two waits
        assert read.readers.load(DEMO) is None
        read.pods.asked.clear()
        await read.clock.advance(10)
        assert not read.pods.asked


async def test_a_server_that_cannot_be_made_out_keeps_its_target() -> None:
    async with reading(a=1) as read:
        await read.are(pod("a"))
        read.servers[DEMO] = Server(None, is_valid=False)
        await read.are(pod("a"))
        assert read.load().target == TARGET
        read.servers[DEMO] = Server(TARGET + 1)
        await read.are(pod("a"))
        assert read.load().target == TARGET + 1
        read.servers[DEMO] = Server(None)
        await read.are(pod("a"))
        assert read.readers.load(DEMO) is None
        read.servers[DEMO] = Server(None, is_valid=False)
        await read.are(pod("a"))
        assert read.readers.load(DEMO) is None, "there is no former one"


async def test_pods_of_servers_that_are_not_autoscaled_are_not_asked() -> None:
    async with reading(a=1, b=2) as read:
        read.servers[OTHER] = Server(None)
        await read.are(pod("a"), pod("b", OTHER), pod("c", ("elsewhere", "demo")))
        await read.clock.advance(10)
        assert {uid for _, uid in read.pods.asked} == {"a"}
        assert list(read.readers.names()) == [DEMO]
        read.servers[OTHER] = Server(TARGET)
        await read.are(pod("a"), pod("b", OTHER))
        assert read.unfinished(OTHER) == 2


async def test_pods_that_another_made_are_not_asked_and_do_not_count() -> None:
    async with reading(a=1, b=900_000) as read:
        await read.are(pod("a"), pod("b", is_made=False))
        await read.clock.advance(10)
        assert {uid for _, uid in read.pods.asked} == {"a"}
        assert (read.unfinished(), read.load().pods) == (1, 1)


async def test_only_so_many_connections_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "KEPT", 2)
    uids = ["a", "b", "c", "d"]
    async with reading(**dict.fromkeys(uids, 1)) as read:
        await read.are(*map(pod, uids))
        assert read.pods.kept == {"a", "b"}
        await read.are(*map(pod, uids[1:]))
        await read.clock.advance(PERIOD_SECONDS)
        assert read.pods.kept & set(uids[1:]) == {"b", "c"}


async def test_a_loop_that_turns_is_alive() -> None:
    async with reading(a=1) as read:
        await read.are(pod("a"))
        await read.clock.advance(60)
        assert read.readers.age() <= 1.0
    assert readers.Readers(read.pods, read.clock.time()).age() == 0.0, "before it has begun"
    await read.clock.advance(60)
    assert read.readers.age() >= 60
