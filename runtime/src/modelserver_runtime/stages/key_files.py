"""The keys' folder: one file a key, named after the client; read again whenever it has changed.

Kubernetes mounts a Secret as links through `..data`, and swaps that link when the Secret changes: no event comes, so
the files are looked at, at most once a second. A rotated key works a second after the kubelet has written it.
"""

import hashlib
import logging
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from modelserver_runtime.config.yaml_file import ConfigError

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
SENDABLE = re.compile(rb"[!-~]+")  # what a header carries unchanged: visible ASCII

State = list[tuple[str, int, int, int]]


class Key(NamedTuple):
    """One client's key; only its SHA-256 is kept."""

    digest: bytes
    client: str


def digest(key: bytes) -> bytes:
    """What keys are compared by: of one length, whatever the keys' lengths."""
    return hashlib.sha256(key).digest()


class KeyFolder:
    """The keys in a folder, as they are now; `now` is the clock, in seconds."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.monotonic) -> None:
        """Read it for the first time.

        Raises:
            ConfigError: the folder cannot be read.
        """
        self._folder = folder
        self._now = now
        self._keys: tuple[Key, ...] = ()
        self._state: State = []
        self._unreadable = False
        try:
            self._read()
        except OSError as error:
            raise ConfigError(f"The keys' folder {folder} (auth.keysPath) cannot be read: {error.strerror}.") from error

    def known(self) -> tuple[Key, ...]:
        """All keys, no two alike."""
        if self._now() >= self._look_at:
            self._look()
        return self._keys

    def _look(self) -> None:
        """Read what has changed; a folder that cannot be read leaves the keys as they were."""
        self._look_at = self._now() + LOOK_SECONDS
        try:
            if self._unreadable or _state(self._folder) != self._state:
                self._read()
        except OSError as error:
            if not self._unreadable:
                log.error("the keys cannot be read, the last ones stay in force", extra=_fields(reason=str(error)))
            self._unreadable = True

    def _read(self) -> None:
        self._look_at = self._now() + LOOK_SECONDS
        self._state = _state(self._folder)  # before the content: a change in between is seen the next time
        self._keys = tuple(_distinct(_sendable(self._folder)))
        self._unreadable = False
        log.info("keys read", extra=_fields(clients=[key.client for key in self._keys]))
        if not self._keys:
            log.warning("there is no key: every request is refused", extra=_fields(folder=str(self._folder)))


def _files(folder: Path) -> list[Path]:
    """The files that may hold keys: `..data` and the like are Kubernetes' own."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("..") and path.is_file())


def _state(folder: Path) -> State:
    """Changes whenever a key does: behind a link it is the target that is looked at."""
    found = ((path.name, path.stat()) for path in _files(folder))
    return [(name, stat.st_ino, stat.st_mtime_ns, stat.st_size) for name, stat in found]


def _sendable(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Each file's name and the key in it."""
    for path in _files(folder):
        key = path.read_bytes().strip()
        if SENDABLE.fullmatch(key):
            yield path.name, key
        else:
            log.warning("a file is no key: it must hold one line of visible ASCII", extra=_fields(file=path.name))


def _distinct(named: Iterator[tuple[str, bytes]]) -> Iterator[Key]:
    """Keys whose client is certain: of two files with the same key, the first."""
    owners: dict[bytes, str] = {}
    for name, key in named:
        owner = owners.setdefault(digest(key), name)
        if owner == name:
            yield Key(digest(key), name)
        else:
            log.warning("two files hold the same key: it is the first one's", extra=_fields(files=[owner, name]))


def _fields(**fields: object) -> dict[str, object]:
    return {"fields": fields}
