"""What a pod waits for that finds no free accelerator, and what to set where waiting does not help."""

from __future__ import annotations

from modelserver_operator.resolve import Resolved
from modelserver_operator.status.observed import Observed


def waits_for(seen: Observed, message: str) -> str:
    """The end of a sentence about such a pod, or nothing. message: the scheduler's."""
    if not isinstance(seen.outcome, Resolved):
        return ""
    accelerator = seen.outcome.placement.accelerator
    if accelerator is None or accelerator.resource_name not in message:
        return ""
    return f". {_wait(seen, seen.outcome)} The scheduler says"


def _wait(seen: Observed, resolved: Resolved) -> str:
    fewer = "spec.autoscaling.maxReplicas" if resolved.autoscaling else "spec.replicas"
    if not any(pod.get("spec", {}).get("nodeName") for pod in seen.older_pods):
        return f"It waits until enough of them are free: add nodes, free some, or lower {fewer}."
    if resolved.rollout.strategy.value == "Replace":
        return f"Where an old pod's place would do, the operator makes room; if not, add nodes, or lower {fewer}."
    return (
        "It waits until enough of them are free, since rollout.strategy Surge takes no old pod away before a new one "
        "answers: set spec.rollout.strategy to Replace, or add nodes."
    )
