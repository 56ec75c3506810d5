"""The vectors that one worker holds, by the digest of their files' bytes: staged in pieces, checked, then committed."""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from modelserver_runtime.steering.spec import Term
from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.vector import Floats, Vector


class Store:
    """Vectors for a model of `layers` × `hidden_size`, of which this worker computes the layers `mine`."""

    def __init__(self, layers: int, hidden_size: int, mine: Sequence[int]) -> None:
        self.shape = (layers, hidden_size)
        self._mine = mine
        self._staged: dict[str, bytearray] = {}
        self._held: dict[str, Floats] = {}

    @property
    def held(self) -> list[str]:
        """The digests of what has been committed."""
        return sorted(self._held)

    def stage(self, digest: str, offset: int, piece: bytes) -> None:
        """Take the next piece of a file; offset 0 begins it anew.

        Raises:
            VectorError: a piece is missing before this one.
        """
        staged = self._staged.setdefault(digest, bytearray())
        if offset == 0:
            staged.clear()
        if offset != len(staged):
            raise VectorError(f"a vector's bytes come in order: {len(staged)} are here, and this piece is for {offset}")
        staged += piece

    def commit(self, digest: str) -> int:
        """Hold what was staged from now on; returns how many bytes it takes here.

        Raises:
            VectorError: the bytes have another digest, are no vector, or one for another model.
        """
        if digest not in self._held:
            self._held[digest] = self._checked(digest, bytes(self._staged.pop(digest, b"")))
        self._staged.pop(digest, None)
        return self._held[digest].nbytes

    def drop(self, digests: Iterable[str]) -> None:
        """Hold them no longer."""
        for digest in digests:
            self._staged.pop(digest, None)
            self._held.pop(digest, None)

    def sum(self, terms: Iterable[Term]) -> Floats:
        """What `terms` add after each of this worker's layers: (layers, hidden size).

        A vector that is not held adds nothing: only a request that was given up can still name one.
        """
        total = np.zeros((len(self._mine), self.shape[1]), np.float32)
        for digest, hundredths in terms:
            if digest in self._held:
                total += np.float32(hundredths / 100) * self._held[digest]
        return total

    def _checked(self, digest: str, data: bytes) -> Floats:
        found = hashlib.sha256(data).hexdigest()
        if found != digest:
            raise VectorError(f"{len(data)} bytes were staged as {digest}, and their SHA-256 is {found}")
        vector = Vector.from_bytes(data, digest)
        if vector.direction.shape != self.shape:
            raise VectorError(
                f"vector {vector.description.name!r} is for {vector.direction.shape[0]} layers of width "
                f"{vector.direction.shape[1]}, and the engine's model has {self.shape[0]} of width {self.shape[1]}"
            )
        return np.stack([vector.delta(layer, 1.0) for layer in self._mine])
