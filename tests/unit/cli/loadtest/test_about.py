"""What a server says of itself before the load."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from modelserver_operator.cli.loadtest.wanted.about import About, AboutError, about
from modelserver_operator.cli.loadtest.wanted.way import Way

PATH = "/v1/chat/completions"


async def card(_: web.Request) -> web.Response:
    return web.json_response({"data": [{"id": "demo", "max_model_len": 64}]}, headers={"SERVER": "other 1"})


async def elsewhere(request: web.Request) -> web.Response:
    raise web.HTTPPermanentRedirect(f"https://models.example.com/team{request.path}")


def said(*leading: str) -> About:
    """By a server of which routes lead elsewhere: those that are `leading`, and its bare address, as often."""

    async def asked() -> About:
        app = web.Application()
        app.router.add_get("/", elsewhere)
        app.router.add_get("/v1/models", elsewhere if "models" in leading else card)
        app.router.add_post(PATH, elsewhere if "chat" in leading else card)
        async with TestServer(app) as server:
            return await about(Way(str(server.make_url("")).rstrip("/")), {}, PATH)

    return asyncio.run(asked())


def test_models_and_version_are_told() -> None:
    assert said() == About("other 1", ("demo",), {"demo": 64})


@pytest.mark.parametrize("route", ["models", "chat"])
def test_a_server_that_sends_its_callers_elsewhere_is_not_put_under_load(route: str) -> None:
    with pytest.raises(AboutError, match=r"redirects to https://models\.example\.com/team: give that URL"):
        said(route)
