"""One file on its way: from where it stopped to its last byte, hashed as it comes, in its place once it is right."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from modelserver_runtime.download import sentences
from modelserver_runtime.download.errors import NotPossibleError
from modelserver_runtime.download.files import RemoteFile
from modelserver_runtime.download.hub import CutError, Hub
from modelserver_runtime.download.patience import Patience
from modelserver_runtime.download.place import Place
from modelserver_runtime.download.progress import Progress

TIMES = 3  # a proxy that has kept wrong bytes may let go of them
CHUNK = 1024 * 1024

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """What all files of a download share."""

    hub: Hub
    commit: str
    place: Place
    progress: Progress
    patience: Patience

    def bring(self, file: RemoteFile) -> None:
        """The file into the work folder; raises DownloadError, or StoppedError when another file has failed."""
        partial = self.place.partial(file)
        partial.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(TIMES):
            if self._arrives(file, partial):
                partial.replace(self.place.whole(file))
                return
            log.warning("%s has other bytes than the hub states: it is downloaded again", file.path)
            partial.unlink()
        raise NotPossibleError(sentences.wrong_bytes(self.hub.source.repo, file.path, self.hub.source.host, TIMES))

    def _arrives(self, file: RemoteFile, partial: Path) -> bool:
        """Whether all bytes have come and are right."""
        # Never truncated, never appended to: whoever else had this file open would write the same bytes here.
        with os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as target:
            arrival = Arrival(file, target, self.progress, self.patience)
            self.patience.persist(
                self.hub.source.host, lambda: arrival.go_on(self.hub, self.commit), lambda: arrival.at
            )
            target.flush()
            os.fsync(target.fileno())
        if arrival.is_right():
            return True
        self.progress.add(-arrival.at)
        return False


class Arrival:
    """The bytes of a file that are there: `at` of them, hashed."""

    def __init__(self, file: RemoteFile, target: BinaryIO, progress: Progress, patience: Patience) -> None:
        self.at = 0
        self._file, self._target, self._progress, self._patience = file, target, progress, patience
        self._hash = file.digest.hasher(file.size)
        self._take_up()

    def go_on(self, hub: Hub, commit: str) -> None:
        """Asks for the rest and takes it; raises CutError where less comes."""
        while self.at < self._file.size:
            before = self.at
            with hub.content(commit, self._file, self.at) as (start, chunks):
                if start != self.at:
                    self._start_again()
                for chunk in chunks:
                    self._take(chunk)
            if self.at <= before:
                raise CutError(f"{hub.source.host} sends nothing of {self._file.path}")

    def is_right(self) -> bool:
        """Whether these are the bytes that the hub states."""
        return self.at == self._file.size and self._hash.hexdigest() == self._file.digest.value

    def _take_up(self) -> None:
        """Hashes what an earlier process has left."""
        while self.at < self._file.size and (chunk := self._target.read(min(CHUNK, self._file.size - self.at))):
            self._patience.check()
            self._count(chunk)

    def _take(self, chunk: bytes) -> None:
        fitting = chunk[: self._file.size - self.at]  # more than that is wrong, and shall not fill the disk
        self._target.write(fitting)
        self._count(fitting)
        self._patience.check()

    def _count(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self.at += len(chunk)
        self._progress.add(len(chunk))

    def _start_again(self) -> None:
        self._target.seek(0)
        self._progress.add(-self.at)
        self.at, self._hash = 0, self._file.digest.hasher(self._file.size)
