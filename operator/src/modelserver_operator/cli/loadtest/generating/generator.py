"""Carries a load out: begins its requests, hears their answers, and tells what it saw and what that has cost."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence

from modelserver_operator.cli.loadtest.generating import descriptors
from modelserver_operator.cli.loadtest.generating.exchange import Exchange
from modelserver_operator.cli.loadtest.generating.loops import ClosedLoop, OpenLoop
from modelserver_operator.cli.loadtest.generating.overhead import Overhead, bottleneck
from modelserver_operator.cli.loadtest.generating.plan import Closed, LoadPlan
from modelserver_operator.cli.loadtest.generating.pool import GeneratorError, Pool, addresses
from modelserver_operator.cli.loadtest.generating.recorded import Cost, OnProgress, Outcome, Recorded, Spread
from modelserver_operator.cli.loadtest.generating.recording import Recording
from modelserver_operator.cli.loadtest.generating.schedule import choices, moments, within
from modelserver_operator.cli.loadtest.generating.wire import prepared

LEAD_SECONDS = 0.01  # from now to the load's beginning: else its first request would be late


async def generate(
    plan: LoadPlan, on_progress: OnProgress | None = None, stop: asyncio.Event | None = None
) -> Recorded:
    """Carry a load out, to the end of its last request. Once `stop` is set nothing new is begun, and what is open is
    abandoned.

    Raises:
        GeneratorError: it cannot be made from this machine, or for no such name.
    """
    most = descriptors.allowed(plan.most_connections)
    needed = plan.arrivals.clients if isinstance(plan.arrivals, Closed) else 1
    if needed > most:
        raise GeneratorError(
            f"This process may have {max(0, most)} connections, fewer than the {needed} that the load needs: "
            "raise its limit of open files (ulimit -n)."
        )
    run = _Run(plan, await addresses(plan.destination), most)
    try:
        async with run.pool:
            return await run.carried_out(on_progress, stop)
    finally:
        run.close()


class _Run:
    """One load while it runs."""

    def __init__(self, plan: LoadPlan, addresses: Sequence[str], most: int) -> None:
        self._plan, self._most = plan, most
        self._scenarios = tuple(dict.fromkeys(request.scenario for request in plan.requests))
        self._prepared = prepared(plan.destination, plan.requests, self._scenarios)
        self._choose = choices(plan.requests, plan.seed)
        self.pool = Pool(plan, addresses, most, self._ended)
        self._overhead = Overhead()
        self._quiet = asyncio.Event()  # nothing is under way, and nothing will be begun
        self._over = False
        self._last = 0.0  # moment at which a request was due
        self._began = time.monotonic() + LEAD_SECONDS
        self._recording = Recording(self._scenarios, self._began)
        self._loop = self._looped()

    def _looped(self) -> OpenLoop | ClosedLoop:
        plan, began = self._plan, self._began
        if isinstance(plan.arrivals, Closed):
            now = within(plan, iter(lambda: time.monotonic() - began, None))
            return ClosedLoop(plan.arrivals, now, (began, plan.end), self._begin, self._is_over)
        return OpenLoop(within(plan, moments(plan.arrivals, plan.seed)), began, self._begin, self._is_over)

    def close(self) -> None:
        """Begin nothing more, and let go of timers."""
        self._loop.close()
        self._overhead.close()

    async def carried_out(self, on_progress: OnProgress | None, stop: asyncio.Event | None) -> Recorded:
        """From the beginning to the end of the last request."""
        began_unix = time.time() + self._began - time.monotonic()
        self._loop.starts()
        stopped = await self._watched(on_progress, stop)
        stopped_at = time.monotonic() - self._began
        if stopped:
            self._loop.close()
            self.pool.abandon("stopped")
        return Recorded(
            scenarios=self._scenarios,
            kinds=self._recording.kinds,
            samples=self._recording.samples,
            headers={name.decode(): dict(values) for name, values in self.pool.noted.items()},
            gaps=self._recording.gaps,
            began_unix=began_unix,
            measured_from=self._plan.warm_up,
            measured_until=self._measured_until(stopped_at if stopped else math.inf),
            ended=time.monotonic() - self._began,
            stopped=stopped,
            own=self._own(),
        )

    async def _watched(self, on_progress: OnProgress | None, stop: asyncio.Event | None) -> bool:
        """Tell of it once a second until nothing is under way any more; whether it was stopped before."""
        ends = [asyncio.create_task(event.wait()) for event in (self._quiet, stop) if event]
        try:
            ended: set[asyncio.Task[bool]] = set()
            while not ended:
                ended, _ = await asyncio.wait(ends, timeout=1, return_when=asyncio.FIRST_COMPLETED)
                self._overhead.look()
                if on_progress:
                    on_progress(self._recording.progress(time.monotonic(), self.pool.under_way, self._plan.warm_up))
            return not self._quiet.is_set()
        finally:
            for task in ends:
                task.cancel()

    def _begin(self, moment: float) -> None:
        prepared = self._prepared[self._choose()]
        measured = moment >= self._plan.warm_up
        gaps = self._recording.gaps[prepared.scenario] if measured else None
        exchange = Exchange(prepared, gaps, moment, time.monotonic())
        self._last = moment
        self._recording.begins(exchange, measured=measured)
        self.pool.ask(exchange)
        if self._has_count:  # whoever waits to ask again is not waited for
            self._is_over()

    def _ended(self, exchange: Exchange, outcome: Outcome, kind: str) -> None:
        self._recording.ends(exchange, outcome, kind, time.monotonic())
        self._loop.ended(outcome, exchange.retry_after)
        self._settle()

    def _is_over(self) -> None:
        self._over = True
        self._settle()

    def _settle(self) -> None:
        if self._over and not self._recording.in_flight:
            self._quiet.set()

    @property
    def _has_count(self) -> bool:
        """Whether as many were begun as are to be measured."""
        return self._plan.count is not None and self._recording.measured >= self._plan.count

    def _measured_until(self, stopped_at: float) -> float:
        """The plan's end, or just behind the last request where that came by count; or when it was stopped, before
        which nothing was measured where that was in the warm-up."""
        plan = self._plan
        end = plan.end
        if self._has_count:
            end = math.nextafter(self._last, math.inf)
        return max(plan.warm_up, min(end, stopped_at))

    def _own(self) -> Cost:
        recording, overhead, pool = self._recording, self._overhead, self.pool
        lateness, lag, cpu = Spread.of(recording.lateness), Spread.of(overhead.lag), overhead.cpu_seconds
        return Cost(
            cpu_seconds=cpu,
            cpu_share=overhead.cpu_share,
            cpu_per_request=cpu / max(1, len(recording.samples)),
            lateness=lateness,
            loop_lag=lag,
            connections=pool.opened,
            most_in_flight=recording.most_in_flight,
            waited_for_connection=pool.waited,
            bottleneck=bottleneck(overhead.cpu_share, lateness, lag, pool.waited, self._most),
        )
