"""`python -m tests.bench.autoscaling`: how soon load becomes pods, and what it costs to follow the load of many.

1. Some ModelServers get more to do at random moments, three times each, by what one more pod serves each time: how long
   until their Deployments ask for that pod. The autoscaler has Kubernetes' own period.
2. Many ModelServers have four pods each, whose queues change every second by a request or two. Most of the time the
   autoscaler finds nothing to do; about every 1,000 seconds each ModelServer has a minute in which there is work for a
   fifth pod. What the operator's process uses meanwhile, and how old the numbers are that it tells.
3. While that load is still there, requests come to a real runtime: how long until the served metric says so.

What is being done goes to standard error; the last line of standard output is one JSON object. The exit code is 1 where
a target is missed.
"""

import argparse
import json
import os
import sys

from tests.bench.autoscaling import load
from tests.bench.autoscaling.own import own_share
from tests.bench.autoscaling.site import Site, site
from tests.bench.autoscaling.steps import steps
from tests.bench.autoscaling.targets import missed
from tests.bench.operator.figures import calls, passes, peak_mib
from tests.bench.percentile import percentile
from tools.setup.places import NO_PROXY

Figures = dict[str, float]


def main() -> int:
    """Runs the command line; the exit code is 1 where a target is missed."""
    arguments = _parser().parse_args()
    os.environ |= NO_PROXY
    with site(arguments.period) as where:
        figures = (
            _steps(where, arguments.step_servers, arguments.period)
            | _load(where, arguments.servers, arguments.seconds)
            | _own(where, arguments.samples)
            | {"rss_mib": peak_mib(where.operator)}
        )
    misses = missed(figures, arguments.period)
    for miss in misses:
        _say(miss)
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))
    return 1 if misses else 0


def _parser() -> argparse.ArgumentParser:
    what = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.autoscaling", description=__doc__, formatter_class=what
    )
    parser.add_argument("--step-servers", type=int, default=20, help="ModelServers that make steps, all at once")
    parser.add_argument("--period", type=int, default=15, help="seconds between two decisions of the autoscaler")
    parser.add_argument("--servers", type=int, default=100, help="ModelServers of four pods whose load is followed")
    parser.add_argument("--seconds", type=float, default=600.0, help="for how long it is")
    parser.add_argument("--samples", type=int, default=96, help="requests whose way to the metric is measured")
    return parser


def _steps(where: Site, servers: int, period: int) -> Figures:
    took = steps(where, servers, period)
    _say(f"{len(took)} steps of {servers} ModelServers took {min(took):.1f} to {max(took):.1f} s")
    return {"step_p50_seconds": percentile(took, 50), "step_p95_seconds": percentile(took, 95)}


def _load(where: Site, servers: int, seconds: float) -> Figures:
    queues = load.begin(where, servers)
    before = calls(where.operator), passes(where.operator)
    _say(f"{servers} ModelServers of {load.PODS} pods are told of; {seconds:g} s of changing load")
    cost = load.cost(where, queues, seconds)
    made = {verb: number - before[0].get(verb, 0) for verb, number in calls(where.operator).items()}
    _say(f"{cost.surges} surges; calls: {made}; passes: {passes(where.operator) - before[1]}")
    old = f"{min(cost.staleness):.1f} to {max(cost.staleness):.1f} s old"
    _say(f"{len(cost.staleness)} numbers were {old}, {cost.untold} were not told")
    staleness = {"staleness_p99_seconds": percentile(cost.staleness, 99), "untold": cost.untold}
    return {**staleness, "cpu_cores": cost.cores}


def _own(where: Site, samples: int) -> Figures:
    took = own_share(where, samples)
    _say(f"{samples} requests were in the metric after {min(took):.2f} to {max(took):.2f} s")
    return {"own_p95_seconds": percentile(took, 95)}


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
