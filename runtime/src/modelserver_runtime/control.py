"""The control port: probes, statistics and metrics, in a thread of its own with a loop of its own.

The main loop may be busy for seconds (a huge body, a slow tokenizer); a kubelet that asks in that time must not
conclude that the server is dead.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket
from typing import Annotated

from fastapi import FastAPI, Query, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from modelserver_runtime.admission.drain import State
from modelserver_runtime.admission.health import Health
from modelserver_runtime.listen import http_server

Stats = Callable[[str], dict[str, object]]  # all of it, or the part of this name


def app(health: Health, registry: CollectorRegistry, stats: Stats) -> FastAPI:
    """The routes of the control port; they only read."""
    control = FastAPI(openapi_url=None)

    def probe(ok: bool) -> JSONResponse:
        return JSONResponse({"state": health.state}, status_code=200 if ok else 503)

    @control.get("/livez")
    async def livez() -> JSONResponse:
        return probe(health.alive)

    @control.get("/readyz")
    async def readyz() -> JSONResponse:
        return probe(health.ready)

    @control.get("/startupz")
    async def startupz() -> JSONResponse:
        return probe(health.lifecycle.state is not State.STARTING)  # the state's word may be that the loop is stuck

    @control.get("/stats")
    async def statistics(part: str = "") -> dict[str, object]:
        state = health.state
        return {"state": state, "why": health.why(state), **stats(part)}

    @control.get("/metrics")
    async def metrics(names: Annotated[list[str], Query(alias="name[]")] = []) -> Response:  # noqa: B006 - never changed
        # Who asks often asks for the few that it needs, as Prometheus' own clients take it: name[]=A&name[]=B.
        asked = registry.restricted_registry(names) if names else registry
        return Response(generate_latest(asked), media_type=CONTENT_TYPE_LATEST)

    return control


@contextmanager
def served(control: FastAPI, on: socket) -> Iterator[None]:
    """Answer on `on` until the block ends."""
    server = http_server(control, keep_alive_seconds=5)
    thread = threading.Thread(target=server.run, args=([on],), name="control", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
