"""The live part while the server runs: what happens in which order, what is refused, and what is kept."""

import logging
from pathlib import Path

import pytest
from tests.unit.runtime.scripted import until
from tests.unit.runtime.watched import REFUSAL, OddError, ScriptedWorkers, Watched, full

from modelserver_runtime.config.yaml_file import ConfigError
from modelserver_runtime.live.disk import sha256
from modelserver_runtime.steering.spec import Spec
from modelserver_runtime.vectors.errors import VectorError

REFUSED, CHANGES = "modelserver_live_refused", "modelserver_live_changes_total"


async def test_the_first_is_in_force_when_its_bytes_are_everywhere() -> None:
    async with Watched() as watched:
        assert watched.workers.done == [("hold", "a")]
        assert (watched.grave, watched.live.held) == (10, 1)
        assert watched.live.state
        assert watched.live.state.live_sha256 == sha256(b"10")
        assert watched.live._good
        assert watched.live._good.fresh == {}, "the front end keeps no vector's bytes"
        assert watched.bench.metric(CHANGES) == 0


async def test_a_new_scale_is_in_force_without_a_word_to_the_workers() -> None:
    async with Watched() as watched:
        watched.disk.say(b"20")
        await watched.looks()

        assert watched.grave == 20
        assert watched.workers.done == [("hold", "a")]
        assert (watched.bench.metric(CHANGES), watched.bench.metric(REFUSED)) == (1, 0)


async def test_half_a_file_is_not_taken() -> None:
    """A file that is being written may be good YAML at any moment: it counts when it is the same a second later."""
    async with Watched() as watched:
        watched.disk.say(b"2")
        await watched.looks(1)
        watched.disk.say(b"20")
        await watched.looks(1)
        assert watched.grave == 10
        await watched.looks(1)
        assert watched.grave == 20
        assert watched.bench.metric(CHANGES) == 1


async def test_what_is_in_force_is_never_told_beside_an_older_refusal() -> None:
    """Not even while the workers have yet to say what they have."""
    async with Watched() as watched:
        watched.disk.say(b"no number")
        await watched.looks()
        assert (watched.live.refused is None, watched.bench.metric(REFUSED)) == (False, 1)
        watched.workers.tell.clear()
        watched.disk.say(b"20")
        await watched.looks(1)
        watched.tick()
        await until(lambda: watched.grave == 20)
        assert (watched.live.refused, watched.bench.metric(REFUSED)) == (None, 0)


async def test_names_stand_for_new_bytes_only_when_every_worker_has_them() -> None:
    async with Watched() as watched:
        watched.disk.say(b"20", sadness="b")
        watched.workers.hurry.clear()
        await watched.looks(1)
        watched.tick()
        await until(lambda: watched.workers.asked == 2)
        assert watched.emotions.now.digests == {"sadness": full("a")}
        assert watched.grave == 10

        watched.workers.hurry.set()
        await until(lambda: watched.grave == 20)
        assert watched.emotions.now.digests == {"sadness": full("b")}


async def test_what_is_not_named_any_more_is_forgotten_afterwards() -> None:
    async with Watched() as watched:
        watched.disk.say(sadness="b")
        await watched.looks_at_vectors()
        await watched.looks(1)

        assert watched.workers.done == [("hold", "a"), ("hold", "b"), ("forget", "a")]
        assert set(watched.workers.has) == {full("b")}
        assert watched.live.held == 1


async def test_what_an_unfinished_request_names_is_kept_for_it() -> None:
    async with Watched() as watched:
        with watched.emotions.active.held(Spec.of([(full("a"), 10)], "all"), own=False):
            watched.disk.say(sadness="b")
            await watched.looks_at_vectors()
            assert watched.live.held == 2
            await watched.looks(3)
            assert set(watched.workers.has) == {full("a"), full("b")}
            assert watched.live.held == 2
        await watched.looks(1)
        assert set(watched.workers.has) == {full("b")}
        assert watched.live.held == 1


async def test_what_is_forgotten_can_come_back() -> None:
    async with Watched() as watched:
        for digest in "bab":
            watched.disk.say(sadness=digest)
            await watched.looks_at_vectors()
            await watched.looks(1)
        assert watched.workers.done[-3:] == [("forget", "b"), ("hold", "b"), ("forget", "a")]
        assert set(watched.workers.has) == {full("b")}


async def test_a_change_that_comes_while_another_is_handed_over_is_not_lost() -> None:
    async with Watched() as watched:
        watched.disk.say(b"20", sadness="b")
        watched.workers.hurry.clear()
        await watched.looks(1)
        watched.tick()
        await until(lambda: watched.workers.asked == 2)
        watched.disk.say(b"30", sadness="c")
        watched.workers.hurry.set()
        await until(lambda: watched.grave == 20)
        await watched.looks(3)

        assert watched.grave == 30
        assert set(watched.workers.has) == {full("c")}


async def test_a_change_of_vectors_alone_is_found() -> None:
    async with Watched() as watched:
        revision = watched.emotions.now.revision
        watched.disk.say(sadness="b", anger="c")
        await watched.looks_at_vectors()

        assert watched.emotions.now.digests == {"sadness": full("b"), "anger": full("c")}
        assert watched.emotions.now.revision != revision


async def test_a_bad_change_is_refused_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    async with Watched() as watched:
        watched.disk.say(b"much")
        await watched.looks(2)
        await watched.looks_at_vectors()

        assert (watched.grave, watched.sentence) == (10, "live.yaml: b'much' is no number")
        assert watched.live.refused
        assert watched.live.refused.live_sha256 == sha256(b"much")
        assert watched.live.state
        assert watched.live.state.live_sha256 == sha256(b"10")
        assert watched.bench.metric(REFUSED) == 1
        assert [record.levelno for record in caplog.records if "refused" in record.message] == [logging.WARNING]

        watched.disk.say(b"many")
        await watched.looks(2)
        assert len([record for record in caplog.records if "refused" in record.message]) == 2


async def test_the_way_back_from_a_bad_change_is_any_good_one() -> None:
    async with Watched() as watched:
        for content, grave in ((b"10", 10), (b"20", 20)):
            watched.disk.say(b"bad")
            await watched.looks(2)
            watched.disk.say(content)
            await watched.looks(2)
            assert (watched.grave, watched.sentence, watched.bench.metric(REFUSED)) == (grave, None, 0)


async def test_a_worker_that_refuses_keeps_the_whole_change_out() -> None:
    async with Watched() as watched:
        watched.workers.refuses[full("c")] = REFUSAL
        watched.disk.say(b"20", sadness="b", anger="c")
        await watched.looks(2)
        assert (watched.grave, watched.sentence) == (10, "a worker does not take it")
        await watched.looks(1)
        assert set(watched.workers.has) == {full("a")}, "nothing of it stays"
        assert ("forget", "c") in watched.workers.done, "another worker may have taken it"

        watched.workers.refuses.clear()
        await watched.looks_at_vectors()
        assert (watched.grave, watched.sentence) == (20, None)


@pytest.mark.parametrize("error", [ConfigError("live.yaml: cannot be read"), VectorError("vectors.json is gone")])
async def test_files_that_are_gone_for_a_while_change_nothing(error: Exception) -> None:
    async with Watched() as watched:
        watched.disk.say(error)
        await watched.looks(2)
        assert (watched.grave, watched.sentence) == (10, str(error))
        assert watched.live.refused
        assert watched.live.refused.live_sha256 is None

        watched.disk.say(b"10")
        await watched.looks_at_vectors()
        assert (watched.grave, watched.sentence) == (10, None)
        assert watched.bench.metric(CHANGES) == 0


async def test_an_error_that_nobody_thought_of_is_told_and_outlived(caplog: pytest.LogCaptureFixture) -> None:
    async with Watched() as watched:
        watched.workers.refuses[full("b")] = OddError("why")
        watched.disk.say(b"20", sadness="b")
        await watched.looks(2)
        assert (watched.grave, watched.sentence) == (10, "OddError: why")
        await watched.looks_at_vectors()
        assert [record.exc_info is not None for record in caplog.records if record.levelno == logging.ERROR] == [True]

        watched.workers.refuses.clear()
        await watched.looks_at_vectors()
        assert (watched.grave, watched.sentence) == (20, None)


async def test_what_does_not_change_is_not_read_again() -> None:
    async with Watched() as watched:
        before = watched.disk.looked
        await watched.looks_at_vectors()
        assert watched.disk.looked == before + 1
        assert watched.workers.done == [("hold", "a")]


async def test_a_server_does_not_begin_with_a_bad_one() -> None:
    watched = Watched()
    watched.disk.say(b"bad")
    with pytest.raises(ConfigError, match="is no number"):
        await watched.live.first()

    watched.disk.say(b"10")
    workers = ScriptedWorkers()
    workers.refuses[full("a")] = REFUSAL
    with pytest.raises(VectorError, match="a worker does not take it"):
        await watched.live.begin(await watched.live.first(), workers)
    assert watched.live.state is None


def test_the_page_says_how_long_a_change_takes() -> None:
    from modelserver_runtime.live.watch import LOOK_SECONDS, VECTORS_LOOKS

    page = (Path(__file__).parents[3] / "docs" / "retune.md").read_text()
    assert f"{2 * LOOK_SECONDS:g} seconds" in page
    assert f"{VECTORS_LOOKS * LOOK_SECONDS:g} seconds" in page
