"""Pods that are asked in a pass: all at once, not for long, and never too many."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.ports import free_port
from tests.unit.operator.seen import pod, running

from modelserver_operator.hearing import MOST, hear
from modelserver_operator.podstats import PodStats
from modelserver_operator.status import Asked, Document, Mute
from modelserver_runtime.download.asked import answering

SAID = {"state": "stalled"}
SECONDS = 60


class Pods:
    """Answers or is silent, as each pod's uid says; counts those whom nobody waits for any longer."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.begun = asyncio.Event()
        self.given_up = 0

    async def ask(self, pod: Asked, *, doubted: bool, part: str) -> Document | Mute:
        assert (doubted, part) == (True, "requests")
        self.asked.append(pod.uid)
        self.begun.set()
        if pod.uid.startswith("silent"):
            try:
                await asyncio.Event().wait()
            finally:
                self.given_up += 1
        return Mute("no") if pod.uid.startswith("mute") else SAID


def started(uid: str, **more: Any) -> dict[str, Any]:
    """A pod with a server that has started and is not ready."""
    found = pod(running(5, started=True), uid=uid, **more)
    found["spec"]["containers"] = []
    return found


async def test_who_is_silent_holds_nobody_up() -> None:
    pods = Pods()
    among = [started("one"), started("silent"), started("mute"), started("two"), started("ready", ready=True)]
    assert await hear(pods, among) == {"one": SAID, "two": SAID}
    assert pods.asked == ["one", "silent", "mute", "two"]
    assert pods.given_up == 1


async def test_no_question_goes_on_when_the_pass_is_ended() -> None:
    pods = Pods()
    hearing = asyncio.ensure_future(hear(pods, [started("silent")]))
    await pods.begun.wait()
    hearing.cancel()
    await asyncio.wait([hearing])
    assert hearing.cancelled()
    assert pods.given_up == 1


async def test_a_few_are_enough() -> None:
    pods = Pods()
    await hear(pods, [started(str(number)) for number in range(100)])
    assert len(pods.asked) == MOST


async def test_a_real_download_is_heard() -> None:
    port = free_port()
    found = pod(download=running(5), uid="one")
    found["spec"]["containers"] = [{"name": "runtime", "ports": [{"name": "control", "containerPort": port}]}]
    found["status"]["podIP"] = "127.0.0.1"
    with answering(port, lambda: (7, 15)):
        async with PodStats() as pods:
            async with asyncio.timeout(SECONDS):
                while not (heard := await hear(pods, [found])):  # a busy machine may answer too late
                    pass
    assert heard == {"one": {"download": {"bytes": 7, "total_bytes": 15}}}
