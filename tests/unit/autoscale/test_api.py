"""The metrics API put together, before an API server that refuses, changes its certificates and loses what it had."""

import asyncio
import base64
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from kubernetes.aio.client import Configuration
from tests.ports import free_port
from tests.unit.autoscale.pki import ClientAuthority, client_context
from tests.unit.autoscale.served import NAME, SNI, Loads

from modelserver_operator.autoscale import api
from modelserver_operator.autoscale.api import MetricsApi, Place
from modelserver_operator.autoscale.registration import NAMES, Registered
from modelserver_operator.cluster import Cluster, Login
from modelserver_operator.resolve.facts import MetricsApi as Api

PATIENCE_SECONDS = 60
SERVICE = {"namespace": "platform", "name": "metrics"}


@dataclass
class ApiServer:
    """One ConfigMap and two APIServices. refuses: paths to which it answers 403. lacks: APIServices that are gone.
    away: whether it answers nothing else than that it is overloaded.
    changes: whether somebody else has always changed an APIService since it was read."""

    authority: str
    refuses: set[str] = field(default_factory=set)
    lacks: set[str] = field(default_factory=set)
    changes: bool = False
    away: bool = False
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.services = {name: _api_service(name) for name in NAMES}
        self.news = asyncio.Condition()

    async def answer(self, request: web.Request) -> web.Response:
        answer = await self._answer(request)
        async with self.news:
            self.asked.append(f"{request.method} {request.path}")
            self.news.notify_all()
        return answer

    async def _answer(self, request: web.Request) -> web.Response:
        kind, name = request.path.split("/")[-2:]
        if self.away:
            return web.json_response({"kind": "Status", "message": "it is overloaded"}, status=503)
        if kind in self.refuses:
            return web.json_response({"kind": "Status", "message": f"no right to {kind}"}, status=403)
        if kind == "configmaps":
            return web.json_response(_config_map(self.authority))
        if name in self.lacks:
            return web.json_response({"kind": "Status", "message": f"no {name}"}, status=404)
        if request.method == "PATCH" and self.changes:
            return web.json_response({"kind": "Status", "message": "it was modified", "reason": "Conflict"}, status=409)
        if request.method == "PATCH":
            self.services[name]["spec"] |= (await request.json())["spec"]
        return web.json_response(self.services[name])

    def bundle(self) -> bytes:
        """What one of the APIServices trusts."""
        return base64.b64decode(self.services[NAMES[0]]["spec"].get("caBundle", ""))


def _api_service(name: str) -> dict[str, Any]:
    metadata = {"name": name, "uid": name, "resourceVersion": "1"}
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": metadata,
        "spec": {"service": SERVICE},
    }


def _config_map(authority: str) -> dict[str, Any]:
    data = {"requestheader-client-ca-file": authority, "requestheader-username-headers": json.dumps(["X-Remote-User"])}
    data["requestheader-group-headers"] = json.dumps(["X-Remote-Group"])
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}, "data": data}


@dataclass
class Running:
    server: ApiServer
    api: MetricsApi
    port: int
    proxy: ClientAuthority

    async def get(self, certificate: Path) -> int:
        """The status of an answer; 0: no connection, or none that is trusted."""
        context = client_context(self.server.bundle() or self.proxy.certificate.encode(), certificate)
        headers = {"X-Remote-User": "a", "X-Remote-Group": "system:masters"}
        async with httpx.AsyncClient(verify=context, headers=headers) as client:
            try:
                return (await client.get(f"https://127.0.0.1:{self.port}/apis", extensions=SNI)).status_code
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                return 0

    async def until(self, probe: Callable[[], bool]) -> None:
        """Look again whenever the API server was asked for something."""
        async with asyncio.timeout(PATIENCE_SECONDS), self.server.news:
            await self.server.news.wait_for(probe)

    async def until_answered(self, certificate: Path) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self.server.news:
            while await self.get(certificate) != 200:
                await self.server.news.wait()

    async def looks(self, of: str) -> None:
        """Wait until the API server was asked for it four more times: of two APIServices, a whole look is over."""
        before = len(self.server.asked)
        await self.until(lambda: len([each for each in self.server.asked[before:] if of in each]) >= 4)


@asynccontextmanager
async def running(
    server: ApiServer, proxy: ClientAuthority, now: Callable[[], float] = time.monotonic
) -> AsyncIterator[Running]:
    application, port, own = web.Application(), free_port(), free_port()
    application.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with Cluster(Login(Configuration(host=f"http://127.0.0.1:{port}")), deadline_seconds=10) as cluster:
        made = MetricsApi(cluster, Loads(), Place(own, "platform", "metrics", 3600), now=now)
        task = asyncio.create_task(made.run())
        yield Running(server, made, own, proxy)
        assert not task.done(), task
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await runner.cleanup()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REGISTERED_SECONDS", "RETRY_SECONDS"):
        monkeypatch.setattr(api, name, 0.02)
    monkeypatch.setattr(api, "TRUST_TURNS", 1)


@pytest.fixture
def proxy(tmp_path: Path) -> ClientAuthority:
    return ClientAuthority(tmp_path)


async def test_it_is_trusted_and_serves(proxy: ClientAuthority) -> None:
    async with running(ApiServer(proxy.certificate), proxy) as it:
        await it.until_answered(proxy.client("any"))
        await it.until(lambda: it.api.registered.api is Api.OURS)
        await it.until(lambda: len(it.server.asked) > 20)
        assert len([each for each in it.server.asked if each.startswith("PATCH")]) == 2, "one for each, and no more"
        assert NAME == "metrics.platform.svc"


async def test_without_a_right_it_says_so_once_and_goes_on_trying(
    proxy: ClientAuthority, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING)
    async with running(ApiServer(proxy.certificate, {"configmaps", "apiservices"}), proxy) as it:
        await it.looks("configmaps")
        await it.looks("apiservices")
        assert it.api.is_awaited
        assert not it.api.looked.is_set(), "an API server that has just begun may refuse what it allows soon"
        monkeypatch.setattr(api, "SURE_SECONDS", 0.0)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await it.api.looked.wait()
        assert it.api.registered == Registered()
        said = [record.getMessage() for record in caplog.records]
        assert len(said) == 2, said
        assert {each.rpartition(": ")[2] for each in said} == {"no right to configmaps", "no right to apiservices"}
        it.server.refuses = {"apiservices"}
        await it.looks("apiservices")
        assert it.api.is_awaited, "no caBundle has its certificate"
        it.server.refuses = set()
        await it.until_answered(proxy.client("any"))
        await it.until(lambda: it.api.registered.api is Api.OURS)
        await it.until(lambda: not it.api.is_awaited)
        it.server.refuses = {"configmaps", "apiservices"}
        await it.looks("apiservices")
        assert not it.api.is_awaited, "what it has begun it goes on with"


async def test_it_is_awaited_while_another_replica_adds_its_own(proxy: ClientAuthority) -> None:
    async with running(ApiServer(proxy.certificate, changes=True), proxy) as it:
        await it.looks("apiservices")
        assert it.api.is_awaited
        it.server.changes = False
        await it.until(lambda: not it.api.is_awaited)
        assert it.server.bundle()


async def test_a_new_authority_of_the_front_proxy_is_learnt(proxy: ClientAuthority, tmp_path: Path) -> None:
    new = ClientAuthority(tmp_path, "new")
    async with running(ApiServer(proxy.certificate), proxy) as it:
        await it.until_answered(proxy.client("any"))
        it.server.authority = new.certificate
        await it.until_answered(new.client("any"))
        assert await it.get(proxy.client("any")) == 0
        it.server.authority = "rubbish"
        await it.looks("configmaps")
        assert await it.get(new.client("any")) == 200, "what was learnt holds"


async def test_who_serves_it_is_told_when_it_changes(proxy: ClientAuthority) -> None:
    server = ApiServer(proxy.certificate)
    server.services[NAMES[1]]["spec"] = {"service": {"namespace": "monitoring", "name": "adapter"}}
    async with running(server, proxy) as it:
        await it.until(lambda: it.api.registered.api is Api.FOREIGN)
        assert it.api.registered.holder == "monitoring/adapter"
        await it.looks("apiservices")
        assert not [each for each in it.server.asked if each.startswith("PATCH")], "neither is touched"
        assert not it.api.is_awaited
        server.services[NAMES[1]]["spec"] = {"service": SERVICE}
        await it.until_answered(proxy.client("any"))
        await it.until(lambda: it.api.registered.api is Api.OURS)
        server.services[NAMES[0]]["spec"] = {}
        await it.until(lambda: it.api.registered.holder == "the API server itself")


@pytest.mark.parametrize("gone", [NAMES, NAMES[:1]])
async def test_that_nobody_serves_it_is_believed_when_it_lasts(
    proxy: ClientAuthority, gone: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ModelServer that has left this source does not come back to it by itself."""
    server = ApiServer(proxy.certificate)
    async with running(server, proxy) as it:
        await it.until(lambda: it.api.registered.api is Api.OURS)
        server.lacks = set(gone)
        await it.looks("apiservices")
        assert it.api.registered.api is Api.OURS
        server.lacks = set()
        await it.looks("apiservices")
        monkeypatch.setattr(api, "SURE_SECONDS", 0.1)
        server.lacks = set(gone)
        await it.until(lambda: it.api.registered.api is Api.ABSENT)
        server.lacks = set()
        await it.until(lambda: it.api.registered.api is Api.OURS)


async def test_what_was_not_seen_at_every_look_has_not_lasted(proxy: ClientAuthority) -> None:
    """An uninstall before and one after the API server was away, of a control plane that is replaced, are not one."""
    server, clock = ApiServer(proxy.certificate), [0.0]
    async with running(server, proxy, lambda: clock[0]) as it:
        await it.until(lambda: it.api.registered.api is Api.OURS)
        server.lacks = set(NAMES)
        await it.looks("apiservices")
        server.away = True
        await it.looks("apiservices")
        clock[0] += api.SURE_SECONDS
        server.away = False
        await it.looks("apiservices")
        assert it.api.registered.api is Api.OURS
        clock[0] += api.SURE_SECONDS
        await it.until(lambda: it.api.registered.api is Api.ABSENT)


async def test_at_first_it_is_the_one_who_was_told_to_serve_it(proxy: ClientAuthority) -> None:
    """The APIServices of an installation may be made after its operator has begun."""
    async with running(ApiServer(proxy.certificate, lacks=set(NAMES)), proxy) as it:
        await it.looks("apiservices")
        assert it.api.looked.is_set()
        assert it.api.registered.api is Api.OURS


def _path(name: str) -> str:
    return f"/apis/apiregistration.k8s.io/v1/apiservices/{name}"
