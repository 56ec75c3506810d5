"""Tiers that several pytest workers share: pytest-xdist gives each some of the files; each has clusters of its own."""

import os
import shutil
from pathlib import Path

import pytest
from tests.waiting import until

ALONE = "master"  # what pytest-xdist's fixture worker_id says where there are no workers
LATEST_SECONDS = 3600.0  # far more than the longest file takes, however busy the machine


def own_name(name: str, worker_id: str) -> str:
    """The name of a cluster that each worker has one of."""
    return name if worker_id == ALONE else f"{name}-{worker_id}"


class Legacy:
    """What each worker leaves to the one that looks back at all that was done: a copy of a file."""

    def __init__(self, worker_id: str, base: pytest.TempPathFactory) -> None:
        self._worker_id = worker_id
        self._folder = base.getbasetemp().parent / "legacy"  # of all workers: each has its own below that of the run

    def leave(self, file: Path) -> None:
        """To be called once by each worker, when nothing more will be added to the file."""
        if self._worker_id == ALONE:
            return
        self._folder.mkdir(exist_ok=True)
        copy = self._folder / f".{self._worker_id}"
        shutil.copy(file, copy)
        copy.rename(self._folder / self._worker_id)  # whoever sees it sees all of it

    def of_others(self) -> list[Path]:
        """What all other workers have left, as soon as they are done."""
        others = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) - 1
        return until(lambda: self._left(others), LATEST_SECONDS, "the other workers are done") if others else []

    def _left(self, number: int) -> list[Path] | None:
        found = list(self._folder.glob("gw*"))
        return found if len(found) == number else None
