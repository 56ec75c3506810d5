"""What lies on disk of the live part and the vectors, read so that it never is half of one state and half of another.

A mounted ConfigMap is swapped as a whole, a volume's files are not. The bytes of live.yaml are read once; the index
names the digest of each vector's file, so files of another state are found out. All of it blocks.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from modelserver_runtime.config import SCHEMA_VERSION, LiveConfig
from modelserver_runtime.config.yaml_file import ConfigError, live_part
from modelserver_runtime.emotions.mapping import InForce
from modelserver_runtime.emotions.strength import Strengths
from modelserver_runtime.live import checks
from modelserver_runtime.vectors import folder
from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.index import FILE_NAME, Index, read_index

SWAPS = 3  # looks at a folder whose index changes while it is read; the next one is some seconds later anyway


@dataclass(frozen=True)
class State:
    """What the files said: equal states are the same wish. text: of live.yaml, None where there is no live part."""

    text: bytes | None
    index: Index

    @property
    def live_sha256(self) -> str | None:
        """By which the live part is known outside."""
        return sha256(self.text)


@dataclass(frozen=True)
class Wanted:
    """A state that can be put in force, as soon as every worker has the bytes of its vectors.

    strengths: of the index's vectors, which themselves are not kept. fresh: the files' bytes of vectors that the
    workers have yet to take, by digest.
    """

    state: State
    in_force: InForce
    strengths: Strengths
    fresh: Mapping[str, bytes]


@dataclass
class Disk:
    """Where to look, and what has to fit what is there. live: None where there is no live part."""

    live: Path | None
    vectors: Path
    model: ModelIdentity
    base_names: tuple[str, ...]

    def text(self) -> bytes | None:
        """The bytes of live.yaml. Raises ConfigError."""
        if self.live is None:
            return None
        try:
            return self.live.read_bytes()
        except OSError as error:
            raise ConfigError(f"{self.live}: cannot be read: {error.strerror}") from error

    def wanted(self, text: bytes | None, known: Collection[str], good: Wanted | None) -> Wanted | None:
        """What `text` and the vectors ask for; None where that is `good`, which is in force.

        known: digests of vectors that all workers have.

        Raises:
            ConfigError: `text` cannot be put in force.
            VectorError: the vectors cannot be used.
        """
        index = read_index(self.vectors)
        if good and State(text, index) == good.state:
            return None
        config = self._parsed(text)
        index, strengths, fresh = self._vectors(index, known, good)
        in_force = self._checked(config, index, strengths)
        return Wanted(State(text, index), in_force, strengths, fresh)

    def _parsed(self, text: bytes | None) -> LiveConfig:
        if text is None or self.live is None:
            return LiveConfig(schemaVersion=SCHEMA_VERSION)
        return live_part(text, self.live)

    def _vectors(
        self, index: Index, known: Collection[str], good: Wanted | None
    ) -> tuple[Index, Strengths, dict[str, bytes]]:
        """The index, a newer one where it changed while its files were read, and what its vectors are."""
        for _ in range(SWAPS):
            if good and index == good.state.index:
                return index, good.strengths, {}
            try:
                return index, *self._files(index, known)
            except VectorError:
                was, index = index, read_index(self.vectors)
                if index == was:
                    raise
        raise VectorError(f"{self.vectors / FILE_NAME} changed again each time that its files were read")

    def _files(self, index: Index, known: Collection[str]) -> tuple[Strengths, dict[str, bytes]]:
        """All are read, those that the workers have too: how two add up can be seen in both of them only."""
        vectors, fresh = {}, {}
        for name, entry in index.vectors.items():
            data, vectors[name] = folder.read_one(self.vectors, name, entry, self.model)
            if entry.sha256 not in known:
                fresh[entry.sha256] = data
        return Strengths(vectors), fresh

    def _checked(self, config: LiveConfig, index: Index, strengths: Strengths) -> InForce:
        digests = {name: entry.sha256 for name, entry in index.vectors.items()}
        asked = checks.Asked(config.emotions, digests, self.base_names)
        if sentence := checks.complaint(asked) or checks.too_strong(asked, strengths):
            raise ConfigError(f"{self.live}: {sentence}")
        return checks.in_force(asked)


def sha256(text: bytes | None) -> str | None:
    """In hexadecimal digits; None of nothing."""
    return None if text is None else hashlib.sha256(text).hexdigest()
