"""How the watches end: with what they have failed with, though kopf cancels whatever runs beside it meanwhile."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from kopf._cogs.clients.errors import APINotFoundError
from kubernetes.aio.client import Configuration

from modelserver_operator import watch
from modelserver_operator.cluster import Kind, Login
from modelserver_operator.streams import Streams
from modelserver_operator.users import Users
from modelserver_operator.watch import informer


@pytest.fixture
async def login() -> AsyncIterator[Login]:
    """To a server that has nothing of an API server: a watch whose answer is 404 ends kopf, too."""

    async def refuse(_: web.Request) -> web.Response:
        return web.json_response({"kind": "Status", "code": 404, "message": "not found"}, status=404)

    application = web.Application()
    application.router.add_get("/{path:.*}", refuse)
    async with TestServer(application) as server:
        configuration = Configuration()
        configuration.host = str(server.make_url("")).rstrip("/")
        yield Login(configuration)


async def no_optional_kinds() -> AsyncIterator[frozenset[Kind]]:
    yield frozenset()
    await asyncio.Event().wait()


async def test_what_kopf_has_failed_with_is_raised_and_no_cancellation(
    login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits five seconds for the tasks that were begun after it, ours among them, and cancels them then."""
    monkeypatch.setattr(informer, "FAILED_SECONDS", 120)  # it ends five seconds later, on an idle machine
    # kopf leaves tasks behind that asked what the cluster serves. What they failed with would be logged when they are
    # collected, in whatever test runs then.
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    with pytest.raises(APINotFoundError):
        await watch.run(
            login,
            watch.Listeners(lambda _: None, lambda _: None, lambda *_: None),
            Users(),
            Streams(expected=(), optional=(), relisted=lambda: None, missing=lambda _: None),
            no_optional_kinds(),
            namespaces=[],
            stop=asyncio.Event(),
            started=lambda: None,
        )


async def test_a_kopf_that_does_not_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of its tasks may ignore that it is cancelled."""
    monkeypatch.setattr(informer, "FAILED_SECONDS", 0)
    task = asyncio.create_task(asyncio.sleep(3600))
    with pytest.raises(RuntimeError, match="kopf does not end"):
        await informer._either(task, cancelled())
    assert not task.done()
    task.cancel()
    await asyncio.wait({task})


async def cancelled() -> None:
    """As kopf does to what was begun after it."""
    raise asyncio.CancelledError
