"""What pods say of themselves, asked of real servers at real addresses."""

import asyncio
import gzip
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from modelserver_operator import podstats
from modelserver_operator.podstats import PodStats
from modelserver_operator.status import Document, Mute, asked

GOOD = {"state": "ready", "requests": {"unfinished": 3}}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with others' work answers late."""
    monkeypatch.setattr(podstats, "ANSWER_SECONDS", 60)


def pod(port: int, host: str = "127.0.0.1", name: str = "control") -> dict[str, Any]:
    ports = [{"name": "http", "containerPort": 1}, {"name": name, "containerPort": port}]
    mesh = {"name": "proxy", "ports": [{"name": "control", "containerPort": 1}]}
    return {
        "metadata": {"uid": "1"},
        "spec": {"containers": [mesh, {"name": "runtime", "ports": ports}]},
        "status": {"podIP": host} if host else {},
    }


@asynccontextmanager
async def serving(handler: Handler, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """A server that answers /stats so; its port."""
    application = web.Application()
    application.router.add_get("/stats", handler)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def answering(body: str, status: int = 200) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=body, status=status)

    return answer


async def never(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


def hanging() -> tuple[asyncio.Queue[None], Handler]:
    """A handler that never answers, and tells of each question."""
    reached = asyncio.Queue[None]()

    async def hang(request: web.Request) -> web.StreamResponse:
        reached.put_nowait(None)
        return await never(request)

    return reached, hang


async def drop_by_drop(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.02)


async def elsewhere(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/stats?again")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_pod_is_asked_at_its_own_address(host: str) -> None:
    async with serving(answering(json.dumps(GOOD)), host) as port, PodStats() as stats:
        assert await stats.ask(asked(pod(port, host)), doubted=False) == GOOD


@pytest.mark.parametrize(
    ("handler", "why"),
    [
        (answering("no", 503), "answers with the HTTP status 503"),
        (elsewhere, "answers with the HTTP status 302"),
        (answering("<html>"), "is not JSON"),
        (answering("[" * 100_000), "is not JSON"),
        (answering("[]"), "is not a JSON object"),
        (answering("null"), "is not a JSON object"),
        (answering(" " * (podstats.LARGEST + 1)), "is longer than"),
    ],
)
async def test_what_is_no_answer_is_said(handler: Handler, why: str) -> None:
    await says(handler, why)


@pytest.mark.parametrize("handler", [never, drop_by_drop])
async def test_what_is_late_is_said_and_ends(handler: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(podstats, "ANSWER_SECONDS", 0.3)
    await says(handler, "does not answer within 0.3 s, which may be a NetworkPolicy's doing")


async def says(handler: Handler, why: str) -> None:
    """Holds if `why` is said of a pod that answers so."""
    async with serving(handler) as port, PodStats() as stats:
        found = await stats.ask(asked(pod(port)), doubted=False)
    assert isinstance(found, Mute)
    assert why in found.why


async def test_nobody_listens() -> None:
    async with serving(answering("{}")) as port:
        pass
    async with PodStats() as stats:
        found = await stats.ask(asked(pod(port)), doubted=False)
    assert found == Mute(f"127.0.0.1:{port} cannot be asked (ClientConnectorError)")


@pytest.mark.parametrize("without", [pod(9000, host=""), pod(9000, name="other")])
async def test_a_pod_without_an_address(without: dict[str, Any]) -> None:
    async with PodStats() as stats:
        assert await stats.ask(asked(without), doubted=False) == Mute("it has no address or no port named control")


async def test_nothing_is_decompressed() -> None:
    """Or few bytes would take much memory."""

    async def bomb(request: web.Request) -> web.StreamResponse:
        assert request.headers["Accept-Encoding"] == "identity"
        return web.Response(body=gzip.compress(json.dumps(GOOD).encode()), headers={"Content-Encoding": "gzip"})

    await says(bomb, "is not JSON")


async def test_silent_pods_keep_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were silent when they were last asked have a line of their own."""
    monkeypatch.setattr(podstats, "SILENT_AT_ONCE", 1)
    reached, hang = hanging()
    async with serving(hang) as silent, serving(answering(json.dumps(GOOD))) as port, PodStats() as stats:
        monkeypatch.setattr(stats, "_free", asyncio.Semaphore(1))
        asking = [asyncio.create_task(stats.ask(asked(pod(silent)), doubted=True)) for _ in range(8)]
        await reached.get()
        assert await stats.ask(asked(pod(port)), doubted=False) == GOOD
        assert reached.empty()
        await ended(asking)


async def test_silent_pods_of_one_server_keep_no_silent_one_of_another_waiting() -> None:
    """It may have been silent for a moment."""
    reached, hang = hanging()
    async with serving(hang) as silent, serving(answering(json.dumps(GOOD))) as port, PodStats() as stats:
        dead, well = (replace(asked(pod(each)), server=("ns", str(each))) for each in (silent, port))
        asking = [asyncio.create_task(stats.ask(dead, doubted=True)) for _ in range(80)]
        for _ in range(podstats.SILENT_AT_ONCE):
            await reached.get()
        assert await stats.ask(well, doubted=True) == GOOD
        assert not any(each.done() for each in asking)
        await ended(asking)


async def test_pods_that_fall_silent_together_hold_their_places_for_a_moment_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(podstats, "AT_ONCE", 1)
    reached, hang = hanging()
    async with serving(hang) as silent, serving(answering(json.dumps(GOOD))) as port, PodStats() as stats:
        asking = [asyncio.create_task(stats.ask(asked(pod(silent)), doubted=False)) for _ in range(4)]
        await reached.get()
        assert await stats.ask(asked(pod(port)), doubted=False) == GOOD
        assert not any(each.done() for each in asking)
        await ended(asking)


@pytest.mark.parametrize(("remembered", "then"), [(3600.0, [False, True]), (0.0, [True, True])])
async def test_those_that_were_slow_leave_the_line_of_all_until_they_are_quick_again(
    remembered: float, then: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though each question comes from somebody who has read the pod anew. then: who was in the line, once quick."""
    line, taken = asyncio.Semaphore(1), list[bool]()
    monkeypatch.setattr(podstats, "SLOW_SECONDS", remembered)

    async def answer(_: web.Request) -> web.Response:
        taken.append(line.locked())
        async with line if len(taken) == 1 else nullcontext():  # once the place is given back
            monkeypatch.setattr(podstats, "HELD_SECONDS", 0 if len(taken) == 1 else 60)
        return web.json_response(GOOD)

    async with serving(answer) as port, PodStats() as stats:
        monkeypatch.setattr(stats, "_free", line)
        for _ in range(4):
            assert await stats.ask(asked(pod(port)), doubted=False) == GOOD
    assert taken == [True, False, *then]


async def test_the_slow_do_not_wait_for_the_silent_nor_for_more_than_a_moment_for_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reached, hang = hanging()
    async with serving(hang) as silent, serving(answering(json.dumps(GOOD))) as port, PodStats() as stats:
        dead, slow, well = asked(pod(silent)), replace(asked(pod(silent)), uid="2"), asked(pod(port))
        monkeypatch.setattr(stats, "_slow", dict.fromkeys((slow.uid, well.uid), math.inf))
        monkeypatch.setattr(stats, "_free", asyncio.Semaphore(0))
        asking = [asyncio.create_task(stats.ask(dead, doubted=True)) for _ in range(podstats.SILENT_AT_ONCE)]
        asking += [asyncio.create_task(stats.ask(slow, doubted=False)) for _ in range(podstats.SLOW_AT_ONCE)]
        for _ in asking:
            await reached.get()
        assert await stats.ask(well, doubted=False) == GOOD
        assert not any(each.done() for each in asking)
        await ended(asking)


async def ended(asking: list[asyncio.Task[Document | Mute]]) -> None:
    for each in asking:
        each.cancel()
    await asyncio.gather(*asking, return_exceptions=True)


async def test_so_many_at_once_and_the_rest_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(podstats, "AT_ONCE", 2)
    monkeypatch.setattr(podstats, "HELD_SECONDS", 60)
    here, most, pair = 0, 0, asyncio.Barrier(2)

    async def count(_: web.Request) -> web.StreamResponse:
        nonlocal here, most
        here += 1
        most = max(most, here)
        await pair.wait()
        here -= 1
        return web.Response(text=json.dumps(GOOD))

    async with serving(count) as port, PodStats() as stats:
        answers = await asyncio.gather(*(stats.ask(asked(pod(port)), doubted=False) for _ in range(8)))
    assert answers == [GOOD] * 8
    assert most == 2


async def test_a_part_is_asked_for_by_name() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response(dict(request.query))

    async with serving(answer) as port, PodStats() as stats:
        assert await stats.ask(asked(pod(port)), doubted=False, part="requests") == {"part": "requests"}
        assert await stats.ask(asked(pod(port)), doubted=False) == {}


async def connections(stats: PodStats, *, keep: bool, cut_off_after: int = 0) -> int:
    """How many connections three questions take, asked of a pod that closes the first after so many without a word."""
    made, questions = set[object](), 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal questions
        questions += 1
        made.add(request.transport)
        if questions == cut_off_after and request.transport:
            request.transport.abort()
        return web.json_response(GOOD)

    async with serving(answer) as port:
        for _ in range(3):
            assert await stats.ask(asked(pod(port)), doubted=False, keep=keep) == GOOD
    return len(made)


async def test_a_connection_is_kept_for_who_asks_often() -> None:
    async with PodStats() as stats:
        assert await connections(stats, keep=False) == 3
        assert await connections(stats, keep=True) == 1


async def test_a_kept_connection_that_the_pod_has_closed_is_no_silence() -> None:
    async with PodStats() as stats:
        assert await connections(stats, keep=True, cut_off_after=2) == 2
