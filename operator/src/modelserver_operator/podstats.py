"""What a served pod says of itself: /stats, asked at the port `control` of its own address. No right is needed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from weakref import WeakValueDictionary

import aiohttp

from modelserver_operator.resolve import identity
from modelserver_operator.resolve.identity import ANSWER_SECONDS
from modelserver_operator.status import Asked, Document, Mute

KEPT_SECONDS = 4.0  # a connection, which halves a question's processor time; the runtime closes it after 5 s
AT_ONCE = 64  # of all servers' pods together, as more answers would take the processor longer than ANSWER_SECONDS
HELD_SECONDS = 0.25  # a place in that line, at most: who is asked for longer waits, which takes no processor
# Of those of one ModelServer that were silent last and may take all their time. One line for all ModelServers would be
# full of the dead of one, however long it is, and a pod of another that lost one answer would wait behind them.
SILENT_AT_ONCE = 16
# Of those of one ModelServer that took longer than HELD_SECONDS for their last answer. In the line of all some hundreds
# would delay every other pod, and behind the silent of their own they would be heard too seldom.
SLOW_AT_ONCE = 16
SLOW_SECONDS = 120.0  # for so long a slow pod that nobody asks is remembered: whoever asks, asks more often than that
LARGEST = 1 << 20  # bytes; what is told of the requests of a hundred names takes a tenth of it

Lines = WeakValueDictionary[tuple[str, str], asyncio.Semaphore]  # by ModelServer, while somebody is in it


class PodStats:
    """Asks pods. What a pod fails to say is an answer, too: nothing is raised."""

    async def __aenter__(self) -> "PodStats":
        self._free = asyncio.Semaphore(AT_ONCE)
        self._free_for_silent, self._free_for_slow = Lines(), Lines()
        self._slow: dict[str, float] = {}  # by uid, when it was slow last; the longest ago first
        self._once = _session(aiohttp.TCPConnector(limit=0, force_close=True))
        self._kept = _session(aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_SECONDS))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._once.close()
        await self._kept.close()

    async def ask(self, pod: Asked, *, doubted: bool, keep: bool = False, part: str = "") -> Document | Mute:
        """The pod's /stats, as it stands. Takes ANSWER_SECONDS at the most, and the time in the line.

        doubted: it was silent when it was last asked; such pods of one ModelServer wait for each other only.
        keep: the connection, for who asks again within KEPT_SECONDS.
        part: all of it that is needed; a runtime that does not know it gives the whole.
        """
        if not pod.address:
            return Mute(f"it has no address or no port named {identity.CONTROL}")
        try:
            async with self._place(pod, doubted=doubted):
                return await _asked(self._kept if keep else self._once, pod.address, part)
        except TimeoutError:
            late = f"{pod.address} does not answer within {ANSWER_SECONDS:g} s"
            return Mute(f"{late}, which may be a NetworkPolicy's doing")
        except aiohttp.ClientError as error:
            return Mute(f"{pod.address} cannot be asked ({type(error).__name__})")

    @asynccontextmanager
    async def _place(self, pod: Asked, *, doubted: bool) -> AsyncIterator[None]:
        """A place in the line that the pod belongs in."""
        if doubted:
            async with self._free_for_silent.setdefault(pod.server, asyncio.Semaphore(SILENT_AT_ONCE)):
                yield
            return
        line = self._free
        if self._was_slow(pod):
            line = self._free_for_slow.setdefault(pod.server, asyncio.Semaphore(SLOW_AT_ONCE))
        async with _held(line) as place:
            yield
            self._answered(pod, slowly=not place.is_held)

    def _was_slow(self, pod: Asked) -> bool:
        """By its uid: while it lives, what is known of it may be read anew at any time. The gone are let go of."""
        long_ago = asyncio.get_running_loop().time() - SLOW_SECONDS
        while self._slow and self._slow[oldest := next(iter(self._slow))] <= long_ago:
            del self._slow[oldest]
        return pod.uid in self._slow

    def _answered(self, pod: Asked, *, slowly: bool) -> None:
        self._slow.pop(pod.uid, None)
        if slowly:
            self._slow[pod.uid] = asyncio.get_running_loop().time()


@dataclass
class _Place:
    """is_held: whether it was not given back yet."""

    line: asyncio.Semaphore
    is_held: bool = True

    def give_back(self) -> None:
        if self.is_held:
            self.is_held = False
            self.line.release()


@asynccontextmanager
async def _held(line: asyncio.Semaphore) -> AsyncIterator[_Place]:
    """A place in the line, given back after HELD_SECONDS or at the end, whichever is first."""
    await line.acquire()
    place = _Place(line)
    late = asyncio.get_running_loop().call_later(HELD_SECONDS, place.give_back)
    try:
        yield place
    finally:
        late.cancel()
        place.give_back()


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS),
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,  # a few bytes could be very many
        cookie_jar=aiohttp.DummyCookieJar(),  # nobody has any business to set one
    )


async def _asked(http: aiohttp.ClientSession, address: str, part: str) -> Document | Mute:
    query = f"?part={part}" if part else ""
    async with http.get(f"http://{address}/stats{query}", allow_redirects=False) as response:
        return await _heard(response)


async def _heard(response: aiohttp.ClientResponse) -> Document | Mute:
    if response.status != 200:
        return Mute(f"its /stats answers with the HTTP status {response.status}")
    try:
        await response.content.readexactly(LARGEST)
    except asyncio.IncompleteReadError as error:  # the whole of it
        return _parsed(error.partial)
    return Mute(f"its /stats is longer than {LARGEST} bytes")


def _parsed(body: bytes) -> Document | Mute:
    try:
        stats = json.loads(body)
    except (ValueError, RecursionError):
        return Mute("its /stats is not JSON")
    return stats if isinstance(stats, dict) else Mute("its /stats is not a JSON object")
