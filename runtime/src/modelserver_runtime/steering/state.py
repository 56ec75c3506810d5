"""What one worker knows of steering: its requests, its vectors, and the buffers that its layers read."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from modelserver_runtime.steering.asked import asked
from modelserver_runtime.steering.rows import NOBODY, Row, Rows
from modelserver_runtime.steering.store import Store
from modelserver_runtime.vectors.vector import Floats

Integers = NDArray[np.signedinteger[Any]]


class Buffers(Protocol):
    """What layers read in a step (`table.Table`, which needs torch)."""

    def write(self, row: int, delta: Floats) -> None: ...
    def set(self, rows: NDArray[np.int32]) -> None: ...
    def clear(self) -> None: ...


B = TypeVar("B", bound=Buffers)


class Steered(NamedTuple):
    """A request that the worker knows: its row, and the position of its first steered token for all its life."""

    row: Row
    first: int


class Steering(Generic[B]):
    """One worker's, with a table of `rows` rows. Nothing here raises in a step: it would end the engine."""

    def __init__(self, store: Store, table: B, rows: int) -> None:
        self.store = store
        self.table = table
        self.rows = rows
        self._rows = Rows(rows)
        self._requests: dict[str, Steered] = {}
        self._unwanted: set[str] = set()
        self._proof: tuple[str | None] | None = None

    def add(self, request: str, params: Any, prompt_tokens: int) -> None:
        """A request whose tokens will come in steps; `params` are vLLM's SamplingParams, or None."""
        self.remove(request)
        spec = asked(params)
        if spec is not None:
            self._requests[request] = Steered(self._rows.of(spec.terms), spec.first_steered(prompt_tokens))

    def remove(self, request: str) -> None:
        """It has ended, or never was."""
        if self._requests.pop(request, None) and self._unwanted:
            self._drop_unwanted()

    def commit(self, digest: str) -> int:
        """As the store's; what is wanted again is not dropped later, and no row stays that was written without it."""
        self._unwanted.discard(digest)
        self._rows.forget(lambda terms: any(term.digest == digest for term in terms))
        return self.store.commit(digest)

    def forget(self, digests: Iterable[str]) -> None:
        """Drop vectors, each when the last request that names it has ended: a preempted one needs it again."""
        self._unwanted.update(digests)
        self._drop_unwanted()

    def prepare(self, requests: Sequence[str], scheduled: Integers, computed: Integers) -> None:
        """Write the row of each token of the next step.

        requests: in the order of their tokens. scheduled: how many tokens of each. computed: how many came before.
        """
        if not self._requests:
            self.table.clear()
            return
        steered = [self._requests.get(request) for request in requests]
        for row in self._rows.place([each.row for each in steered if each]):
            self.table.write(row.number, self.store.sum(row.terms))
        numbers = np.array([each.row.number if each else NOBODY for each in steered], np.int32)
        if not numbers.any():
            self.table.clear()
            return
        by_token = np.repeat(numbers, scheduled[: len(steered)])
        first = np.array([each.first if each else 0 for each in steered])
        for index in np.nonzero(first > computed[: len(steered)])[0]:  # seldom: only while its prompt is computed
            begin = int(scheduled[:index].sum())
            unsteered = min(int(scheduled[index]), int(first[index] - computed[index]))
            by_token[begin : begin + unsteered] = NOBODY
        self.table.set(by_token)

    def proven(self, problem: Callable[[B], str | None]) -> str | None:
        """What `problem` says of the table, which it may use as it likes; asked once, and remembered."""
        if self._proof is None:
            self._rows.forget(lambda _: True)
            self._proof = (problem(self.table),)
        return self._proof[0]

    def _drop_unwanted(self) -> None:
        named = {term.digest for each in self._requests.values() for term in each.row.terms}
        self.store.drop(self._unwanted - named)
        self._unwanted &= named
