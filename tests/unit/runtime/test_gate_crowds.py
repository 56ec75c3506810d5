"""The gate among many who come, leave and hang up by chance: no slot is lost or given twice, nobody is overtaken."""

import asyncio
import contextlib
import random

import pytest
from tests.unit.runtime.test_gate import visits

from modelserver_runtime.admission.gate import Gate
from modelserver_runtime.refusals import ClientGone, Refused


class Crowd:
    """Visitors of a gate who stay until a chance event: the end of their business, or their hanging up."""

    def __init__(self, gate: Gate, seed: int) -> None:
        self.gate, self.chance = gate, random.Random(seed)
        self.events: list[asyncio.Future[None]] = []
        self.visits: list[asyncio.Task[None]] = []
        self.numbers: list[int] = []  # of those who came in, in the order in which they did
        self.slots = 0

    def arrive(self) -> None:
        self.visits.append(asyncio.create_task(self._visit(len(self.visits))))

    def happen(self) -> None:
        """Let one event happen to somebody, if there is anybody."""
        if self.events:
            event = self.events.pop(self.chance.randrange(len(self.events)))
            event.set_result(None)

    async def _visit(self, number: int) -> None:
        gone, end, slots = asyncio.Future[None](), asyncio.Future[None](), self.chance.randint(1, 3)
        self.events += [gone, end]
        with contextlib.suppress(ClientGone, Refused):
            async with self.gate.slot(gone, 60, slots):
                self.numbers.append(number)
                self.slots += slots
                try:
                    await asyncio.wait({gone, end}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    self.slots -= slots


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_happens_no_slot_is_lost(seed: int) -> None:
    crowd = Crowd(Gate(5, 4), seed)
    for _ in range(200):
        crowd.arrive()
        for _ in range(crowd.chance.randrange(4)):
            await asyncio.sleep(0)
            crowd.happen()
        assert crowd.slots <= 5
        assert crowd.gate.running <= 5
        assert crowd.gate.waiting <= 4
    assert crowd.gate.unfinished, "the crowd is large enough to fill the gate"
    while not all(visit.done() for visit in crowd.visits):
        crowd.happen()
        await asyncio.sleep(0)
    assert crowd.gate.unfinished == 0
    await fill(crowd.gate)


@pytest.mark.parametrize("seed", range(10))
async def test_whatever_happens_nobody_is_overtaken(seed: int) -> None:
    crowd = Crowd(Gate(5, 6), seed)
    for _ in range(150):
        await settle()  # who has a slot knows it before the next comes
        crowd.arrive()
        for _ in range(crowd.chance.randrange(4)):
            await settle()
            crowd.happen()
    assert len(crowd.numbers) > 30, "many came in"
    assert crowd.numbers == sorted(crowd.numbers)
    while not all(visit.done() for visit in crowd.visits):
        crowd.happen()
        await asyncio.sleep(0)


async def settle() -> None:
    """Let every task come to where it waits: some whose business has ended already leave one after the other."""
    for _ in range(100):
        await asyncio.sleep(0)


async def fill(gate: Gate) -> None:
    """All slots are there: as many requests as there are slots run at once."""
    filling = await visits(gate, *[1] * gate.max_running)
    assert gate.running == gate.max_running
    for visit in filling:
        await visit.leaves()
