"""A clock that the tests turn by hand: whoever sleeps wakes when the clock has passed, and no real second goes by."""

import asyncio
import heapq
from dataclasses import dataclass, field

from modelserver_operator.workqueue import Time

SETTLE_STEPS = 50  # turns of the event loop; a key's way through the queue takes fewer than ten


@dataclass
class VirtualClock:
    now: float = 1000.0
    _sleepers: list[tuple[float, int, asyncio.Future[None]]] = field(default_factory=list)

    def time(self) -> Time:
        return Time(now=lambda: self.now, sleep=self._sleep)

    async def advance(self, seconds: float) -> None:
        """Let the time pass, waking sleepers one by one in their order."""
        await self.settle()
        end = self.now + seconds
        while self._sleepers and self._sleepers[0][0] <= end:
            self.now, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                sleeper.set_result(None)
            await self.settle()
        self.now = end

    async def settle(self) -> None:
        """Let everything happen that can happen without time passing."""
        for _ in range(SETTLE_STEPS):
            await asyncio.sleep(0)

    async def _sleep(self, seconds: float) -> None:
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + max(0.0, seconds), id(sleeper), sleeper))
        await sleeper
