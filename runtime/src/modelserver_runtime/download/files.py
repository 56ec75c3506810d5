"""Files of a model as the hub states them, and which of them are needed."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from modelserver_runtime.download.errors import NotPossibleError

# What vLLM takes when it is left to choose: the first of these that lies at the top (its default_loader, 0.32).
WEIGHTS = ("consolidated*.safetensors", "*.safetensors", "*.bin", "*.pt")
# The same weights for others, weights that vLLM does not read, and what is there for people.
OTHERS = (
    "*.gguf", "*.ggml", "*.onnx", "*.onnx_data", "*.h5", "*.msgpack", "*.ckpt", "*.tflite", "*.ot", "*.pth", "*.nemo",
    "*.mlmodel", "*.engine", "*.md", "*.pdf", "*.png", "*.jpg", "*.jpeg", "*.gif", "*.webp", "*.svg", "*.mp4",
    "*.ipynb",
)  # fmt: skip
FOLDERS = {"original", "onnx", "openvino", "coreml", "metal", ".git", ".github"}
TRAINING = {"training_args.bin", "optimizer.bin", "optimizer.pt", "scheduler.pt", "scaler.pt"}  # vLLM's own list


class Hash(Protocol):
    """What hashlib gives."""

    def update(self, data: bytes, /) -> None:
        """Takes more bytes."""

    def hexdigest(self) -> str:
        """The digest so far."""


@dataclass(frozen=True)
class Digest:
    """What a file's bytes must hash to: "sha256" of LFS files, "gitBlobSha1" of the others."""

    kind: str
    value: str

    def hasher(self, size: int) -> Hash:
        """A hash that is ready for the bytes of a file of this size."""
        if self.kind == "sha256":
            return hashlib.sha256()
        return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)


@dataclass(frozen=True)
class RemoteFile:
    """A file by its path in the repository, with its size in bytes."""

    path: str
    size: int
    digest: Digest


def needed(files: Iterable[RemoteFile], repo: str) -> tuple[RemoteFile, ...]:
    """What vLLM needs of a repository's files; raises NotPossibleError where no weights are among them."""
    kept = [file for file in files if not _for_others(PurePosixPath(file.path))]
    top = [PurePosixPath(file.path) for file in kept if "/" not in file.path]
    weights = next((kind for kind in WEIGHTS if any(path.match(kind) for path in top)), None)
    if weights is None:
        kinds = ", ".join(WEIGHTS[1:])
        raise NotPossibleError(f"spec.model.huggingFace.repo: {repo} has no weights that vLLM reads ({kinds}).")
    return tuple(file for file in kept if _wanted(PurePosixPath(file.path), weights))


def _for_others(path: PurePosixPath) -> bool:
    named = any(path.match(kind) for kind in OTHERS) or path.name in TRAINING or path.name == ".gitattributes"
    return named or not FOLDERS.isdisjoint(path.parts[:-1])


def _wanted(path: PurePosixPath, weights: str) -> bool:
    """Whether it is no weights at all, or of the chosen kind; below the top by its suffix alone."""
    if path.suffix not in {PurePosixPath(kind).suffix for kind in WEIGHTS}:
        return True
    return path.match(weights if len(path.parts) == 1 else f"*{PurePosixPath(weights).suffix}")
