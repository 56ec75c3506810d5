"""A pod that becomes Ready: nothing of the time when it loaded its model counts, and it is asked at once."""

import pytest
from tests.unit.autoscale.reading import SILENT, TARGET, pod, reading

from modelserver_operator.autoscale.reader import PERIOD_SECONDS
from modelserver_operator.status.load import FRESH_SECONDS


@pytest.mark.parametrize("loaded", [0, 7, None])
async def test_it_is_asked_at_once_and_undoubted(loaded: int | None) -> None:
    """loaded: what it said, long ago, before it loaded its model."""
    async with reading(a=3, b=SILENT if loaded is None else loaded) as read:
        await read.are(pod("a"), pod("b", ready=False))
        read.pods.say["b"] = SILENT
        await read.clock.advance(FRESH_SECONDS + 2 * PERIOD_SECONDS)
        assert (read.unfinished(), read.pods.doubted["b"]) == (3, True)
        read.pods.say["b"] = 2
        await read.are(pod("a"), pod("b"))
        assert (read.unfinished(), read.load().assumed, read.pods.doubted["b"]) == (5, 0, False)
        assert read.pods.times("b")[-1] == read.clock.now


async def test_until_it_answers_it_counts_for_nothing_and_if_it_does_not_it_is_assumed() -> None:
    async with reading(a=3, b=7) as read:
        await read.are(pod("a"), pod("b", ready=False))
        read.pods.takes["b"], read.pods.say["b"] = 1.5, SILENT
        await read.are(pod("a"), pod("b"))
        assert (read.unfinished(), read.load().assumed) == (3, 0)
        await read.clock.advance(1.4)
        assert (read.unfinished(), read.load().assumed) == (3, 0)
        await read.clock.advance(0.2)
        assert (read.unfinished(), read.load().assumed) == (3 + TARGET, 1)


async def test_alone_it_has_no_load_and_not_an_unknown_one() -> None:
    async with reading(a=7) as read:
        await read.are(pod("a", ready=False))
        read.pods.takes["a"] = 1.0
        await read.are(pod("a"))
        assert read.unfinished() == 0
        await read.clock.advance(1.0)
        assert read.unfinished() == 7


async def test_the_answer_to_a_question_that_was_open_is_not_taken() -> None:
    async with reading(a=3, b=SILENT) as read:
        read.pods.takes["b"] = 1.5
        await read.are(pod("a"), pod("b", ready=False))
        await read.clock.advance(1.0)
        read.pods.takes["b"] = 1.0
        await read.are(pod("a"), pod("b"))
        assert len(read.pods.times("b")) == 2, "it is asked without waiting for that answer"
        await read.clock.advance(0.7)
        assert (read.unfinished(), read.load().assumed) == (3, 0)


async def test_one_that_was_ready_before_keeps_what_it_said() -> None:
    async with reading(a=3, b=25) as read:
        await read.are(pod("a"), pod("b"))
        read.pods.takes["b"] = 1.5
        await read.are(pod("a"), pod("b", ready=False))
        await read.are(pod("a"), pod("b"))
        assert read.unfinished() == 28
