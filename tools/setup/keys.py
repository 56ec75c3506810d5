"""Content keys: a step is done when the thing that these exact inputs make is there."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

IGNORED = {"__pycache__", ".pytest_cache", ".mypy_cache"}


def key(*parts: str | Path) -> str:
    """Twelve hex digits for strings (as they are), files (name and bytes) and folders (every file below)."""
    digest = hashlib.sha256()
    for part in parts:
        for name, content in _contents(part):
            digest.update(f"{len(name)}:{name}{len(content)}:".encode())
            digest.update(content)
    return digest.hexdigest()[:12]


def _contents(part: str | Path) -> Iterator[tuple[str, bytes]]:
    if isinstance(part, str):
        yield "", part.encode()
    elif part.is_dir():
        yield from ((str(path.relative_to(part)), path.read_bytes()) for path in _files(part))
    else:
        yield part.name, part.read_bytes()


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and not IGNORED & set(p.relative_to(folder).parts))
