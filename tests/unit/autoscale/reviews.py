"""An API server for tests that only knows who may do what, and counts how often it is asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from kubernetes.aio.client import Configuration
from tests.ports import free_port

from modelserver_operator.cluster import Cluster, Login


class Reviews:
    """`allow`: users who may do everything. `asked`: the spec of every review."""

    def __init__(self, *allow: str) -> None:
        self.allow = set(allow)
        self.asked: list[dict[str, Any]] = []
        self.broken = False

    async def review(self, request: web.Request) -> web.Response:
        if self.broken:
            return web.json_response({"kind": "Status", "message": "etcd is away"}, status=500)
        spec = (await request.json())["spec"]
        self.asked.append(spec)
        allowed = spec["user"] in self.allow
        status = {"allowed": allowed} | ({} if allowed else {"reason": "no rule says so"})
        return web.json_response({"kind": "SubjectAccessReview", "status": status}, status=201)


@asynccontextmanager
async def reviewed(reviews: Reviews) -> AsyncIterator[Cluster]:
    """The operator's own client, before this API server."""
    application = web.Application()
    application.router.add_post("/apis/authorization.k8s.io/v1/subjectaccessreviews", reviews.review)
    runner, port = web.AppRunner(application), free_port()
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with Cluster(Login(Configuration(host=f"http://127.0.0.1:{port}")), deadline_seconds=10) as cluster:
        yield cluster
    await runner.cleanup()
