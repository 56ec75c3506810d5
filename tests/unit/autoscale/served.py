"""A metrics API on this machine, whose front proxy and loads are the test's."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
from tests.ports import free_port
from tests.unit.autoscale.pki import ClientAuthority, client_context
from tests.unit.autoscale.reviews import Reviews, reviewed

from modelserver_operator.autoscale.access import Access
from modelserver_operator.autoscale.answering import Answering
from modelserver_operator.autoscale.certificates import Authority, Leaf
from modelserver_operator.autoscale.failures import Failures
from modelserver_operator.autoscale.front_proxy import Trust
from modelserver_operator.autoscale.serving import Handshakes, Serving
from modelserver_operator.status.load import Load

NAME = "metrics.platform.svc"
LIFE = 3600.0
TRUST = Trust("", ("proxy",), ("X-Remote-User",), (), ("X-Remote-Group",), ("X-Remote-Extra-",))


@dataclass
class Loads:
    """What is known, by namespace and name."""

    known: dict[tuple[str, str], Load] = field(default_factory=dict)
    synced: bool = True

    def load(self, name: tuple[str, str]) -> Load | None:
        return self.known.get(name)

    def of_namespace(self, namespace: str) -> list[tuple[str, Load]]:
        return [(name, load) for (place, name), load in self.known.items() if place == namespace]


class _Unhurried(Authority):
    """Its certificates are good by everybody's clock, and due by the test's: a test can let days pass."""

    def leaf(self, now: datetime, seconds: float) -> Leaf:
        return replace(super().leaf(datetime.now(UTC), seconds), due=super().leaf(now, seconds).due)


@dataclass
class Served:
    """What tests turn: the clock, the loads, the rights and whom to trust."""

    folder: Path
    port: int = field(default_factory=free_port)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    loads: Loads = field(default_factory=Loads)
    reviews: Reviews = field(default_factory=lambda: Reviews("ann"))

    def __post_init__(self) -> None:
        self.proxy = ClientAuthority(self.folder)
        self.certificate = self.proxy.client("proxy")
        self.authority: Authority = _Unhurried(NAME, self.now)
        self.trust = replace(TRUST, authority=self.proxy.certificate)
        self.handshakes = Handshakes(self.authority, self.trust.authority, seconds=LIFE, today=lambda: self.now)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def tls(self, client: Path | None = None) -> ssl.SSLContext:
        return client_context(self.authority.certificate, client)

    def client(self, certificate: Path | None = None) -> httpx.AsyncClient:
        """Who connects as the API server does, to the Service's name."""
        return httpx.AsyncClient(verify=self.tls(certificate), base_url=self.url, timeout=20)

    async def get(
        self,
        path: str,
        headers: Mapping[str, str] = MappingProxyType({}),
        *,
        certificate: Path | None = None,
        user: str = "ann",
    ) -> httpx.Response:
        """One request over a connection of its own, with the front proxy's certificate unless it is another."""
        async with self.client(certificate or self.certificate) as client:
            return await client.get(path, headers={"X-Remote-User": user, **headers}, extensions=SNI)


SNI: dict[str, Any] = {"sni_hostname": NAME}


@asynccontextmanager
async def serving(served: Served) -> AsyncIterator[Serving]:
    """It answers for the block."""
    async with reviewed(served.reviews) as cluster:
        answering = Answering(served.loads, Access(cluster), Failures(), lambda: served.trust, lambda: served.now)
        server = Serving(answering.answer, served.handshakes, served.port)
        await server.start()
        try:
            yield server
        finally:
            await server.stop()
