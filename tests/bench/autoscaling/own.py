"""Our share of a step: from a request's arrival in the runtime to its presence in the served metric.

The runtime's control port is at the address of a pod.
"""

import asyncio
import random
import time

from tests.autoscaling.pod import PORT, Manner
from tests.bench.autoscaling.runtime import AT_ONCE, runtime
from tests.bench.autoscaling.served import readings
from tests.bench.autoscaling.site import Site
from tests.bench.runtime.client import Caller, connect, request
from tests.bench.runtime.process import NAME
from tests.waiting import until

NAMESPACE, SERVER = "own", "measured"
PATIENCE_SECONDS = 60.0
PERIOD_SECONDS = 2.0  # how often the operator asks
BETWEEN_LOOKS_SECONDS = 0.05  # adds half of it to what is measured, and a few hundredths of a core to the load
EVENTS = 3600  # nobody waits for the last one


def own_share(where: Site, samples: int) -> list[float]:
    """Seconds; each request comes at a random moment of the operator's period."""
    fleet = where.fleet
    fleet.server(NAMESPACE, SERVER).start_seconds = None
    where.make_servers(NAMESPACE, [SERVER], minReplicas=1, maxReplicas=1)
    [pod] = until(lambda: fleet.pods(NAMESPACE, SERVER), PATIENCE_SECONDS, "the pod is on its node")
    fleet.behave(pod, Manner.REFUSES)
    with runtime(where.folder, (pod.address, PORT)) as server:
        fleet.ready(pod)
        took = asyncio.run(_samples(where, server.ports["shell"], samples))
    where.delete_servers(NAMESPACE, [SERVER])
    return took


async def _samples(where: Site, port: int, samples: int) -> list[float]:
    took: list[float] = []
    while len(took) < samples:
        await _told(where, 0)
        callers = [await connect(port) for _ in range(min(AT_ONCE, samples - len(took)))]
        took += [await _sample(where, caller, number) for number, caller in enumerate(callers, start=1)]
        for caller in callers:
            caller.hang_up()
    return took


async def _sample(where: Site, caller: Caller, number: int) -> float:
    await asyncio.sleep(random.uniform(0, PERIOD_SECONDS))  # what is measured depends on it
    at = time.monotonic()
    caller.send(request(NAME, tokens=EVENTS, stream=True), stream=True)
    await _told(where, number)
    return time.monotonic() - at


async def _told(where: Site, unfinished: int) -> None:
    """Return when the metric says so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await asyncio.to_thread(_read, where) != unfinished:  # noqa: ASYNC110 - the API server has no event for it
            await asyncio.sleep(BETWEEN_LOOKS_SECONDS)


def _read(where: Site) -> int | None:
    return next((each.unfinished for each in readings(where.kube, NAMESPACE, SERVER)), None)
