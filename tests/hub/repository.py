"""A model's repository as a hub keeps it: files with git blob ids, large ones in LFS with their sha256."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

LFS_SUFFIXES = {".safetensors", ".bin", ".pt", ".gguf", ".h5", ".onnx", ".pth"}


@dataclass(frozen=True)
class Stored:
    """One file's bytes; `stated_size` is what the hub says where that is not their number."""

    content: bytes
    lfs: bool
    stated_size: int | None = None

    @cached_property
    def sha256(self) -> str:
        """Digest of the content."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def blob_id(self) -> str:
        """What git calls it: the content's own name, or that of the pointer that stands for it."""
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {self.size}\n"
        body = pointer.encode() if self.lfs else self.content
        return hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()

    @property
    def size(self) -> int:
        """Bytes, as the hub states them."""
        return len(self.content) if self.stated_size is None else self.stated_size

    @property
    def etag(self) -> str:
        """As the hub gives it."""
        return f'"{self.sha256 if self.lfs else self.blob_id}"'

    def stated(self, path: str, *, blobs: bool) -> dict[str, Any]:
        """The file as an entry of `siblings`."""
        if not blobs:
            return {"rfilename": path}
        lfs = {"lfs": {"sha256": self.sha256, "size": self.size, "pointerSize": 134}} if self.lfs else {}
        return {"rfilename": path, "size": self.size, "blobId": self.blob_id, **lfs}

    def entry(self, path: str) -> dict[str, Any]:
        """The file as an entry of a tree, which huggingface_hub's own downloads ask for."""
        lfs = {"lfs": {"oid": self.sha256, "size": self.size, "pointerSize": 134}} if self.lfs else {}
        return {"type": "file", "path": path, "size": self.size, "oid": self.blob_id, **lfs}


@dataclass(frozen=True)
class Repository:
    """Files by path; `token` is what a private one wants to see, `gated` whether its terms must be accepted first."""

    files: Mapping[str, Stored]
    branches: tuple[str, ...] = ("main",)
    token: str = ""
    gated: bool = False

    @cached_property
    def commit(self) -> str:
        """The name of this state of the files."""
        names = "".join(f"{path} {stored.blob_id}\n" for path, stored in sorted(self.files.items()))
        return hashlib.sha1(names.encode()).hexdigest()

    def knows(self, revision: str) -> bool:
        """Whether it is a branch, or the commit."""
        return revision in (*self.branches, self.commit)


def stored(path: str, content: bytes) -> Stored:
    """A file, in LFS if its name says so."""
    return Stored(content, lfs=Path(path).suffix in LFS_SUFFIXES)


def from_contents(contents: Mapping[str, bytes], **rest: Any) -> Repository:
    """A repository of these files."""
    return Repository({path: stored(path, content) for path, content in contents.items()}, **rest)


def from_folder(folder: Path) -> Repository:
    """A repository of a folder's files."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return from_contents({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})
