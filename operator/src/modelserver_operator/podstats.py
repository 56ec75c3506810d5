"""What a served pod says of itself: /stats, asked at the port `control` of its own address. No right is needed."""

import asyncio
import json
from types import TracebackType

import aiohttp

from modelserver_operator.cluster import Manifest
from modelserver_operator.resolve import identity
from modelserver_operator.status import Answer, Mute, answer

SECONDS = 2.0  # the port answers from a thread of its own, also while the engine works
AT_ONCE = 64  # of all servers' pods together
LARGEST = 1 << 20  # bytes; what is told of the requests of a hundred names takes a tenth of it


class PodStats:
    """Asks pods. What a pod fails to say is an answer, too: nothing is raised."""

    async def __aenter__(self) -> "PodStats":
        self._free = asyncio.Semaphore(AT_ONCE)
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=True), timeout=aiohttp.ClientTimeout(total=SECONDS)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def ask(self, pod: Manifest) -> Answer:
        """How the pod steers. Takes SECONDS at the most, and the time until fewer than AT_ONCE are being asked."""
        host, port = pod.get("status", {}).get("podIP"), _control_port(pod)
        if not (host and port):
            return Mute(f"it has no address or no port named {identity.CONTROL}")
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            async with self._free, self._http.get(f"http://{address}/stats", allow_redirects=False) as response:
                return await _heard(response)
        except TimeoutError:
            return Mute(f"{address} does not answer within {SECONDS:g} s, which may be a NetworkPolicy's doing")
        except aiohttp.ClientError as error:
            return Mute(f"{address} cannot be asked ({type(error).__name__})")


async def _heard(response: aiohttp.ClientResponse) -> Answer:
    if response.status != 200:
        return Mute(f"its /stats answers with the HTTP status {response.status}")
    try:
        await response.content.readexactly(LARGEST)
    except asyncio.IncompleteReadError as error:  # the whole of it
        return _parsed(error.partial)
    return Mute(f"its /stats is longer than {LARGEST} bytes")


def _parsed(body: bytes) -> Answer:
    try:
        return answer(json.loads(body))
    except (ValueError, RecursionError):
        return Mute("its /stats is not JSON")


def _control_port(pod: Manifest) -> int | None:
    """By names: other products add containers of their own to pods."""
    ports = (
        port["containerPort"]
        for container in pod["spec"]["containers"]
        if container["name"] == identity.RUNTIME
        for port in container.get("ports") or ()
        if port.get("name") == identity.CONTROL
    )
    return next(ports, None)
