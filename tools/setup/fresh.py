"""Making a cache entry so that an interrupted run leaves nothing that looks finished."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def fresh(target: Path, *, keep: int = 2) -> Iterator[Path]:
    """Gives a path beside `target` to make a file or folder at, and renames it to `target` when the block succeeds.

    Of the entries beside it only the `keep` newest stay: a live demo may still use the one before.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    making = target.with_name(f".making-{target.name}")
    remove(making)
    try:
        yield making
        remove(target)
        making.rename(target)
    finally:
        remove(making)
    _forget_old(target, keep)


def remove(path: Path) -> None:
    """Removes a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _forget_old(target: Path, keep: int) -> None:
    entries = [entry for entry in target.parent.iterdir() if not entry.name.startswith(".")]
    others = sorted((e for e in entries if e != target), key=lambda e: e.stat().st_mtime, reverse=True)
    for old in others[keep - 1 :]:
        remove(old)
