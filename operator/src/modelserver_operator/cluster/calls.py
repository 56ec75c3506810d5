"""How the API server is asked: one login, a deadline for every call, and every error as one of ours."""

import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import TypeAlias

import aiohttp
from kubernetes.aio.client.exceptions import ApiException

from modelserver_operator.cluster import errors, watching
from modelserver_operator.cluster.kinds import Manifest
from modelserver_operator.cluster.login import Login, LoginError

# What calls are counted as, and HTTP's word for it; the rest is HTTP's own.
METHODS: Mapping[str, str] = {"LIST": "GET", "APPLY": "PATCH"}
READS = ("GET", "LIST")

Query: TypeAlias = Sequence[tuple[str, str]]  # a name may stand in it several times


class Calls:
    """Calls on raw paths; `may_write` and `answered` are as Cluster has them."""

    def __init__(
        self,
        login: Login,
        deadline_seconds: float,
        may_write: Callable[[], bool],
        answered: Callable[[str, int], None],
    ) -> None:
        self._login = login
        self._client = login.client()
        self._watches: aiohttp.ClientSession | None = None
        self._timeout = aiohttp.ClientTimeout(total=deadline_seconds)
        self._may_write = may_write
        self._answered = answered

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()  # type: ignore[no-untyped-call]
        if self._watches:
            await self._watches.close()

    async def watch(self, path: str, query: dict[str, str]) -> AsyncGenerator[watching.Event, None]:
        """The events of one watch. Raises as Cluster.watch says."""
        if self._watches is None:  # the other calls' connections are few; a watch keeps its own for long
            self._watches = self._login.session(self._answered)
        async with (
            self._sorted(watching.SILENT_SECONDS),
            aclosing(watching.events(self._watches, self._login.server + path, query)) as events,
        ):
            async for event in events:
                yield event

    async def call(
        self,
        verb: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Manifest | None = None,
        content: str = "application/json",
    ) -> Manifest:
        """The answer. verb: HTTP's, or one of METHODS."""
        answer = await self._counted(verb, path, list((query or {}).items()), body, content)
        if not isinstance(answer, dict):
            raise errors.Unavailable(f"{self._login.server} does not answer like a Kubernetes API server")
        return answer

    async def text(self, path: str, query: Query) -> str:
        """What is answered to a GET in some text/..., as it stands."""
        answer = await self._counted("GET", path, query, None, "application/json")
        if not isinstance(answer, str):
            raise errors.Unavailable(f"{self._login.server} does not answer with text")
        return answer

    async def _counted(self, verb: str, path: str, query: Query, body: Manifest | None, content: str) -> object:
        if verb not in READS and not self._may_write():
            raise errors.NotLeading(f"{verb} {path} was not sent: another replica may lead by now")
        try:
            status, answer = await self._ask(METHODS.get(verb, verb), path, query, body, content)
        except errors.ClusterError as error:
            self._answered(verb, error.status)
            raise
        self._answered(verb, status)
        return answer

    async def _ask(
        self, method: str, path: str, query: Query, body: Manifest | None, content: str
    ) -> tuple[int, object]:
        """HTTP status and answer: what its JSON says, or text as it stands."""
        async with self._sorted(self._timeout.total or 0):
            return await self._send(method, path, query, body, content)

    @asynccontextmanager
    async def _sorted(self, seconds: float) -> AsyncIterator[None]:
        """Every error as one of ours. seconds: after which there is a TimeoutError."""
        try:
            yield
        except ApiException as error:
            if error.status == 401:
                await self._refresh()
            raise errors.from_http(error) from error
        except TimeoutError as error:
            raise errors.Unavailable(f"no answer from {self._login.server} in {seconds:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise errors.Unavailable(f"cannot reach {self._login.server}: {_why(error)}") from error

    async def _send(
        self, method: str, path: str, query: Query, body: Manifest | None, content: str
    ) -> tuple[int, object]:
        serialized = await self._client.param_serialize(
            method,
            path,
            query_params=list(query),
            header_params={"Accept": "application/json", "Content-Type": content},
            body=body,
            auth_settings=["BearerToken"],
        )
        response = await self._client.call_api(*serialized, _request_timeout=self._timeout)
        await response.read()  # type: ignore[no-untyped-call]
        return int(response.status), self._client.response_deserialize(response, {"2XX": "object"}).data

    async def _refresh(self) -> None:
        try:
            await self._login.refresh()
        except LoginError as error:
            raise errors.Unavailable(str(error), status=401) from error


def _why(error: Exception) -> str:
    """The system's own word for a connection that could not be made; aiohttp's repeats the address."""
    number = error.errno if isinstance(error, aiohttp.ClientConnectorError) else None
    return os.strerror(number) if number and number > 0 else str(error)  # below 0: a name that is not known
