"""The hub of these tests is one: huggingface_hub's own download works with it, and it runs as a process."""

import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import constants, snapshot_download
from tests.hub.hub import Hub
from tests.unit.runtime.downloads import CONTENTS, NOT_NEEDED, REPO, RETRY_SECONDS

from modelserver_runtime.download.ensure import ensure
from modelserver_runtime.download.source import Source


def test_huggingface_hubs_own_download_works_with_it(
    model_hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_PROGRESS_BARS", True)
    folder = tmp_path / "snapshot"

    snapshot_download(REPO, local_dir=folder, endpoint=model_hub.url, token=False)

    assert {name: (folder / name).read_bytes() for name in {**CONTENTS, **NOT_NEEDED}} == {**CONTENTS, **NOT_NEEDED}


def test_it_serves_a_folder_as_a_process(tmp_path: Path) -> None:
    folder = tmp_path / "hub" / REPO
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    command = [sys.executable, "-m", "tests.hub", "--folder", str(tmp_path / "hub")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as hub:
        assert hub.stdout
        endpoint = hub.stdout.readline().strip().removeprefix("HF_ENDPOINT=")
        ensure(Source(REPO, "main", endpoint), tmp_path / "m", RETRY_SECONDS)
        hub.terminate()

    assert hub.returncode == 0
    assert (tmp_path / "m" / "model.safetensors").read_bytes() == b"weights"
