"""What is made of pods that are silent, that change their words all the time, or that hang."""

import asyncio

from tests.unit.process.following import GOOD, LATE, NOBODY, SILENT, WANTED, following, pod

from modelserver_operator.rounds import BELIEVED, HURRY_SECONDS, PATIENCE_SECONDS, SELDOM_SECONDS
from modelserver_operator.status import Mute


async def test_a_silence_is_believed_when_it_lasts() -> None:
    async with following(one=GOOD) as watched:
        await watched.look("demo", WANTED, [pod("one")])
        watched.pods.say["one"] = SILENT
        while not watched.woken:
            await watched.clock.advance(0.5)
        assert watched.pods.count() == 1 + BELIEVED
        look = await watched.look("demo", WANTED, [pod("one")])
        assert look
        assert look.answers == {"one": SILENT}


async def test_a_moment_of_silence_changes_nothing() -> None:
    async with following(one=GOOD) as watched:
        await watched.look("demo", WANTED, [pod("one")])
        watched.pods.say["one"] = SILENT
        while watched.pods.count() == 0:
            await watched.clock.advance(0.5)
        watched.pods.say["one"] = GOOD
        await watched.clock.advance(60)
        assert watched.woken == []


async def test_a_first_silence_is_no_answer_yet() -> None:
    async with following(one=SILENT) as watched:
        for _ in range(3):  # passes do not wait for it again
            look = await watched.look("demo", WANTED, [pod("one")])
            assert look
            assert look.answers == NOBODY
        assert watched.pods.count() == 1


async def test_a_pod_that_is_silent_in_many_ways_is_no_news_for_ever() -> None:
    async with following(one=Mute("a")) as watched:
        await watched.look("demo", WANTED, [pod("one")])
        for second in range(600):
            watched.pods.say["one"] = Mute(f"in way {second}")
            await watched.clock.advance(1)
        assert watched.woken == ["demo"]


async def test_a_pod_that_comes_and_goes_for_ever_wakes_its_server_seldom() -> None:
    async with following(one=GOOD) as watched:
        await watched.look("demo", WANTED, [pod("one")])
        await watched.clock.advance(HURRY_SECONDS)
        for second in range(600):
            watched.pods.say["one"] = [GOOD, LATE][second % 2]
            await watched.clock.advance(1)
        assert 1 <= len(watched.woken) <= 600 / SELDOM_SECONDS


async def test_one_that_is_silent_is_asked_seldom_and_as_one_that_is_doubted() -> None:
    async with following(one=SILENT) as watched:
        await watched.look("demo", WANTED, [pod("one")])
        await watched.clock.advance(5)
        assert watched.pods.count() == BELIEVED
        await watched.clock.advance(100)
        assert 4 <= watched.pods.count() <= 6
        assert watched.pods.doubted == [False] + [True] * (len(watched.pods.doubted) - 1)


async def test_one_that_speaks_again_is_news() -> None:
    async with following(one=SILENT) as watched:
        await watched.look("demo", WANTED, [pod("one")])
        await watched.clock.advance(60)
        assert watched.woken == ["demo"]
        watched.pods.say["one"] = GOOD
        await watched.clock.advance(1.25 * SELDOM_SECONDS)
        assert watched.woken == ["demo", "demo"]


async def test_a_silent_pod_does_not_hurry_and_does_not_keep_others_from_it() -> None:
    async with following(silent=SILENT, late=LATE) as watched:
        await watched.look("demo", WANTED, [pod("silent"), pod("late")])
        await watched.clock.advance(5)
        watched.pods.count()
        await watched.clock.advance(10)
        asked = watched.pods.asked
        assert asked.count("late") >= 8
        assert asked.count("silent") <= 1


async def test_an_answer_is_known_though_another_pod_hangs() -> None:
    async with following(one=GOOD, two=GOOD) as watched:
        watched.pods.hang.add("two")
        passing = asyncio.create_task(watched.look("demo", WANTED, [pod("one"), pod("two")]))
        await watched.clock.advance(PATIENCE_SECONDS)
        look = await passing
        assert look
        assert look.answers == {"one": GOOD}
        watched.pods.say["one"] = LATE
        await watched.clock.advance(30)
        assert watched.woken == ["demo"]


async def test_a_pod_is_asked_one_question_at_a_time() -> None:
    """Or the older answer might come last."""
    async with following(one=LATE, two=GOOD) as watched:
        await watched.look("demo", WANTED, [pod("one")])
        watched.pods.hang.add("one")
        await watched.clock.advance(2)
        before = watched.pods.asked.count("one")
        passing = asyncio.create_task(watched.look("demo", WANTED, [pod("one"), pod("two")]))
        await watched.clock.advance(30)
        await passing
        assert watched.pods.asked.count("one") == before
