"""What each state of the server does with a new request, and when the server is empty."""

import asyncio

import pytest
from tests.unit.runtime.scripted import CHAT, Bench, Clock, until

from modelserver_runtime.admission.drain import Lifecycle, State
from modelserver_runtime.link import Link
from modelserver_runtime.refusals import Refused


@pytest.mark.parametrize(
    ("state", "code", "header"),
    [
        (State.STARTING, "starting", ("retry-after", "5")),
        (State.DRAINING, "draining", ("connection", "close")),
        (State.BROKEN, "broken", ("connection", "close")),
    ],
)
async def test_states_that_refuse(state: State, code: str, header: tuple[str, str]) -> None:
    bench = Bench()
    bench.lifecycle.state = state

    chat = await bench.chat().done()
    message = await bench.ask("/v1/messages", {"model": "demo"}).done()

    assert (chat.status, chat.document["error"]["code"]) == (503, code)
    assert chat.headers[header[0]] == header[1]
    assert (message.status, message.document["error"]["type"]) == (529, "overloaded_error")


@pytest.mark.parametrize("state", [State.SERVING, State.LEAVING])
async def test_states_that_accept(state: State) -> None:
    bench = Bench()
    bench.lifecycle.state = state
    caller = bench.chat()
    await (await bench.engine.call()).answer({"model": "demo"})
    assert (await caller.done()).status == 200


@pytest.mark.parametrize(
    ("state", "status", "word"),
    [(State.SERVING, 200, "ok"), (State.LEAVING, 503, "leaving"), (State.BROKEN, 503, "broken")],
)
async def test_health_says_the_state(state: State, status: int, word: str) -> None:
    bench = Bench()
    bench.lifecycle.state = state
    caller = await bench.ask("/health", method="GET").done()
    assert caller.status == status
    assert caller.document["status"] == word
    assert caller.document["model_loaded"] is True
    assert caller.document["model_name"] == "demo"
    assert caller.document["uptime_seconds"] >= 0


async def test_a_drain_waits_for_what_was_accepted_even_when_its_body_is_still_coming() -> None:
    bench = Bench()
    slow = bench.ask("/v1/chat/completions", body=[])
    slow.push(b'{"model": "demo", ', more=True)
    await until(lambda: bench.lifecycle.busy)

    await bench.lifecycle.leave(0)
    drained = asyncio.ensure_future(bench.lifecycle.idle(60))
    assert (await bench.chat().done()).status == 503
    slow.push(b'"messages": []}', more=False)
    call = await bench.engine.call()
    assert not drained.done()
    await call.answer({"model": "demo"})

    assert (await slow.done()).status == 200
    assert await drained


async def test_not_idle_in_time() -> None:
    clock = Clock()
    lifecycle = Lifecycle(clock.of_the_parts())
    lifecycle.serve()
    with lifecycle.accepted(Link()):
        drained = asyncio.ensure_future(lifecycle.idle(7))
        await until(lambda: bool(clock.alarms))
        clock.passes(6)
        assert not drained.done()
        clock.passes(1)
        assert not await drained
    assert await lifecycle.idle(7)


async def test_a_refused_request_is_not_counted() -> None:
    lifecycle = Lifecycle()
    with pytest.raises(Refused), lifecycle.accepted(Link()):
        pytest.fail("nothing is accepted while starting")
    assert await lifecycle.idle(0)


async def test_leaving_accepts_until_the_lame_duck_seconds_are_over() -> None:
    clock = Clock()
    lifecycle = Lifecycle(clock.of_the_parts())
    lifecycle.serve()
    leaving = asyncio.ensure_future(lifecycle.leave(7))
    await until(lambda: lifecycle.state is State.LEAVING)
    await until(lambda: bool(clock.alarms))
    clock.passes(6)
    with lifecycle.accepted(Link()):
        assert not leaving.done()
    clock.passes(1)
    await leaving
    assert lifecycle.state is State.DRAINING


LAST = [("1.0", {}), ("1.1", {"connection": "close"}), ("1.1", {"connection": "TE, Close"})]


@pytest.mark.parametrize(("version", "headers"), LAST)
async def test_nobody_waits_for_who_asks_only_once(version: str, headers: dict[str, str]) -> None:
    """Such answers end the connection, though none was begun while the server ends."""
    bench = Bench()
    caller = bench.ask("/v1/chat/completions", {**CHAT, "stream": True}, headers=headers, version=version)
    call = await bench.engine.call()
    await call.start()
    await call.send(b"data: {}\n\n")
    await until(lambda: caller.status == 200)
    await bench.lifecycle.leave(0)
    await call.send(b"data: [DONE]\n\n", more=False)
    call.ended.set()
    await caller.done()
    assert not bench.lifecycle.busy


@pytest.mark.parametrize(("link", "lets_in"), [(Link(early=True), True), (Link(), False)])
async def test_while_draining_requests_over_early_connections_are_let_in(link: Link, lets_in: bool) -> None:
    lifecycle = Lifecycle(Clock().of_the_parts())
    await lifecycle.leave(0)
    assert _accepts(lifecycle, link) is lets_in
    assert await lifecycle.drained(0), "what was let in has ended"
    assert not _accepts(lifecycle, link), "nothing is let in while the engine stops"


async def test_a_dead_engine_is_nobodys() -> None:
    lifecycle = Lifecycle(Clock().of_the_parts())
    await lifecycle.leave(0)
    lifecycle.break_down()
    assert not _accepts(lifecycle, Link(early=True))


def _accepts(lifecycle: Lifecycle, link: Link) -> bool:
    """Whether a request is let in, whose answer says that the connection closes."""
    try:
        with lifecycle.accepted(link):
            link.over = True
    except Refused:
        return False
    return True
