"""Readers that ask real servers at real addresses; only the time goes faster."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web
from tests.unit.autoscale.reading import TARGET

from modelserver_operator import podstats
from modelserver_operator.autoscale.readers import Name, Readers
from modelserver_operator.autoscale.seen import Pod, Server
from modelserver_operator.podstats import PodStats
from modelserver_operator.status import Asked
from modelserver_operator.workqueue import Time

FASTER = 20.0  # so many times
SICK: Name = ("ns", "sick")
WELL: Name = ("ns", "well")


def fast() -> Time:
    return Time(now=lambda: time.monotonic() * FASTER, sleep=lambda seconds: asyncio.sleep(seconds / FASTER))


@dataclass
class Served:
    """A pod's server. hangs: it takes questions and never answers."""

    unfinished: object = 0
    hangs: bool = False
    asked: int = 0
    address: str = ""
    runner: web.AppRunner | None = None
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, _: web.Request) -> web.StreamResponse:
        self.asked += 1
        if self.hangs:
            await self.released.wait()
        return web.json_response({"state": "serving", "requests": {"unfinished": self.unfinished}})

    async def start(self) -> None:
        application = web.Application()
        application.router.add_get("/stats", self.answer)
        self.runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.address = f"127.0.0.1:{self.runner.addresses[0][1]}"

    async def die(self) -> None:
        """Nobody listens there any more."""
        self.released.set()
        if self.runner:
            await self.runner.cleanup()

    def pod(self, server: Name, *, ready: bool = True, terminating: bool = False) -> Pod:
        asked = Asked(self.address, self.address, server)
        return Pod(server, asked, "pod", ready, ready, terminating, over=False, is_made=True)


@asynccontextmanager
async def read(*pods: Served) -> AsyncIterator[Readers]:
    """Readers for servers SICK, whose is the first of the pods, and WELL, whose are the others."""
    async with PodStats() as stats:
        readers = Readers(stats, fast())
        running = asyncio.create_task(readers.run())
        try:
            for pod in pods:
                await pod.start()
            are(readers, *pods)
            yield readers
            assert not running.done()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            for pod in pods:
                await pod.die()


def are(readers: Readers, sick: Served, *well: Served, **state: bool) -> None:
    """All are Ready, but for the sick one's state."""
    servers = {SICK: Server(TARGET), WELL: Server(TARGET)}
    readers.are(servers, [sick.pod(SICK, **state), *(pod.pod(WELL) for pod in well)])


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not reached():  # noqa: ASYNC110 (what a pod has said sets no event)
            await asyncio.sleep(0.01)


def number(readers: Readers, server: Name) -> int | None:
    load = readers.load(server)
    assert load
    return load.unfinished


async def test_a_pod_that_hangs_keeps_no_other_servers_load_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(podstats, "ANSWER_SECONDS", 60)
    sick, well, too = Served(hangs=True), Served(unfinished=1), Served(unfinished=2)
    async with read(sick, well, too) as readers:
        await until(lambda: number(readers, WELL) == 3)
        for unfinished in range(10, 20):
            well.unfinished = unfinished
            await until(lambda unfinished=unfinished: number(readers, WELL) == unfinished + 2)  # type: ignore[misc]
        assert number(readers, SICK) is None
        assert sick.asked == 1, "one question is open at a time"


async def test_pods_that_hang_keep_no_other_servers_load_old_however_many_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(podstats, "ANSWER_SECONDS", 60)
    sick, well = Served(hangs=True), Served(unfinished=1)
    async with read(sick, well) as readers:
        dead = [replace(sick.pod(SICK), asked=Asked(f"{n}", sick.address, SICK)) for n in range(80)]
        readers.are({SICK: Server(TARGET), WELL: Server(TARGET)}, [*dead, well.pod(WELL)])
        await until(lambda: sick.asked >= 80)
        for unfinished in range(10, 20):
            well.unfinished = unfinished
            await until(lambda unfinished=unfinished: number(readers, WELL) == unfinished)  # type: ignore[misc]


async def test_a_pod_that_hangs_is_asked_again_and_counts_when_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(podstats, "ANSWER_SECONDS", 0.2)
    sick = Served(unfinished=4, hangs=True)
    async with read(sick) as readers:
        await until(lambda: sick.asked >= 3)
        assert "does not answer within 0.2 s" in told(readers)
        sick.released.set()
        await until(lambda: number(readers, SICK) == 4)


def told(readers: Readers) -> str:
    load = readers.load(SICK)
    return load.why if load else ""


async def test_a_pod_that_dies_is_assumed_while_another_answers_and_then_counts_for_nothing() -> None:
    sick, other = Served(unfinished=7), Served(unfinished=1)
    async with read(sick, other) as readers:
        both = [sick.pod(SICK), other.pod(SICK)]
        readers.are({SICK: Server(TARGET)}, both)
        await until(lambda: number(readers, SICK) == 8)
        await sick.die()
        await until(lambda: number(readers, SICK) == 1 + TARGET)
        readers.are({SICK: Server(TARGET)}, [sick.pod(SICK, ready=False), both[1]])
        await until(lambda: number(readers, SICK) == 1)


async def test_a_pod_that_ends_counts_for_what_it_has_until_its_last_request_is_answered() -> None:
    sick = Served(unfinished=3)
    async with read(sick) as readers:
        are(readers, sick, ready=False, terminating=True)
        await until(lambda: number(readers, SICK) == 3)
        sick.unfinished = 1
        await until(lambda: number(readers, SICK) == 1)
        await sick.die()
        await until(lambda: number(readers, SICK) == 0)


@pytest.mark.parametrize("unfinished", [-1, None, True, "3"])
async def test_a_pod_that_says_no_number_is_told_of(unfinished: object) -> None:
    async with read(Served(unfinished=unfinished)) as readers:
        await until(lambda: "does not say how many requests it has: its runtime" in told(readers))
        assert number(readers, SICK) is None
