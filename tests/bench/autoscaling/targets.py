"""What the figures may be at most."""

from collections.abc import Mapping

BEYOND_PERIOD_SECONDS = 3.0  # of the autoscaler: from a step of the load to the pods that it asks for
# A number that was not told is none of those that were old: none may be missing.
MOST = {"own_p95_seconds": 2.2, "staleness_p99_seconds": 4.0, "untold": 0.0, "cpu_cores": 0.25}


def missed(figures: Mapping[str, float], period: float) -> list[str]:
    """A sentence for each target that is; the autoscaler decides every `period` seconds."""
    most = {"step_p95_seconds": period + BEYOND_PERIOD_SECONDS} | MOST
    return [
        f"{name} is {figures[name]:g}, and may be {limit:g} at most."
        for name, limit in most.items()
        if figures[name] > limit
    ]
