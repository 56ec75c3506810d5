"""What follows from a server's capacity for its scaler: how many unfinished requests a pod should have. Pure.

Little's law (1961): requests that are unfinished on average = answers a second × their mean time in seconds. It holds
for any line that neither grows nor shrinks for good, whatever the arrivals.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from modelserver_operator.cli.loadtest.reporting.capacity_report import Proposal
from modelserver_operator.cli.loadtest.reporting.figures import rate, seconds
from modelserver_operator.cli.loadtest.reporting.report import Summary
from modelserver_operator.cli.yamltext import dump

MARGIN = 0.75  # as the operator takes of maxRunning where no target is given: docs/autoscaling.md


def proposal(at_capacity: Summary, pods: int | None, pods_after: int | None) -> Proposal | None:
    """None where nothing was answered. pods: ready ones before and after, None where nobody says."""
    if at_capacity.e2e is None:
        return None
    answered, mean = at_capacity.requests_per_second.value, at_capacity.e2e.mean.value
    unfinished, number = answered * mean, pods or 1
    target = max(1, math.floor(MARGIN * unfinished / number))
    little = (
        f"At {rate(answered)} answers/s that take {seconds(mean)} on average, {unfinished:.1f} requests are unfinished "
        "at a time (Little's law: rate × mean time)."
    )
    return Proposal(
        target_unfinished_requests=target,
        unfinished_at_capacity=unfinished,
        mean_e2e=mean,
        pods=number,
        margin=MARGIN,
        why=[little, *_why(unfinished, pods, pods_after)],
        manifest=dump({"spec": {"autoscaling": {"targetUnfinishedRequests": target}}}),
    )


def _why(unfinished: float, pods: int | None, pods_after: int | None) -> Iterator[str]:
    if pods:
        yield f"With {pods} ready {'pod' if pods == 1 else 'pods'} that is {unfinished / pods:.1f} each."
    else:
        yield "How many pods there are is not known, and 1 was taken: divide by their number, or name the ModelServer."
    if pods != pods_after:
        yield (
            f"There were {pods} ready pods at first and {pods_after} in the end, so this is the figure of neither: set "
            "replicas instead of autoscaling, and measure again."
        )
    yield (
        f"{100 * MARGIN:.0f} % of it is proposed: another pod has to be asked for before those that there are can take "
        "no more, for it serves only when it has loaded the model."
    )
