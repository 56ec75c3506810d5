"""What kopf asks the API server for, looked at on its way: when watches begin, and when a kind is gone.

Nothing is made of the objects that kopf lists before it watches, so it is given none: a list of a thousand objects of
each kind, all of them at once in its memory, would cost four times what the operator needs otherwise.
"""

import asyncio
from collections.abc import Callable, Iterable

import aiohttp

from modelserver_operator.cluster import Kind

NO_OBJECT = "metadata.name=-"  # a field selector: no object is called so; the list has its resourceVersion all the same


class Streams:
    """The watches under way.

    `begun` is set when every kind of `expected` is watched, in each scope. `relisted` hears that a watch began anew:
    what happened before was no event to it. `missing` hears of an optional kind that the API server does not know.
    """

    def __init__(
        self,
        *,
        expected: Iterable[str],
        optional: Iterable[Kind],
        relisted: Callable[[], None],
        missing: Callable[[Kind], None],
    ) -> None:
        self.begun = asyncio.Event()
        self._expected = set(expected)
        self._paths = frozenset(self._expected)
        self._optional = tuple(optional)
        self._relisted = relisted
        self._missing = missing
        self._listed: set[str] = set()

    async def middleware(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Take note of a request and its answer. Raises ClientConnectionError where an optional kind is not served."""
        path, watched = request.url.path, "watch" in request.url.query
        if not watched and (path in self._paths or self._optional_kind(path)):
            request.url = request.url.update_query(fieldSelector=NO_OBJECT)
        response = await handler(request)
        if response.status == 404 and (kind := self._optional_kind(path)):
            response.close()
            self._missing(kind)
            # kopf would end the process for a 404; for this it tries again, until it is told not to.
            raise aiohttp.ClientConnectionError(f"{kind.plural} are not served")
        if response.ok:
            self._note(path, watched=watched)
        return response

    def _note(self, path: str, *, watched: bool) -> None:
        if not watched:
            self._listed.add(path)
        elif path in self._listed:
            self._listed.discard(path)
            self._expected.discard(path)
            self._relisted()
        if not self._expected:
            self.begun.set()

    def _optional_kind(self, path: str) -> Kind | None:
        """Two may be of one group and version."""
        for kind in self._optional:
            if path.startswith(f"/apis/{kind.api_version}/") and path.endswith(f"/{kind.plural}"):
                return kind
        return None
