"""A small model on a local hub, and the ways to download it: in this process, or as the init container does."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

from tests.hub.hub import Hub
from tests.hub.repository import Repository, from_contents

from modelserver_runtime.download import marker
from modelserver_runtime.download.ensure import ensure
from modelserver_runtime.download.source import Source

REPO = "acme/small"
WEIGHTS, OTHER_WEIGHTS = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
SIZE = 1_000_000
RANDOM = Random(0)
CONTENTS = {
    "config.json": b'{"architectures": ["Small"]}',
    "tokenizer.json": RANDOM.randbytes(30_000),
    "nested/empty.txt": b"",
    WEIGHTS: RANDOM.randbytes(SIZE),
    OTHER_WEIGHTS: RANDOM.randbytes(SIZE // 2),
}
NOT_NEEDED = {"README.md": b"words", "pytorch_model.bin": b"the same once more", "original/consolidated.pth": b"again"}
RETRY_SECONDS = 5.0


def repository(**rest: object) -> Repository:
    """The model, with files that nobody needs."""
    return from_contents({**CONTENTS, **NOT_NEEDED}, **rest)


def download(hub: Hub, to: Path, token: str = "", revision: str = "main", retry_seconds: float = RETRY_SECONDS) -> None:
    """Downloads in this process."""
    ensure(Source(REPO, revision, hub.url, token), to, retry_seconds)


def start(hub: Hub, to: Path, *more: str, **environment: str) -> subprocess.Popen[str]:
    """Starts the command, with more options; its log is on stderr."""
    command = [sys.executable, "-m", "modelserver_runtime", "download", "--repo", REPO, "--to", str(to)]
    return begin([*command, *more], hub, **environment)


def begin(command: list[str], hub: Hub, **environment: str) -> subprocess.Popen[str]:
    """Starts a process that is told of the hub."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    # The client takes a hub that is held for one that is dead after 10 s, and asks anew.
    ours = {"HF_ENDPOINT": hub.url, "NO_PROXY": "*", "HF_HUB_DOWNLOAD_TIMEOUT": "600"}
    environment = {**clean, **ours, **environment}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def there(folder: Path) -> dict[str, bytes]:
    """The bytes of a model's folder, without the marker."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert files.pop(marker.NAME)
    return {name: path.read_bytes() for name, path in files.items()}


def whole_files(to: Path) -> set[str]:
    """Files of a download that has not ended which are there with their last byte."""
    work = to.with_name(f".{to.name}.partial")
    return {name for name, content in CONTENTS.items() if content and _is(work / name, content)}


def _is(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content
