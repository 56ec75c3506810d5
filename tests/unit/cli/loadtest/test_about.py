"""What a server says of itself before the load."""

from __future__ import annotations

import asyncio
import ssl

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from modelserver_operator.cli.loadtest.wanted.about import About, AboutError, about
from modelserver_operator.cli.loadtest.wanted.way import Way


async def card(_: web.Request) -> web.Response:
    return web.json_response({"data": [{"id": "demo", "max_model_len": 64}]}, headers={"SERVER": "other 1"})


async def elsewhere(request: web.Request) -> web.Response:
    raise web.HTTPPermanentRedirect(f"https://models.example.com/team{request.path}")


def said(*, leads: bool = False) -> About:
    """By a server whose bare address leads elsewhere, as often, and its list of models where it `leads`, too. It has
    nothing else to ask for."""

    async def asked() -> About:
        app = web.Application()
        app.router.add_get("/", elsewhere)
        app.router.add_get("/v1/models", elsewhere if leads else card)
        async with TestServer(app) as server:
            return await about(Way(str(server.make_url("")).rstrip("/")), {})

    return asyncio.run(asked())


def test_models_and_version_are_told() -> None:
    assert said() == About("other 1", ("demo",), {"demo": 64})


async def test_what_speaks_no_tls_is_not_told_as_missing_rights() -> None:
    """The first number of TLS is the first of the system, too: EPERM."""
    async with TestServer(web.Application()) as server:
        url = f"https://127.0.0.1:{server.port}"
        with pytest.raises(AboutError, match=r"(?i)cannot be reached: .*(record layer|version)"):
            await about(Way(url, tls=ssl.create_default_context()), {})


def test_a_server_that_sends_its_callers_elsewhere_is_not_put_under_load() -> None:
    with pytest.raises(AboutError, match=r"redirects to https://models\.example\.com/team: give that URL"):
        said(leads=True)
