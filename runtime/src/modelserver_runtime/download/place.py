"""The folder that a model goes to, the one beside it where it grows, and the lock between two pods that fill it."""

import errno
import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from modelserver_runtime.download import marker
from modelserver_runtime.download.errors import NotPossibleError
from modelserver_runtime.download.files import RemoteFile
from modelserver_runtime.download.marker import Marker

INCOMPLETE = ".incomplete"
NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP}

log = logging.getLogger(__name__)


class Place:
    """`target` is whole or not there. A file in `work` is whole too, but for those that end in .incomplete.

    limit: the most bytes that the model may take, whatever the disk has; None is no limit.
    """

    def __init__(self, target: Path, limit: int | None = None) -> None:
        self.target, self.limit = target.absolute(), limit
        self.work = self.target.with_name(f".{target.name}.partial")
        self.lock = self.target.with_name(f".{target.name}.lock")

    def holds(self, repo: str, revision: str) -> Marker | None:
        """What the target holds, where that is this model with every file; raises NotPossibleError if it is another."""
        found = marker.read(self.target)
        if found is None:
            return None
        if (found.repo, found.revision) != (repo, revision):
            there, asked = f"{found.repo} at {found.revision}", f"{repo} at {revision}"
            raise NotPossibleError(f"The folder {self.target} holds {there}, and {asked} was asked for.")
        return found if all(_has(self.target, file) for file in found.files) else None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Waits until no other process fills the folder; the lock of one that was killed is free at once."""
        self.target.parent.mkdir(parents=True, exist_ok=True)
        with self.lock.open("wb") as file:
            _lock(file)
            yield

    def prepare(self, plan: Marker) -> None:
        """Makes the work folder hold nothing but what the plan needs, and the plan."""
        self._take_back()
        self.work.mkdir(exist_ok=True)
        earlier = marker.read(self.work)
        same = set(plan.files).intersection(earlier.files if earlier else ())
        kept = {self.work / marker.NAME, *map(self.partial, same), *(self.whole(f) for f in same if self.has(f))}
        for path in [path for path in self.work.rglob("*") if not path.is_dir() and path not in kept]:
            path.unlink()
        marker.write(self.work, plan)

    def has(self, file: RemoteFile) -> bool:
        """Whether the work folder has it whole."""
        return _has(self.work, file)

    def whole(self, file: RemoteFile) -> Path:
        """Where it lies once it is whole."""
        return self.work / file.path

    def partial(self, file: RemoteFile) -> Path:
        """Where its bytes arrive."""
        return _partial(self.work, file)

    def already(self, file: RemoteFile) -> int:
        """How many of its bytes are there."""
        return _already(self.work, file)

    def arrived(self) -> tuple[int, int | None]:
        """Bytes that are there and bytes of all, whichever process brings them; before there is a plan, (0, None)."""
        for folder in (self.work, self.target):
            if plan := marker.read(folder):
                return sum(_already(folder, file) for file in plan.files), plan.size
        return 0, None

    def free(self) -> int:
        """Bytes that can still be written."""
        return shutil.disk_usage(self.target.parent).free

    def finish(self) -> None:
        """Puts the work folder into the target's place."""
        self.work.rename(self.target)
        parent = os.open(self.target.parent, os.O_RDONLY)
        try:
            os.fsync(parent)
        finally:
            os.close(parent)

    def _take_back(self) -> None:
        """A target that lacks files becomes the work folder; one that no download has made is left alone."""
        if marker.read(self.target):
            log.warning("files are missing in %s: it is downloaded again where it lacks", self.target)
            shutil.rmtree(self.work, ignore_errors=True)
            self.target.rename(self.work)
        elif self.target.exists() and not _empty(self.target):
            raise NotPossibleError(
                f"The folder {self.target} holds files that no download has put there: move them away."
            )


def _has(folder: Path, file: RemoteFile) -> bool:
    path = folder / file.path
    return path.is_file() and path.stat().st_size == file.size


def _partial(folder: Path, file: RemoteFile) -> Path:
    return folder / f"{file.path}{INCOMPLETE}"


def _already(folder: Path, file: RemoteFile) -> int:
    """Looks where it arrives before where it lies then: asked in that very moment, it is in one of them."""
    try:
        return min(_partial(folder, file).stat().st_size, file.size)
    except FileNotFoundError:
        return file.size if _has(folder, file) else 0


def _empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _lock(file: BinaryIO) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log.info("another process downloads this model; waiting until it ends or has it")
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        # Two processes then write the same bytes to the same places: it costs traffic, and nothing breaks.
        log.warning("the volume has no file locks (%s): two pods that start at once both download", error.strerror)
