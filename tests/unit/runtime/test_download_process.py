"""The download as the init container runs it: killed, told to end, twice at once, and its last words."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.hub.hub import Hub
from tests.hub.server import serving
from tests.unit.runtime.downloads import (
    CONTENTS,
    REPO,
    SIZE,
    WEIGHTS,
    begin,
    download,
    repository,
    start,
    there,
    whole_files,
)
from tests.waiting import until

from modelserver_runtime import last_words
from modelserver_runtime.download import command

SECONDS = 60
LATER_FILES = CONTENTS.keys() - {WEIGHTS, "nested/empty.txt"}


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code and its log, once it has ended."""
    _, log = process.communicate(timeout=SECONDS)
    return process.returncode, log


def test_killed_in_the_middle_of_a_file_it_goes_on_there(model_hub: Hub, to: Path) -> None:
    hold = model_hub.hold(WEIGHTS, 80)
    killed = start(model_hub, to)
    assert hold.reached.wait(SECONDS)
    until(lambda: whole_files(to) == LATER_FILES, SECONDS, "all but one file are whole")
    partial = to.with_name(".main.partial") / f"{WEIGHTS}.incomplete"
    until(lambda: partial.stat().st_size > SIZE // 2, SECONDS, "the last file is on its way")
    killed.kill()
    assert end(killed)[0] == -signal.SIGKILL
    hold.released.set()
    came, earlier = partial.stat().st_size, len(model_hub.sent)

    code, log = end(start(model_hub, to))

    assert (code, there(to)) == (0, CONTENTS), log
    assert [(each.file, each.start) for each in model_hub.sent[earlier:]] == [(WEIGHTS, came)]
    assert model_hub.asked[-1].range == f"bytes={came}-{SIZE - 1}"
    expected = (f"/api/models/{REPO}/revision/", f"/{REPO}/resolve/", "/lfs/")
    assert [each.path for each in model_hub.asked if not each.path.startswith(expected)] == []


def test_sigterm_ends_it_at_once_and_until_then_it_says_how_far_it_is(model_hub: Hub, to: Path) -> None:
    model_hub.hold(WEIGHTS, 50)
    process = start(model_hub, to)
    assert process.stderr
    lines = [json.loads(process.stderr.readline())["message"] for _ in range(2)]
    process.terminate()
    code, log = end(process)

    commit, host = model_hub.repositories[REPO].commit, model_hub.url.removeprefix("http://")
    assert lines[0] == f"downloading {REPO} at commit {commit} from {host}: 5 files, 1.5 MiB, of which 0 B are there"
    assert re.fullmatch(r"100\d\.\d KiB of 1\.5 MiB \(67 %\), [\d.]+ [KM]iB/s, \d s left", lines[1])
    assert (code, log) == (143, "Ended by a signal; the next start goes on from here.\n")
    assert not to.exists()


def test_ctrl_c_ends_it_at_once(model_hub: Hub, to: Path) -> None:
    hold = model_hub.hold(WEIGHTS, 30)
    process = start(model_hub, to)
    assert hold.reached.wait(SECONDS)
    process.send_signal(signal.SIGINT)
    assert end(process)[0] == 130


def test_of_several_at_once_one_downloads_and_the_next_takes_over_if_it_dies(model_hub: Hub, to: Path) -> None:
    """The second goes on where the first was killed; the third finds what the second has brought."""
    hold = model_hub.hold(WEIGHTS, 30)
    first = start(model_hub, to)
    assert hold.reached.wait(SECONDS)
    others = [start(model_hub, to), start(model_hub, to)]
    for each in others:
        assert each.stderr
        assert "another process downloads this model" in each.stderr.readline()
    first.kill()
    hold.released.set()
    ended = [end(each) for each in others]

    assert end(first)[0] == -signal.SIGKILL
    assert ([code for code, _ in ended], there(to)) == ([0, 0], CONTENTS)
    assert sorted(log.count("downloaded and checked") for _, log in ended) == [0, 1]
    assert sorted(log.count("has been downloaded meanwhile") for _, log in ended) == [0, 1]


def test_a_refusal_is_the_last_line_and_the_token_in_none(to: Path) -> None:
    with serving(Hub({REPO: repository(token="hf_good")})) as hub:
        hub.faults[WEIGHTS].cuts = [10, 20, 30]
        refused = end(start(hub, to, HF_TOKEN="hf_bad", HF_DEBUG="1"))
        good = end(start(hub, to, HF_TOKEN="hf_good"))

    assert refused[0] == 2
    assert refused[1].splitlines()[-1].startswith("Error: spec.model.huggingFace.tokenSecretRef: ")
    assert "hf_bad" not in refused[1]
    assert good[0] == 0
    assert "hf_good" not in good[1]
    assert "Signature" not in good[1]


@pytest.mark.parametrize("in_a_container", [True, False])
def test_kubernetes_is_told_one_sentence(model_hub: Hub, to: Path, tmp_path: Path, in_a_container: bool) -> None:
    """Where there is no file for it, the last line of the log has it."""
    file = tmp_path / "termination-log"
    if in_a_container:
        file.touch()
    there = f"from {last_words.__name__.replace('.', ' import ')}; last_words.TERMINATION_LOG = Path({str(file)!r})"
    call = f"from {command.__name__} import run; sys.exit(run({REPO!r}, 'v2', Path({str(to)!r}), 5))"
    program = f"import sys; from pathlib import Path; {there}; {call}"

    code, log = end(begin([sys.executable, "-c", program], model_hub))

    sentence = f"spec.model.huggingFace.revision: {REPO} has no branch, tag or commit v2 at "
    assert (code, log.splitlines()[-1].startswith(f"Error: {sentence}")) == (2, True)
    assert [path.name for path in tmp_path.glob("term*")] == ["termination-log"] * in_a_container
    if in_a_container:
        assert re.fullmatch(f"{re.escape(sentence)}127\\.0\\.0\\.1:\\d+\\.\n", file.read_text(encoding="utf-8"))


def test_a_model_that_its_pod_may_not_store_is_refused_before_anything_comes(model_hub: Hub, to: Path) -> None:
    """The kubelet would evict the pod when nearly all has come, and the next pod would begin anew."""
    size = sum(map(len, CONTENTS.values()))

    refused = end(start(model_hub, to, MODELSERVER_STORAGE_LIMIT_BYTES=str(size - 1)))
    came = list(model_hub.sent)
    granted = end(start(model_hub, to, MODELSERVER_STORAGE_LIMIT_BYTES=str(size)))

    assert (refused[0], came, granted[0]) == (2, [], 0), granted[1]
    assert refused[1].splitlines()[-1] == (
        f"Error: spec.cache: {REPO} needs 1.5 MiB, and a pod of this class may store 1.5 MiB on its node "
        "(ephemeralStorage): set spec.cache to keep the model on a volume, or use a class with more."
    )


def test_a_warm_start_needs_neither_hub_nor_its_library(model_hub: Hub, to: Path) -> None:
    download(model_hub, to)
    earlier = len(model_hub.asked)

    code, log = end(start(model_hub, to, HF_HUB_OFFLINE="1", PYTHONPROFILEIMPORTTIME="1"))

    assert (code, len(model_hub.asked)) == (0, earlier)
    imported = {line.rpartition("|")[2].strip() for line in log.splitlines() if line.startswith("import time:")}
    assert "modelserver_runtime.download.ensure" in imported
    assert imported.isdisjoint({"huggingface_hub", "httpx2", "torch", "vllm"})
