"""What one worker knows of steering: its requests, its vectors, and the buffers that its layers read."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from modelserver_runtime.steering.rows import NOBODY, Row, Rows
from modelserver_runtime.steering.spec import EXTRA_ARG, Spec
from modelserver_runtime.steering.store import Store
from modelserver_runtime.steering.table import Table

log = logging.getLogger(__name__)
Integers = NDArray[np.signedinteger[Any]]


class Steered(NamedTuple):
    """A request that the worker knows: its row, and the position of its first steered token for all its life."""

    row: Row
    first: int


class Steering:
    """One worker's. Nothing here raises in a step: it would end the engine."""

    def __init__(self, store: Store, table: Table) -> None:
        self.store = store
        self.table = table
        self._rows = Rows(table.deltas.shape[1])
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
        """As the store's; a vector that is wanted again is not dropped later."""
        self._unwanted.discard(digest)
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
        count = len(requests)
        steered = [self._requests.get(request) for request in requests]
        for row in self._rows.place(each.row for each in steered if each):
            self.table.write(row.number, self.store.sum(row.terms))
        numbers = np.fromiter((each.row.number if each else NOBODY for each in steered), np.int32, count)
        if not numbers.any():
            self.table.clear()
            return
        first = np.fromiter((each.first if each else 0 for each in steered), np.int64, count)
        self.table.set(_by_token(numbers, first, scheduled[:count], computed[:count]))

    def proven(self, problem: Callable[[Table], str | None]) -> str | None:
        """What `problem` says of the table, which it may use as it likes; asked once, and remembered."""
        if self._proof is None:
            self._rows.forget_all()
            self._proof = (problem(self.table),)
        return self._proof[0]

    def _drop_unwanted(self) -> None:
        named = {term.digest for each in self._requests.values() for term in each.row.terms}
        self.store.drop(self._unwanted - named)
        self._unwanted &= named


def asked(params: Any) -> Spec | None:
    """What a request's SamplingParams ask for; a text that is no spec, which the front end never writes, is none."""
    extra: Mapping[str, Any] = getattr(params, "extra_args", None) or {}
    try:
        return Spec.parse(extra[EXTRA_ARG]) if EXTRA_ARG in extra else None
    except (AttributeError, ValueError):
        log.error("A request's %s is no spec, and is left out", EXTRA_ARG)
        return None


def _by_token(rows: NDArray[np.int32], first: Integers, scheduled: Integers, computed: Integers) -> NDArray[np.int32]:
    """Each request's row for each of its tokens, from its first steered position on."""
    by_token = np.repeat(rows, scheduled)
    for index in np.nonzero(first > computed)[0]:  # seldom: only while its prompt is (again) computed
        begin = int(scheduled[:index].sum())
        unsteered = min(int(scheduled[index]), int(first[index] - computed[index]))
        by_token[begin : begin + unsteered] = NOBODY
    return by_token
