"""The probes fail when the operator is stuck: asked over HTTP, with the real queue, resync and server."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import pytest
from kubernetes.aio.client import Configuration
from prometheus_client import CollectorRegistry
from tests.clock import VirtualClock
from tests.ports import free_port
from tests.waiting import until

from modelserver_operator.autoscale.loads import Loads
from modelserver_operator.cluster import Cluster, Login
from modelserver_operator.health import Health
from modelserver_operator.leader import Alone, Election
from modelserver_operator.metrics import Metrics
from modelserver_operator.parts import STUCK_SECONDS, Parts
from modelserver_operator.podstats import PodStats
from modelserver_operator.reconcile import Key
from modelserver_operator.settings import Settings
from modelserver_operator.workqueue import Done, WorkQueue

from .test_leader import Kept

KEY = Key("team", "demo")
PATIENCE_SECONDS = 60.0  # for what takes moments, on a machine that is busy


@asynccontextmanager
async def assembled(
    election: Election | Alone, deadline_seconds: float = 3600, metrics_api_port: int = 0
) -> AsyncIterator[Parts]:
    """An operator's parts, none of them begun, before an API server that takes calls and never answers."""
    silent = await asyncio.start_server(_say_nothing, "127.0.0.1")
    port = silent.sockets[0].getsockname()[1]
    login = Login(Configuration(host=f"http://127.0.0.1:{port}"))
    chosen = Settings(
        health_port=free_port(), resync_seconds=2, request_timeout_seconds=1, metrics_api_port=metrics_api_port
    )
    async with silent, PodStats() as podstats, Cluster(login, deadline_seconds=deadline_seconds) as cluster:
        metrics = Metrics(CollectorRegistry())
        yield Parts.assemble(chosen, login, cluster, election, metrics, podstats=podstats, for_scalers=cluster)


@asynccontextmanager
async def probed(operator: Parts) -> AsyncIterator[Callable[[str], Awaitable[tuple[int, str]]]]:
    """Its probes, asked over HTTP."""
    health = operator.health(CollectorRegistry())
    await health.start()

    async def ask(where: str) -> tuple[int, str]:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{operator.settings.health_port}{where}")
            return answer.status_code, answer.text.strip()

    try:
        yield ask
    finally:
        await health.stop()


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """For as long as somebody listens."""
    try:
        await reader.read()
    finally:
        writer.close()


@contextmanager
def running(*works: Awaitable[None]) -> Iterator[None]:
    tasks = [asyncio.ensure_future(work) for work in works]
    yield
    for task in tasks:
        task.cancel()


async def test_all_is_well_at_first_and_ready_when_the_servers_were_listed() -> None:
    async with assembled(Alone()) as operator, probed(operator) as ask:
        assert await ask("/livez") == (200, "ok")
        assert await ask("/readyz") == (503, "the pods whose load scalers follow were not yet listed")
        operator.telling.loads.synced = True
        assert await ask("/readyz") == (503, "the ModelServers were not yet listed")
        operator.resync.listed_at = 1.0
        assert await ask("/readyz") == (200, "ok")


async def test_who_is_to_serve_the_metrics_api_is_ready_only_then() -> None:
    async with assembled(Alone(), metrics_api_port=free_port()) as operator, probed(operator) as ask:
        operator.telling.loads.synced, operator.resync.listed_at = True, 1.0
        code, said = await ask("/readyz")
        assert code == 503
        assert said.startswith("the metrics API is not served yet")


async def test_a_pass_that_hangs() -> None:
    clock = VirtualClock(time.monotonic())

    async def hang(key: Key) -> Done:
        await asyncio.Event().wait()
        return Done()

    async with assembled(Alone()) as operator, probed(operator) as ask:
        operator.queue.time, operator.queue.work = clock.time(), hang
        with running(operator.queue.run()):
            operator.queue.add(KEY)
            await clock.advance(STUCK_SECONDS - 1)
            assert await ask("/livez") == (200, "ok")
            await clock.advance(2)
            assert await ask("/livez") == (503, "a reconcile has been running for 901 s")


async def test_a_line_that_does_not_move() -> None:
    clock = VirtualClock(time.monotonic())
    async with assembled(Alone()) as operator, probed(operator) as ask:
        operator.queue.time = clock.time()  # and nobody works
        await clock.advance(2 * STUCK_SECONDS)
        assert await ask("/livez") == (200, "ok"), "nothing waits"
        operator.queue.add(KEY)
        await clock.advance(STUCK_SECONDS - 1)
        assert await ask("/livez") == (200, "ok")
        assert (operator.queue.oldest(), operator.queue.depth()) == (STUCK_SECONDS - 1, 1)
        await clock.advance(2)
        assert await ask("/livez") == (503, "ModelServers have been waiting and none taken up for 901 s")


async def test_a_long_line_that_moves_is_no_reason_to_restart() -> None:
    """However long the first has waited: with a slow API server that is so, and a restart would only begin again."""
    clock = VirtualClock()

    async def slow(key: Key) -> Done:
        await clock.time().sleep(60)
        return Done()

    queue = WorkQueue[Key](slow, workers=1, time=clock.time())
    with running(queue.run()):
        for number in range(40):
            queue.add(Key("team", str(number)))
        await clock.advance(30 * 60 + 1)
        assert queue.oldest() > STUCK_SECONDS
        assert queue.standstill() < 60


async def test_no_resync() -> None:
    """The list of ModelServers hangs: the loop does not turn, and after three periods and a call that is too long."""
    async with assembled(Alone()) as operator, probed(operator) as ask:
        with running(operator.resync.run(_set())):
            assert await ask("/livez") == (200, "ok")
            await _eventually(lambda: operator.resync.age() > 3 * 2 + 1)
            status, said = await ask("/livez")
            assert status == 503
            assert said.startswith("no resync for ")


async def test_a_loop_that_asks_no_pods_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Loads, "age", lambda _: 61.0)
    async with assembled(Alone()) as operator, probed(operator) as ask:
        assert await ask("/livez") == (503, "the loop that asks pods for their load has not turned for 61 s")


async def test_an_api_server_that_does_not_answer_is_no_reason_to_restart(caplog: pytest.LogCaptureFixture) -> None:
    """The calls end by their deadline, the loop turns, and the operator lives however long that lasts."""
    async with assembled(Alone(), deadline_seconds=0.2) as operator, probed(operator) as ask:
        with running(operator.resync.run(_set())):
            await _eventually(lambda: caplog.text.count("cannot list ModelServers") == 2)
            assert await ask("/livez") == (200, "ok")
            assert (await ask("/readyz"))[0] == 503


async def test_an_election_that_hangs() -> None:
    clock, kept = VirtualClock(), Kept()
    kept.put(holderIdentity="another", leaseDurationSeconds=15)
    election = Election(kept, "one", clock.time())
    async with assembled(election) as operator, probed(operator) as ask:
        assert await ask("/readyz") == (503, "the Lease was not yet read")
        operator.telling.loads.synced = True
        with running(election.acquire()):
            await clock.advance(10)
            assert await ask("/livez") == (200, "ok")
            assert await ask("/readyz") == (200, "ok"), "it stands by: ready, though it reconciles nothing"
        await clock.advance(61)
        status, text = await ask("/livez")
        assert (status, text[:26]) == (503, "no look at the Lease for 6")


async def test_who_leads_is_ready_only_with_a_list() -> None:
    clock = VirtualClock()
    election = Election(Kept(), "one", clock.time())
    async with assembled(election) as operator, probed(operator) as ask:
        await election.acquire()
        operator.telling.loads.synced = True
        assert await ask("/readyz") == (503, "the ModelServers were not yet listed")
        operator.resync.listed_at = 1.0
        assert await ask("/readyz") == (200, "ok")


def test_a_blocked_event_loop_answers_no_probe() -> None:
    """Nor may anything else answer for it."""
    port, up, blocked, unblock, end = free_port(), *(threading.Event() for _ in range(4))

    async def live() -> None:
        health = Health(port, live=lambda: None, ready=lambda: None, registry=CollectorRegistry())
        await health.start()
        up.set()
        await asyncio.to_thread(blocked.wait)
        unblock.wait()  # what must never happen in a coroutine
        await asyncio.to_thread(end.wait)
        await health.stop()

    thread = threading.Thread(target=asyncio.run, args=(live(),))
    thread.start()
    try:
        assert up.wait(PATIENCE_SECONDS)
        assert httpx.get(f"http://127.0.0.1:{port}/livez", timeout=PATIENCE_SECONDS).status_code == 200
        blocked.set()
        until(lambda: _hangs(f"http://127.0.0.1:{port}/livez"), PATIENCE_SECONDS, "nobody answers")
        unblock.set()
        assert httpx.get(f"http://127.0.0.1:{port}/livez", timeout=PATIENCE_SECONDS).status_code == 200
    finally:
        for event in (blocked, unblock, end):
            event.set()
        thread.join()


async def _eventually(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not so():  # noqa: ASYNC110 (nobody sets an event)
            await asyncio.sleep(0.05)


def _hangs(url: str) -> bool:
    try:
        httpx.get(url, timeout=1)
    except httpx.TimeoutException:
        return True
    return False


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event
