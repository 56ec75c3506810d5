"""The folders of the machine that a node's programs have compiled in, and that a cluster mounts its own over.

The machine may lack them. One that was made here is noted and removed when the last cluster has gone: removing it
earlier would take the mount away from the clusters that still run.
"""

import contextlib
import fcntl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tools.devcluster.network import any_link
from tools.devcluster.places import locks


@contextmanager
def present(folders: Iterable[str]) -> Iterator[None]:
    """Makes the missing ones; none is removed in the meantime."""
    with _notes() as notes:
        missing = [folder for folder in folders if not Path(folder).exists()]
        for folder in missing:
            notes.write(f"{folder}\n")
            notes.flush()
            Path(folder).mkdir(parents=True)
        yield


def remove_unused() -> None:
    """Removes those that were made here, once no cluster runs on this machine."""
    with _notes() as notes:
        if any_link():
            return
        notes.seek(0)
        for folder in notes.read().split():
            with contextlib.suppress(OSError):  # somebody has removed it, or uses it by now
                Path(folder).rmdir()
        notes.truncate(0)


@contextmanager
def _notes() -> Iterator[TextIO]:
    with (locks() / "mountpoints").open("a+") as notes:
        fcntl.flock(notes, fcntl.LOCK_EX)
        yield notes
