"""What the probes and /health say in each state, and that a server wires its engine and its loop to them."""

import asyncio
import re
from collections.abc import Callable

import pytest
from tests.unit.runtime.scripted import CHAT, Bench, Caller, Clock
from tests.unit.runtime.test_service import Running

from modelserver_runtime import control
from modelserver_runtime.admission.drain import State
from modelserver_runtime.admission.health import STATES

STALLED = "The engine has made no step since TIME; requests running: {}."


def without_time(sentence: str | None) -> str | None:
    return sentence and re.sub(r"\b\d\d:\d\d:\d\d UTC", "TIME", sentence)


def serving(bench: Bench) -> None:
    """As it comes."""


def in_state(state: State) -> Callable[[Bench], None]:
    def set_state(bench: Bench) -> None:
        bench.lifecycle.state = state

    return set_state


def stalled(bench: Bench) -> None:
    bench.health.pulse.watch(lambda: True)
    bench.clock.passes(60)


def dead(bench: Bench) -> None:
    bench.health.pulse.watch(lambda: True)
    bench.clock.passes(300)


def failing(bench: Bench) -> None:
    bench.parts.ask.engine = None
    for _ in range(5):
        with pytest.raises(ValueError, match="bad"), bench.health.asking(None):  # type: ignore[arg-type]
            raise ValueError("bad")


@pytest.mark.parametrize(
    ("happens", "state", "probes", "why"),
    [
        (serving, "serving", (200, 200, 200), None),
        (in_state(State.STARTING), "starting", (200, 503, 503), None),
        (in_state(State.LEAVING), "leaving", (200, 503, 200), None),
        (in_state(State.DRAINING), "draining", (200, 503, 200), None),
        (in_state(State.BROKEN), "broken", (503, 503, 200), "The engine has died, and the server ends."),
        (stalled, "stalled", (200, 503, 200), STALLED.format(0)),
        (dead, "stalled", (503, 503, 200), STALLED.format(0)),
        (
            failing,
            "breaker_open",
            (200, 503, 200),
            "The engine has failed 5 requests in a row; one is tried every 10 s.",
        ),
    ],
)
async def test_what_the_probes_say(
    happens: Callable[[Bench], None], state: str, probes: tuple[int, int, int], why: str | None
) -> None:
    bench = Bench()
    happens(bench)
    app = control.app(bench.health, bench.registry, lambda _: {})
    for path, status in zip(("/livez", "/readyz", "/startupz"), probes, strict=True):
        probe = await Caller(app, path, method="GET").done()
        assert (probe.status, probe.document) == (status, {"state": state}), path
    stats = (await Caller(app, "/stats", method="GET").done()).document
    assert (stats["state"], without_time(stats["why"])) == (state, why)
    assert state in STATES
    assert bench.metric("modelserver_state", state=state) == 1


async def test_a_main_loop_that_gets_stuck_while_loading_has_not_started() -> None:
    bench = Bench()
    bench.lifecycle.state = State.STARTING
    with bench.health.heartbeat.beating(lambda: None):
        bench.clock.alarms.clear()  # no beat any more
        bench.clock.passes(300)
        probe = await Caller(control.app(bench.health, bench.registry, lambda _: {}), "/startupz", method="GET").done()
    assert (probe.status, probe.document) == (503, {"state": "main_loop_stuck"})


async def test_a_server_watches_its_engine_and_its_loop() -> None:
    clock = Clock()
    async with Running(clock=clock) as running:
        await running.serving()
        chat = asyncio.ensure_future(running.client.post("/v1/chat/completions", json=CHAT))
        call = await running.engine.call()
        clock.passes(60)
        assert [await running.probe(path) for path in ("/livez", "/readyz")] == [200, 503]
        why = (await running.control.get("/stats?part=requests")).json()["why"]
        assert without_time(why) == STALLED.format(1)
        running.engine.step()
        assert await running.probe("/readyz") == 200
        await call.answer({"model": "demo"})
        await chat
        clock.alarms.clear()  # no beat of the main loop any more
        clock.passes(300)
        assert (await running.control.get("/livez")).json() == {"state": "main_loop_stuck"}
        why = (await running.control.get("/stats?part=requests")).json()["why"]
        assert without_time(why) == "The server's main loop has stood still since TIME."
        assert await running.probe("/livez") == 503
