"""Pods that are played: what one answers at its port `control`, and how many requests it has."""

import asyncio
import json
import math
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum

PORT = 9000  # the container's port `control`


class Manner(Enum):
    """What a pod does when it is asked."""

    ANSWERS = "answers"
    HANGS = "accepts the connection and never answers"
    REFUSES = "does not listen"
    GARBAGE = "answers what is no JSON"


@dataclass
class Server:
    """How the pods of one ModelServer behave; to be set before they are made, but for `queue`.

    queue: unfinished requests, which are all with the pod that has been Ready for longest; what terminating ones
    still have is of them, so that their sum stays. Pods are asked one after the other: of requests that went over
    from one to the other, somebody would count some twice, or not at all, now and then. start_seconds: from a pod's
    begin until it is Ready; None: when Fleet.ready says so. starting: what a pod does until it is Ready. drains: a
    terminating pod serves what it has until Fleet.finish says that it is done, rather than end at once. says: what
    they say at /stats beside their requests.
    """

    queue: int = 0
    start_seconds: float | None = 0.0
    starting: Manner = Manner.ANSWERS
    drains: bool = False
    says: "dict[str, object]" = field(default_factory=dict)
    pods: "dict[str, Pod]" = field(default_factory=dict)  # by uid

    def holder(self) -> "Pod | None":
        """The pod that has the queue."""
        served = [each for each in self.pods.values() if each.is_served()]
        return min(served, key=lambda each: each.ready_since, default=None)

    def share(self, pod: "Pod") -> int:
        """The pod's part of the queue: all or nothing."""
        if pod is not self.holder():
            return 0
        return max(0, self.queue - sum(each.own or 0 for each in self.pods.values() if each.terminating))


@dataclass
class Pod:
    """One pod. own: its unfinished requests; None: its share of the server's queue. ready_since: by the monotonic
    clock; infinite while it is not Ready. asked: how often it was.
    """

    server: Server
    namespace: str
    name: str
    address: str
    manner: Manner = Manner.ANSWERS
    own: int | None = None
    ready_since: float = math.inf
    terminating: bool = False
    asked: int = 0
    speaks: asyncio.Lock = field(default_factory=asyncio.Lock)  # while its status is written
    _listener: asyncio.Server | None = None
    _over: bool = False
    _open: "set[asyncio.StreamWriter]" = field(default_factory=set)

    def unfinished(self) -> int:
        """What it says at /stats."""
        return self.server.share(self) if self.own is None else self.own

    @property
    def ready(self) -> bool:
        """Whether it says that it is."""
        return self.ready_since < math.inf

    def is_served(self) -> bool:
        """Whether new requests go to it."""
        return self.ready and not self.terminating

    async def behave(self, manner: Manner) -> None:
        """From now on it does that."""
        self.manner = manner
        if manner is Manner.REFUSES:
            self._refuse()
        elif self._listener is None and not self._over:
            self._listener = await asyncio.start_server(self._serve, self.address, PORT)
            if self._over:  # meanwhile
                self._refuse()

    async def close(self) -> None:
        """Never listen again, though it still becomes Ready: who starts may be deleted meanwhile."""
        self._over = True
        self._refuse()

    def _refuse(self) -> None:
        """Listen no longer; who waits for an answer gets none."""
        if self._listener:
            self._listener.close()
        self._listener = None
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer whatever is asked on one connection, until the other side has had enough."""
        self._open.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while request := await reader.readuntil(b"\r\n\r\n"):
                self.asked += 1
                if self.manner is Manner.HANGS:
                    await reader.read()
                writer.write(self._answer(request))
                await writer.drain()
        self._open.discard(writer)
        writer.close()

    def _answer(self, request: bytes) -> bytes:
        body = b"<html>"
        if self.manner is not Manner.GARBAGE:
            number = self.unfinished()
            counts = {"running": number, "waiting": 0, "unfinished": number}
            state = "ready" if self.ready else "starting"
            body = json.dumps({"state": state, "requests": counts, **self.server.says}).encode()
        status = b"200 OK" if request.startswith((b"GET /stats ", b"GET /stats?")) else b"404 Not Found"
        return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)
