"""How pods would be replaced, in words."""

from __future__ import annotations

from modelserver_operator.cli.plan.contents import Rollout, source
from modelserver_operator.resolve import Resolved

HOW = {
    "Replace": "one pod at a time: an old one finishes what it has accepted, for at most {drain} s, and goes; the new "
    "one in its place has {startup} s to start",
    "Surge": "one pod at a time: a new one is started beside the old ones and has {startup} s; once it is ready, an "
    "old one finishes what it has accepted, for at most {drain} s, and goes",
}


def rollout(resolved: Resolved) -> Rollout:
    """As far as it is known without a cluster."""
    chosen = resolved.rollout
    strategy = chosen.strategy
    times = {"drain": chosen.drain_seconds.value, "startup": chosen.startup_timeout_seconds.value}
    return Rollout(
        strategy=strategy.value,
        source=source(strategy.reason),
        reason=strategy.reason,
        how=HOW[strategy.value].format(**times),
        turn=_turn(resolved),
        pods=resolved.least_replicas,
    )


def _turn(resolved: Resolved) -> str:
    """Of how many servers a change of the class replaces pods at once."""
    most = resolved.placement.max_concurrent_rollouts
    servers = "one of its servers" if most == 1 else f"{most} of its servers"
    return f"a change of class {resolved.class_name} replaces pods of {servers} at a time; one of this server, at once"
