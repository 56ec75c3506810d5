"""Which specs unfinished requests are steered by: how many may be brought, and which vectors they still name."""

from collections.abc import Iterator
from contextlib import contextmanager

from modelserver_runtime.refusals import Refusal, Refused
from modelserver_runtime.steering.spec import Spec

RETRY_SECONDS = 1  # a request of the demo model takes less, and nobody knows which mix will be free first


class Active:
    """Counts requests by spec. Lives in one event loop; the count may be read from any thread."""

    def __init__(self, most: int) -> None:
        """From `most` different specs on, no request may bring another."""
        self.most = most
        self._requests: dict[Spec, int] = {}

    def __len__(self) -> int:
        """How many different specs there are."""
        return len(self._requests)

    @contextmanager
    def held(self, spec: Spec | None, *, own: bool) -> Iterator[None]:
        """For as long as a request is not finished, waiting or running.

        own: the request brought it. What a name stands for is let in always, though it counts: no caller's mixes may
        keep a variant from answering, and a step has a row for each of its requests anyway.

        Raises:
            Refused: 429, as many other specs as are allowed are in use.
        """
        if spec is None:  # nothing is added: no row, no vector
            yield
            return
        if own and spec not in self._requests and len(self) >= self.most:
            raise Refused(_too_many(len(self), self.most))
        self._requests[spec] = self._requests.get(spec, 0) + 1
        try:
            yield
        finally:
            self._requests[spec] -= 1
            if not self._requests[spec]:
                del self._requests[spec]

    def names(self, digest: str) -> bool:
        """Whether a request that is not finished is steered by the vector of that digest."""
        return any(digest in spec.digests for spec in self._requests)


def _too_many(used: int, most: int) -> Refusal:
    message = (
        f"The requests in progress use {used} different mixes of emotions, and from {most} on none may bring another; "
        "try again later."
    )
    return Refusal(429, "too_many_mixes", message, retry_after=RETRY_SECONDS)
