"""`python -m tests.bench.operator`: how fast, how big and how quiet the operator is with many ModelServers.

What is being done goes to standard error; the last line of standard output is one JSON object.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice

from tests.bench.operator.drift import repaired_after
from tests.bench.operator.figures import calls, passes, peak_mib, waiting
from tests.bench.operator.idle import settle, written
from tests.bench.operator.load import apply, place, wait
from tests.bench.operator.readiness import is_ready, watched
from tests.bench.operator.site import Site, site
from tests.bench.percentile import percentile
from tests.controlplane.kube import eventually
from tests.controlplane.process import Operator
from tools.setup.places import NO_PROXY

PATIENCE_SECONDS = 3600.0
Figures = dict[str, float]


def main() -> None:
    """Runs the command line."""
    arguments = _parser().parse_args()
    os.environ |= NO_PROXY
    with site(pods=arguments.idle_objects + arguments.objects) as where, _running(where) as operator:
        figures = (
            _idle(where, arguments.idle_objects, arguments.idle_seconds)
            | _many(where, operator, arguments.objects)
            | _drift(where, arguments.drifts, arguments.objects)
            | {"rss_mib": peak_mib(operator)}
            | _restart(operator, arguments.idle_objects + arguments.objects)
        )
        figures["rss_mib"] = max(figures["rss_mib"], peak_mib(operator))
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.operator", description=__doc__)
    parser.add_argument("--objects", type=int, default=1000, help="ModelServers that are applied at once")
    parser.add_argument("--idle-objects", type=int, default=50, help="ModelServers that exist while nothing happens")
    parser.add_argument("--idle-seconds", type=float, default=600.0, help="for how long nothing happens")
    parser.add_argument("--drifts", type=int, default=40, help="Deployments that are changed, one after the other")
    return parser


@contextmanager
def _running(where: Site) -> Iterator[Operator]:
    operator = where.operator()
    try:
        yield operator.start()
    finally:
        operator.kill()
        _say(f"the end of its log:\n{operator.log.read_text()[-2000:]}")


def _idle(where: Site, objects: int, seconds: float) -> Figures:
    """What is written while nothing happens."""
    where.make_namespaces("idle", objects)
    with watched(where.kube) as readiness:
        wait(readiness, apply(where, "idle", objects))
    settle(where.cluster.audit_log, PATIENCE_SECONDS)
    _say(f"{objects} ModelServers are Ready; {seconds:g} s without any event")
    writes = written(where.cluster.audit_log, seconds)
    _say(f"writes: {dict(writes) or 'none'}")
    return {"idle_writes": writes.total()}


def _many(where: Site, operator: Operator, objects: int) -> Figures:
    """From apply to Ready, for each object and for all."""
    where.make_namespaces("many", objects)
    before, start = calls(operator), time.monotonic()
    with watched(where.kube) as readiness:
        applied = apply(where, "many", objects)
        _say(f"{objects} ModelServers were applied in {time.monotonic() - start:.1f} s")
        wait(readiness, applied)
    settle(where.cluster.audit_log, PATIENCE_SECONDS)
    made = {verb: number - before.get(verb, 0) for verb, number in calls(operator).items()}
    _say(f"calls: {made}; passes: {passes(operator)}; memory at most {peak_mib(operator):.0f} MiB")
    took = [readiness.since[name] - at for name, at in applied.items() if name in readiness.since]
    unready = [server for server in where.kube.list("ModelServer") if not is_ready(server)]
    for server in unready[:3]:
        _say(f"not Ready: {json.dumps(server.get('status'))}")
    return {
        "objects": objects,
        "errors": len(unready),
        "all_reconciled_seconds": max(readiness.since.values()) - start,
        "p50_seconds": percentile(took, 50),
        "p95_seconds": percentile(took, 95),
        "p99_seconds": percentile(took, 99),
        "calls_per_object": sum(made.values()) / objects,
    }


def _drift(where: Site, drifts: int, objects: int) -> Figures:
    """Of as many different Deployments as there are: none is to look contested."""
    names = [place("many", number) for number in range(objects)]
    took = [repaired_after(where.kube, *name) for name in islice(cycle(names), drifts)]
    _say(f"{drifts} Deployments were repaired after {min(took):.3f} to {max(took):.3f} s")
    return {"drift_p95_seconds": percentile(took, 95)}


def _restart(operator: Operator, objects: int) -> Figures:
    """From the start of a new process until it has looked at every ModelServer; the Lease was given back."""
    assert operator.stop() == 0, operator.said()
    start = time.monotonic()
    operator.start()
    eventually(lambda: passes(operator) >= objects and not waiting(operator), "it is in sync", seconds=PATIENCE_SECONDS)
    took = time.monotonic() - start
    _say(f"in sync {took:.1f} s after its start, with {calls(operator)}")
    return {"restart_seconds": took}


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
