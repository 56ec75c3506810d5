"""When pods are asked how they steer, and what wakes a server."""

import asyncio

from tests.unit.process.following import BEFORE, GOOD, LATE, NOBODY, WANTED, following, pod

from modelserver_operator.rounds import HURRY_SECONDS, PATIENCE_SECONDS
from modelserver_operator.status import Steers


async def test_a_pod_is_asked_once_by_a_pass_and_then_seldom_while_all_is_well() -> None:
    async with following(one=GOOD) as watched:
        look = await watched.look("demo", WANTED, [pod("one")])
        assert look
        assert look.answers == {"one": GOOD}
        assert await watched.look("demo", WANTED, [pod("one")]) == look
        assert watched.pods.count() == 1
        await watched.clock.advance(200)
        assert 8 <= watched.pods.count() <= 10
        assert watched.woken == []


async def test_a_change_on_its_way_is_looked_for_every_second_and_then_seldom() -> None:
    async with following(one=LATE) as watched:
        await watched.look("demo", WANTED, [pod("one")])
        watched.pods.count()
        await watched.clock.advance(10)
        assert 8 <= watched.pods.count() <= 11
        await watched.clock.advance(HURRY_SECONDS)
        watched.pods.count()
        await watched.clock.advance(100)
        assert watched.pods.count() <= 5
        assert watched.woken == []


async def test_news_wakes_the_server_and_is_what_the_next_look_says() -> None:
    async with following(one=LATE, two=GOOD) as watched:
        await watched.look("demo", WANTED, [pod("one"), pod("two")])
        watched.pods.say["one"] = GOOD
        await watched.clock.advance(2)
        assert watched.woken == ["demo"]
        look = await watched.look("demo", WANTED, [pod("one"), pod("two")])
        assert look
        assert look.answers == {"one": GOOD, "two": GOOD}
        watched.pods.say["two"] = Steers(WANTED, "2")  # other vectors, such as of a volume that has changed
        await watched.clock.advance(30)
        assert watched.woken == ["demo", "demo"]


async def test_what_was_said_before_a_change_of_what_is_wanted_counts_no_more() -> None:
    """Pods may have gone to another and back meanwhile."""
    async with following(one=GOOD) as watched:
        await watched.look("demo", WANTED, [pod("one")])
        watched.pods.say["one"] = LATE
        look = await watched.look("demo", BEFORE, [pod("one")])
        assert look
        assert look.answers == {"one": LATE}


async def test_only_pods_that_answer_are_asked() -> None:
    over = pod("over")
    over["status"]["phase"] = "Failed"
    async with following(new=GOOD) as watched:
        some = [pod("loads", ready=False), pod("ends", deletionTimestamp="2026-03-01T12:00:00Z"), over, pod("new")]
        look = await watched.look("demo", WANTED, some)
        assert look
        assert look.answers == {"new": GOOD}
        assert watched.pods.asked == ["new"]


async def test_a_new_pod_is_asked_at_once_and_one_that_is_gone_no_more() -> None:
    async with following(old=GOOD, new=LATE) as watched:
        await watched.look("demo", WANTED, [pod("old")])
        watched.pods.count()
        look = await watched.look("demo", WANTED, [pod("new")])
        assert look
        assert look.answers == {"new": LATE}
        await watched.clock.advance(30)
        assert set(watched.pods.asked) == {"new"}


async def test_a_pass_waits_for_a_first_answer_but_not_for_long() -> None:
    """A worker that waits takes up no other server; an answer that comes later is news."""
    async with following(slow=GOOD) as watched:
        watched.pods.hang.add("slow")
        passing = asyncio.create_task(watched.look("demo", WANTED, [pod("slow")]))
        await watched.clock.advance(PATIENCE_SECONDS / 2)
        assert not passing.done()
        await watched.clock.advance(PATIENCE_SECONDS)
        look = await passing
        assert look
        assert look.answers == NOBODY
        watched.pods.answer()
        await watched.clock.settle()
        assert watched.woken == ["demo"]


async def test_a_pod_that_comes_while_others_are_being_asked_is_asked_too() -> None:
    async with following(one=GOOD, two=GOOD) as watched:
        await watched.look("demo", WANTED, [pod("one")])
        watched.pods.hang.add("one")
        while watched.pods.asked.count("one") < 2:
            await watched.clock.advance(0.5)
        look = asyncio.create_task(watched.look("demo", WANTED, [pod("one"), pod("two")]))
        await watched.clock.advance(PATIENCE_SECONDS)
        await look
        assert "two" in watched.pods.asked
        watched.pods.answer()
        await watched.clock.settle()
        again = await watched.look("demo", WANTED, [pod("one"), pod("two")])
        assert again
        assert again.answers == {"one": GOOD, "two": GOOD}


async def test_a_pod_that_comes_just_when_a_round_ends_is_asked_too() -> None:
    async with following(one=GOOD, two=GOOD) as watched:
        await watched.look("demo", WANTED, [pod("one")])
        watched.pods.hang.add("one")
        while watched.pods.asked.count("one") < 2:
            await watched.clock.advance(0.5)
        watched.pods.answer()
        look = asyncio.create_task(watched.look("demo", WANTED, [pod("one"), pod("two")]))
        await watched.clock.advance(PATIENCE_SECONDS)
        assert await look
        assert "two" in watched.pods.asked


async def test_a_pod_that_hangs_keeps_no_other_server_waiting() -> None:
    async with following(one=LATE, two=LATE) as watched:
        await watched.look("stuck", WANTED, [pod("one")])
        await watched.look("demo", WANTED, [pod("two")])
        watched.pods.hang.add("one")
        await watched.clock.advance(5)
        watched.pods.say["two"] = GOOD
        await watched.clock.advance(2)
        assert watched.woken == ["demo"]
        assert watched.pods.asked.count("one") == 2  # by the pass, and once more: the question is still open


async def test_a_server_that_is_gone_or_has_no_vectors_any_more_is_not_asked() -> None:
    async with following(one=LATE, two=LATE) as watched:
        await watched.look("gone", WANTED, [pod("one")])
        await watched.look("plain", WANTED, [pod("two")])
        watched.rounds.forget("gone")
        assert await watched.look("plain", None, [pod("two")]) is None
        watched.pods.count()
        await watched.clock.advance(60)
        assert watched.pods.count() == 0


async def test_since_when_something_is_wanted_outlives_a_change_of_other_things() -> None:
    async with following(one=GOOD) as watched:
        for wanted, generation, since in [(WANTED, 3, 3), (WANTED, 4, 3), (BEFORE, 5, 5), (WANTED, 6, 6)]:
            look = await watched.look("demo", wanted, [pod("one")], generation)
            assert look
            assert look.since == since
