"""Where a model's small files can be read before it is served: a folder of this machine, or a hub."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from modelserver_operator.api.sources import HuggingFaceSource

HUB = "https://huggingface.co"
TIMEOUT_SECONDS = 10  # for each answer; a plan shall not hang on a network that swallows packets
# Of one read: the index of a model with 100,000 tensors has 10 MB.
LARGEST = 64 << 20


class NotReadError(Exception):
    """The sentence says what could not be read, and why."""


class Place(Protocol):
    """Where files are read from. Its text says where that is."""

    def read(self, name: str, start: int = 0, size: int = LARGEST) -> bytes | None:
        """Up to `size` bytes of a file from `start` on; None where there is no such file. Raises NotReadError."""


@dataclass(frozen=True)
class Folder:
    """A folder of this machine."""

    path: Path

    def __str__(self) -> str:
        return f"folder {self.path}"

    def read(self, name: str, start: int = 0, size: int = LARGEST) -> bytes | None:
        """As in Place."""
        try:
            with (self.path / name).open("rb") as file:
                file.seek(start)
                return file.read(size)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise NotReadError(f"{self.path / name} cannot be read: {error.strerror}") from error


@dataclass(frozen=True)
class HubRepository:
    """A repository of a hub that speaks as Hugging Face's does."""

    endpoint: str
    source: HuggingFaceSource
    token: str

    @classmethod
    def found(cls, source: HuggingFaceSource, environment: Mapping[str, str]) -> HubRepository:
        """At HF_ENDPOINT, with HF_TOKEN."""
        endpoint = environment.get("HF_ENDPOINT", "").rstrip("/") or HUB
        return cls(endpoint, source, environment.get("HF_TOKEN", "").strip())

    def __str__(self) -> str:
        host = urllib.parse.urlsplit(self.endpoint).hostname or self.endpoint
        return f"{self.source.repo} at {self.source.revision}, from {host}"

    def read(self, name: str, start: int = 0, size: int = LARGEST) -> bytes | None:
        """As in Place."""
        try:
            with urllib.request.urlopen(self._request(name, start, size), timeout=TIMEOUT_SECONDS) as answer:
                # A server that knows no ranges sends the file from its beginning.
                skipped = 0 if answer.status == http.HTTPStatus.PARTIAL_CONTENT else start
                return bytes(answer.read(skipped + size)[skipped:])
        except urllib.error.HTTPError as error:
            self._must_be_absent(error)
            return None
        except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
            raise NotReadError(f"{self} cannot be read: {getattr(error, 'reason', None) or error}") from error

    def _request(self, name: str, start: int, size: int) -> urllib.request.Request:
        revision = urllib.parse.quote(self.source.revision, safe="")
        address = f"{self.endpoint}/{self.source.repo}/resolve/{revision}/{urllib.parse.quote(name)}"
        if urllib.parse.urlsplit(address).scheme not in {"http", "https"}:
            raise ValueError(f"HF_ENDPOINT {self.endpoint} is no http or https address")
        request = urllib.request.Request(address, headers={"Range": f"bytes={start}-{start + size - 1}"})
        if self.token:
            # Not for the content network that large files are sent from.
            request.add_unredirected_header("Authorization", f"Bearer {self.token}")
        return request

    def _must_be_absent(self, error: urllib.error.HTTPError) -> None:
        """The repository is there and the file is not. Raises NotReadError for any other answer."""
        if error.code == http.HTTPStatus.NOT_FOUND and error.headers.get("X-Error-Code") == "EntryNotFound":
            return
        hint = "" if self.token else "; HF_TOKEN is not set"
        if error.code in {http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN, http.HTTPStatus.NOT_FOUND}:
            said = error.headers.get("X-Error-Message") or error.reason
            raise NotReadError(f"{self} cannot be read: {error.code} {said}{hint}")
        raise NotReadError(f"{self} cannot be read: the hub answers {error.code} {error.reason}")
