"""The file that says what a folder holds. It is the plan while files arrive, and the proof once the folder is whole."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from modelserver_runtime.download.files import Digest, RemoteFile

NAME = ".modelserver-download.json"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Marker:
    """A model: what was asked for, the commit that this was, and each file with its digest."""

    repo: str
    revision: str
    commit: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def read(folder: Path) -> Marker | None:
    """The folder's marker; None where there is none that this version can read."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if found["schemaVersion"] != SCHEMA_VERSION:
            return None
        files = tuple(RemoteFile(f["path"], f["size"], Digest(**f["digest"])) for f in found["files"])
        return Marker(found["repo"], found["revision"], found["commit"], files)
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None


def write(folder: Path, marker: Marker) -> None:
    """Puts the marker into the folder, whole or not at all."""
    beside = folder / f"{NAME}.new"
    text = json.dumps({"schemaVersion": SCHEMA_VERSION, **asdict(marker)}, indent=1)
    beside.write_text(text + "\n", encoding="utf-8")
    with beside.open("rb") as file:
        os.fsync(file.fileno())
    beside.replace(folder / NAME)
