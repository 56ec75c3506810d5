"""What becomes of kopf's requests on their way, shown with a server that says what has reached it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from modelserver_operator.cluster import HTTP_ROUTE, POD, PROMETHEUS_RULE, SERVICE, SERVICE_MONITOR, Kind
from modelserver_operator.streams import NO_OBJECT, Streams

OPTIONAL = (HTTP_ROUTE, SERVICE_MONITOR, PROMETHEUS_RULE)  # the last two are of one group


class Heard:
    """What the streams have told."""

    def __init__(self) -> None:
        self.relisted = 0
        self.missing: list[Kind] = []
        self.streams = Streams(
            expected=[POD.path(), SERVICE.path("team")],
            optional=OPTIONAL,
            relisted=self._relisted,
            missing=self.missing.append,
        )

    def _relisted(self) -> None:
        self.relisted += 1


Ask = Callable[..., "aiohttp.client._RequestContextManager"]


@asynccontextmanager
async def asking(heard: Heard) -> AsyncIterator[tuple[Ask, list[dict[str, str]]]]:
    """How kopf asks, and the queries that arrive."""
    arrived: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        arrived.append(dict(request.query))
        return web.json_response({}, status=404 if request.path in {kind.path() for kind in OPTIONAL} else 200)

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    async with (
        TestServer(application) as server,
        aiohttp.ClientSession(server.make_url("/"), middlewares=(heard.streams.middleware,)) as session,
    ):
        yield session.get, arrived


async def test_lists_are_empty_and_watches_are_whole() -> None:
    """A list of all objects of each kind, at once in memory, is what nobody reads."""
    heard = Heard()
    async with asking(heard) as (ask, arrived):
        await ask(POD.path(), params={"labelSelector": "a=b"})
        await ask(POD.path(), params={"labelSelector": "a=b", "watch": "true"})
        await ask("/apis/apps/v1")
    assert arrived == [
        {"labelSelector": "a=b", "fieldSelector": NO_OBJECT},
        {"labelSelector": "a=b", "watch": "true"},
        {},
    ]


async def test_all_have_begun_when_each_was_listed_and_watched() -> None:
    heard = Heard()
    async with asking(heard) as (ask, _):
        for path in (POD.path(), SERVICE.path("team")):
            assert not heard.streams.begun.is_set()
            await ask(path)
            assert not heard.streams.begun.is_set()
            await ask(path, params={"watch": "true"})
        assert heard.streams.begun.is_set()
        assert heard.relisted == 2
        await ask(POD.path(), params={"watch": "true"})
        assert heard.relisted == 2, "a watch that goes on has missed nothing"
        await ask(POD.path())
        await ask(POD.path(), params={"watch": "true"})
    assert heard.relisted == 3


@pytest.mark.parametrize("kind", OPTIONAL, ids=lambda kind: kind.plural)
async def test_an_optional_kind_that_is_not_served_is_no_404(kind: Kind) -> None:
    """Which would end kopf."""
    heard = Heard()
    async with asking(heard) as (ask, _):
        with pytest.raises(aiohttp.ClientConnectionError, match=f"{kind.plural} are not served"):
            await ask(kind.path())
    assert heard.missing == [kind]
