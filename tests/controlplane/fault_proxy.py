"""Between the operator and the API server: hands everything on, and makes go wrong what a test asks for.

It listens without TLS on a port of this machine and adds no rights: who asks is in the Authorization header.
"""

import asyncio
import json
import ssl
import threading
import time
from base64 import b64decode
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import yaml
from aiohttp import web
from tests.controlplane.kube import Manifest
from yarl import URL

Result = TypeVar("Result")

LOST = 0  # the status of an answer that was not handed on
LONGEST_EVENT = 2**22  # bytes
ON = ("Accept", "Authorization", "Content-Type", "User-Agent")  # what is handed on of a request's headers
BACK = ("Content-Type", "Retry-After")


@dataclass(frozen=True)
class Asked:
    """A request: `verb` is HTTP's, or WATCH. `forwarded`: the API server has answered it, with `status`.

    at: when it was answered, in seconds of the monotonic clock.
    """

    verb: str
    path: str
    status: int
    forwarded: bool
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Fault:
    """What becomes of a request: `status` without asking the API server, or LOST: asked, and no answer handed on."""

    verb: str
    path_end: str
    status: int
    headers: dict[str, str]


class FaultProxy:
    """A reverse proxy in a thread of its own. Faults are for one request each, and for paths that end so."""

    def __init__(self, account: Path) -> None:
        """account: a kubeconfig, whose API server this stands before."""
        self.asked: list[Asked] = []
        self.swallowed: list[Manifest] = []
        self._config = yaml.safe_load(account.read_text())
        self._upstream = self._config["clusters"][0]["cluster"]
        self._faults: list[Fault] = []
        self._muted: set[tuple[str, str, str]] = set()
        self._streams: dict[web.StreamResponse, web.Request] = {}
        self._loop = asyncio.new_event_loop()
        self.port = 0

    @contextmanager
    def running(self) -> Iterator["FaultProxy"]:
        """Listens, on `port`."""
        thread = threading.Thread(target=self._loop.run_forever)
        thread.start()
        try:
            self._do(self._start())
            yield self
        finally:
            self._do(self._stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()

    def kubeconfig(self, folder: Path) -> Path:
        """The account's kubeconfig, with the proxy as its API server."""
        cluster = {"name": self._config["clusters"][0]["name"], "cluster": {"server": f"http://127.0.0.1:{self.port}"}}
        file = folder / "proxied.kubeconfig"
        file.write_text(yaml.safe_dump(self._config | {"clusters": [cluster]}))
        return file

    def answer(self, verb: str, path_end: str, status: int, **headers: str) -> None:
        """The next such request is answered so, and the API server hears nothing of it."""
        self._faults.append(Fault(verb, path_end, status, headers))

    def lose_answer(self, verb: str, path_end: str) -> None:
        """The next such request is carried out, and its connection is closed instead of an answer."""
        self._faults.append(Fault(verb, path_end, LOST, {}))

    def swallow(self, path_end: str, event: str, name: str) -> None:
        """No watch is told of such an event of this object any more."""
        self._muted.add((path_end, event, name))

    def inject(self, path_end: str, event: Manifest) -> int:
        """Put an event into the watches under way; into how many."""
        return self._do(self._inject(path_end, event))

    def cut(self, path_end: str) -> int:
        """Break off the watches under way; how many."""
        return self._do(self._cut(path_end))

    def written(self, path_end: str) -> list[Asked]:
        """The writes that the API server has carried out."""
        return [each for each in self._all(path_end) if each.forwarded and each.verb not in ("GET", "WATCH")]

    def refused(self, path_end: str) -> list[Asked]:
        """The requests that the API server never heard of."""
        return [each for each in self._all(path_end) if not each.forwarded]

    def read(self, path_end: str, status: int) -> list[Asked]:
        """The reads that the API server has answered so."""
        return [each for each in self._all(path_end) if each.verb == "GET" and each.status == status]

    def _all(self, path_end: str) -> list[Asked]:
        return [each for each in self.asked if each.path.endswith(path_end)]

    def _do(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=20)

    async def _start(self) -> None:
        authority = b64decode(self._upstream["certificate-authority-data"]).decode()
        connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cadata=authority), limit=0)
        timeout = aiohttp.ClientTimeout(total=None)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, read_bufsize=LONGEST_EVENT)
        application = web.Application(client_max_size=LONGEST_EVENT)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        await self._cut("")
        await self._runner.cleanup()
        await self._session.close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        verb = "WATCH" if "watch" in request.query else request.method
        fault = next(
            (each for each in self._faults if each.verb == verb and request.path.endswith(each.path_end)), None
        )
        if fault:
            self._faults.remove(fault)
        if fault and fault.status != LOST:
            self.asked.append(Asked(verb, request.path, fault.status, forwarded=False))
            body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": fault.status, "message": "fault"}
            return web.json_response(body, status=fault.status, headers=fault.headers)
        return await self._forward(request, verb, lost=fault is not None)

    async def _forward(self, request: web.Request, verb: str, *, lost: bool) -> web.StreamResponse:
        headers = {name: request.headers[name] for name in ON if name in request.headers}
        url = URL(self._upstream["server"] + request.raw_path, encoded=True)
        body = await request.read()
        async with self._session.request(request.method, url, headers=headers, data=body or None) as answer:
            back = {name: answer.headers[name] for name in BACK if name in answer.headers}
            if verb == "WATCH" and answer.ok:
                self.asked.append(Asked(verb, request.path, answer.status, forwarded=True))
                return await self._stream(request, answer, back)
            content = await answer.read()
            self.asked.append(Asked(verb, request.path, answer.status, forwarded=True))
            if lost and request.transport:
                request.transport.abort()
            return web.Response(status=answer.status, headers=back, body=content)

    async def _stream(
        self, request: web.Request, answer: aiohttp.ClientResponse, headers: dict[str, str]
    ) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status, headers=headers)
        await response.prepare(request)
        self._streams[response] = request
        try:
            async for line in answer.content:
                if not self._is_muted(request.path, line):
                    await response.write(line)
        finally:
            del self._streams[response]
        return response

    def _is_muted(self, path: str, line: bytes) -> bool:
        if not any(path.endswith(path_end) for path_end, _, _ in self._muted):
            return False
        event = json.loads(line)
        name = event["object"].get("metadata", {}).get("name")
        muted = any(path.endswith(end) and (event["type"], name) == (kind, whose) for end, kind, whose in self._muted)
        if muted:
            self.swallowed.append(event["object"])
        return muted

    async def _inject(self, path_end: str, event: Manifest) -> int:
        found = self._watching(path_end)
        for response in found:
            await response.write(json.dumps(event).encode() + b"\n")
        return len(found)

    async def _cut(self, path_end: str) -> int:
        found = self._watching(path_end)
        for response in found:
            if transport := self._streams[response].transport:
                transport.abort()
        return len(found)

    def _watching(self, path_end: str) -> list[web.StreamResponse]:
        return [response for response, request in self._streams.items() if request.path.endswith(path_end)]
