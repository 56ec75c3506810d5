"""A model is downloaded once, whole and right, over connections that are cut and from hubs that err."""

import shutil
import threading
from itertools import cycle
from pathlib import Path

import pytest
from tests.hub.hub import Hub
from tests.hub.repository import from_contents
from tests.hub.server import serving
from tests.unit.runtime.downloads import (
    CONTENTS,
    NOT_NEEDED,
    OTHER_WEIGHTS,
    REPO,
    SIZE,
    WEIGHTS,
    download,
    repository,
    there,
    whole_files,
)

from modelserver_runtime.download import hub as hub_module
from modelserver_runtime.download import marker
from modelserver_runtime.download.errors import NotNowError, NotPossibleError
from modelserver_runtime.download.hub import CutError
from modelserver_runtime.download.patience import Patience


def asked_twice(hub: Hub) -> list[str]:
    """Files whose bytes went out more than once."""
    return [file for file, content in CONTENTS.items() if hub.bytes_of(file) > len(content)]


def test_every_needed_file_comes_once_and_nothing_else(model_hub: Hub, to: Path) -> None:
    download(model_hub, to)

    assert there(to) == CONTENTS
    assert asked_twice(model_hub) == []
    assert {each.file for each in model_hub.asked}.isdisjoint(NOT_NEEDED)


def test_the_marker_says_what_was_downloaded(model_hub: Hub, to: Path) -> None:
    download(model_hub, to)

    found = marker.read(to)
    files = model_hub.repositories[REPO].files
    assert found
    assert (found.repo, found.revision, found.commit) == (REPO, "main", model_hub.repositories[REPO].commit)
    digests = {file.path: (file.digest.kind, file.digest.value) for file in found.files}
    assert digests[WEIGHTS] == ("sha256", files[WEIGHTS].sha256)
    assert digests["config.json"] == ("gitBlobSha1", files["config.json"].blob_id)
    assert digests.keys() == CONTENTS.keys()


def test_cut_at_30_and_at_80_percent_it_goes_on_where_it_was(model_hub: Hub, to: Path) -> None:
    model_hub.faults[WEIGHTS].cuts = [30, 80]

    download(model_hub, to)

    assert there(to) == CONTENTS
    assert model_hub.starts_of(WEIGHTS) == [0, SIZE * 30 // 100, SIZE * 80 // 100]
    ranges = [each.range for each in model_hub.asked if each.path.startswith("/lfs/") and each.file == WEIGHTS]
    assert ranges == ["", "bytes=300000-999999", "bytes=800000-999999"]
    assert asked_twice(model_hub) == []


def test_nothing_is_given_up_while_bytes_come(model_hub: Hub, to: Path) -> None:
    model_hub.faults[WEIGHTS].cuts = [20, 40, 60, 80]
    download(model_hub, to, retry_seconds=0.25)  # less than the four pauses are in sum
    assert there(to) == CONTENTS


def test_a_hub_that_knows_no_ranges_sends_it_all_again(model_hub: Hub, to: Path) -> None:
    model_hub.ranges = False
    model_hub.faults[WEIGHTS].cuts = [30]

    download(model_hub, to)

    assert there(to) == CONTENTS
    assert model_hub.bytes_of(WEIGHTS) == SIZE * 130 // 100


def test_what_never_gets_further_is_given_up() -> None:
    """As from a hub without ranges: each attempt begins at 0, and one that gets less far is no step ahead."""
    at = cycle([5, 3])
    attempts = iter(range(20))

    def attempt() -> None:
        assert next(attempts, None) is not None
        raise CutError("cut")

    with pytest.raises(NotNowError, match=r"nothing new has come from hub for 0\.3 s"):
        Patience(0.3, threading.Event()).persist("hub", attempt, lambda: next(at))


def test_wrong_bytes_are_noticed_and_fetched_again(model_hub: Hub, to: Path, caplog: pytest.LogCaptureFixture) -> None:
    model_hub.faults[WEIGHTS].wrong = 1
    model_hub.faults["tokenizer.json"].wrong = 1

    download(model_hub, to)

    assert there(to) == CONTENTS
    assert sorted(asked_twice(model_hub)) == sorted([WEIGHTS, "tokenizer.json"])
    assert f"{WEIGHTS} has other bytes than the hub states" in caplog.text


@pytest.mark.parametrize("file", [WEIGHTS, "tokenizer.json"])
def test_bytes_that_stay_wrong_are_refused_by_name(model_hub: Hub, to: Path, file: str) -> None:
    model_hub.faults[file].wrong = 100

    with pytest.raises(NotPossibleError, match=f"spec.model.huggingFace.repo: {file} of {REPO} .* 3 times"):
        download(model_hub, to)

    assert not to.exists()


def test_a_partial_file_that_the_disk_has_spoiled_is_fetched_again(model_hub: Hub, to: Path) -> None:
    model_hub.faults[WEIGHTS].cuts = [80]
    with pytest.raises(NotNowError):
        download(model_hub, to, retry_seconds=0)
    partial = next(to.parent.rglob(f"{WEIGHTS}.incomplete"))
    partial.write_bytes(bytes(partial.stat().st_size))

    download(model_hub, to)

    assert there(to) == CONTENTS


def test_a_warm_cache_needs_no_hub(to: Path) -> None:
    with serving(Hub({REPO: repository()})) as hub:
        download(hub, to)
        before = len(hub.asked)
    download(hub, to, retry_seconds=0)

    assert len(hub.asked) == before


def test_the_next_start_fetches_no_file_that_is_whole(model_hub: Hub, to: Path) -> None:
    model_hub.faults[WEIGHTS].cuts = [30]
    with pytest.raises(NotNowError):
        download(model_hub, to, retry_seconds=0)
    assert not to.exists()
    whole = whole_files(to)
    earlier = len(model_hub.sent)

    download(model_hub, to)

    assert there(to) == CONTENTS
    assert model_hub.starts_of(WEIGHTS) == [0, SIZE * 30 // 100]
    assert whole.isdisjoint(each.file for each in model_hub.sent[earlier:])


def test_a_file_that_somebody_deleted_is_fetched_again_alone(model_hub: Hub, to: Path) -> None:
    download(model_hub, to)
    (to / OTHER_WEIGHTS).unlink()

    download(model_hub, to)

    assert there(to) == CONTENTS
    assert asked_twice(model_hub) == [OTHER_WEIGHTS]


def test_a_branch_that_moved_meanwhile_brings_only_what_has_changed(model_hub: Hub, to: Path) -> None:
    """Killed before the last rename; the changed file has the size of the old one."""
    download(model_hub, to)
    to.rename(to.with_name(f".{to.name}.partial"))
    changed = {**CONTENTS, "config.json": CONTENTS["config.json"].upper()}
    model_hub.repositories[REPO] = from_contents(changed)
    earlier = len(model_hub.sent)

    download(model_hub, to)

    assert there(to) == changed
    assert [each.file for each in model_hub.sent[earlier:]] == ["config.json"]


def test_a_busy_hub_is_asked_again(model_hub: Hub, to: Path, caplog: pytest.LogCaptureFixture) -> None:
    model_hub.refuse = [(503, {}), (429, {"Retry-After": "0"})]

    download(model_hub, to)

    assert there(to) == CONTENTS
    assert "answers 503; trying again" in caplog.text
    assert "answers 429; trying again" in caplog.text


def test_files_that_one_answer_cannot_hold_come_in_parts(
    model_hub: Hub, to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "LARGEST_ANSWER", 400_000)

    download(model_hub, to)

    assert there(to) == CONTENTS
    assert model_hub.starts_of(WEIGHTS) == [0, 400_000, 800_000]


def test_the_token_goes_to_the_hub_and_not_to_where_it_sends_us(model_hub: Hub, to: Path) -> None:
    model_hub.repositories[REPO] = repository(token="hf_good")

    download(model_hub, to, token="hf_good")

    assert there(to) == CONTENTS
    assert {each.token for each in model_hub.asked if each.path.startswith("/lfs/")} == {""}
    assert {each.token for each in model_hub.asked if not each.path.startswith("/lfs/")} == {"hf_good"}


def test_a_second_revision_lies_beside_the_first(model_hub: Hub, to: Path) -> None:
    commit = model_hub.repositories[REPO].commit
    download(model_hub, to)
    download(model_hub, to.with_name(commit), revision=commit)

    assert there(to) == there(to.with_name(commit)) == CONTENTS


def test_an_empty_folder_in_the_way_is_no_hindrance(model_hub: Hub, to: Path) -> None:
    to.mkdir(parents=True)
    download(model_hub, to)
    assert there(to) == CONTENTS


def test_volumes_without_locks_are_usable(
    model_hub: Hub, to: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    download(model_hub, to)

    assert there(to) == CONTENTS
    assert "no file locks" in caplog.text


def test_a_warm_folder_may_be_read_only(model_hub: Hub, to: Path) -> None:
    download(model_hub, to)
    copy = to.parents[2] / "copy"
    shutil.copytree(to, copy)  # no lock, no work folder beside it
    download(model_hub, copy)

    assert [path.name for path in copy.parent.glob(".*")] == []


def test_killed_before_the_last_rename_it_needs_no_file(model_hub: Hub, to: Path) -> None:
    download(model_hub, to)
    to.rename(to.with_name(f".{to.name}.partial"))
    earlier = len(model_hub.sent)

    download(model_hub, to)

    assert (there(to), model_hub.sent[earlier:]) == (CONTENTS, [])
