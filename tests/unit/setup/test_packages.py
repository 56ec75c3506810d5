"""A machine that cannot install packages gets a sentence with everything that is missing."""

import os
from pathlib import Path

import pytest
from tools.setup import packages
from tools.setup.packages import Package
from tools.setup.recorder import Recorder
from tools.setup.step import StepError

LACKING = Package("buildah", "builds the images", lambda: False)
THERE = Package("git", "compares", lambda: True)
STEP = packages.step("some", "Install some", (LACKING, THERE))


def test_without_apt_the_missing_packages_are_named_with_their_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StepError, match=r"no apt, and these are missing: buildah \(builds the images\)$"):
        STEP.run(Recorder(tmp_path / "log"))


def test_without_root_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\nexit 1\n")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(StepError, match="takes root"):
        STEP.run(Recorder(tmp_path / "log"))


def test_it_is_done_only_when_nothing_is_missing() -> None:
    assert not STEP.done()
    assert packages.step("some", "Install some", (THERE,)).done()
