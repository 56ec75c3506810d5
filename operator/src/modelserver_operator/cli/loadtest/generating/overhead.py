"""What the generator itself costs, and whether it is what was measured: a load test that cannot keep up says so."""

from __future__ import annotations

import time

from modelserver_operator.cli.loadtest.generating.histogram import Histogram
from modelserver_operator.cli.loadtest.generating.recorded import Spread
from modelserver_operator.cli.loadtest.generating.timer import Timer

LOOKS_SECONDS = 0.02
SHORTEST_LOOK_SECONDS = 0.5  # a load that is stopped ends within milliseconds of a look, and is busy with that
# From here on a generator's own delays stand in the figures: beyond a hundredth of a second at the 99th percentile
# they are more than what the percentiles of a server of use are rounded to, and a process has one core.
MOST_DELAY_SECONDS = 0.01
MOST_CPU_SHARE = 0.9


class Overhead:
    """Watches its own process while a load runs."""

    def __init__(self) -> None:
        self.lag = Histogram()
        self.cpu_share = 0.0  # the most between two looks
        self._cpu_began = self._cpu = time.process_time()
        self._wall = self._due = time.monotonic()
        self._timer = Timer(self._looked)
        self._looked()

    @property
    def cpu_seconds(self) -> float:
        """The processor's time since the beginning."""
        return time.process_time() - self._cpu_began

    def look(self) -> None:
        """Take note of the processor's time; once a second or so."""
        cpu, wall = time.process_time(), time.monotonic()
        if self.cpu_share and wall - self._wall < SHORTEST_LOOK_SECONDS:
            return
        self.cpu_share = max(self.cpu_share, (cpu - self._cpu) / max(wall - self._wall, 1e-3))
        self._cpu, self._wall = cpu, wall

    def close(self) -> None:
        """Watch no longer."""
        self._timer.close()

    def _looked(self) -> None:
        now = time.monotonic()
        self.lag.add(max(0.0, now - self._due))
        self._due = now + LOOKS_SECONDS
        self._timer.at(self._due)


def bottleneck(cpu_share: float, lateness: Spread, lag: Spread, waited: int, most_connections: int) -> str | None:
    """A sentence for the first reason why the figures may be the generator's own; None: there is none."""
    if waited:
        return (
            f"{waited} requests waited for one of {most_connections} connections: share the load between several "
            "generators, or raise this process's limit of open files (ulimit -n) where that is what allows no more."
        )
    if cpu_share > MOST_CPU_SHARE:
        return f"The generator used {cpu_share:.0%} of a core: share the load between several."
    if lateness.p99 > MOST_DELAY_SECONDS:
        return f"One request in a hundred was sent {lateness.p99 * 1000:.0f} ms late or more: this machine is too busy."
    if lag.p99 > MOST_DELAY_SECONDS:
        return f"The generator came to what had arrived {lag.p99 * 1000:.0f} ms late or more: this machine is too busy."
    return None
