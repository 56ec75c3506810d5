"""`python -m tests.bench.rollout`: what a rolling change costs those who ask meanwhile, on a real kubelet with vLLM.

1. Clients stream all the time through the Service of a ModelServer with three replicas, and its engine's sizes are
   changed, so that every pod is replaced. Every stream is compared with the likeliest answer, which is always the same.
2. The scale of a variant is changed some times: how long until every pod answers by it.
3. A pod that has nothing to do is deleted: how long until it has ended.

What is being done goes to standard error; the last line of standard output is one JSON object. The exit code is 1 where
a target is missed.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping

from tests.bench.rollout import streams
from tests.bench.rollout.site import PATIENCE_SECONDS, Site, site
from tests.bench.rollout.steps import idle_exit, retuned, rolled
from tests.waiting import until
from tools.setup.places import NO_PROXY

BEGUN = 20  # answers before the change
SCALES = (0.5, 0.7, 0.9, 1.1, 1.3)
# What each may be at most; streams that nobody lost are what rolling is about.
MOST = {"failed": 0.0, "cut": 0.0, "refused": 0.0, "idle_exit_seconds": 30.0, "retune_seconds": 5.0}
Figures = dict[str, float]


def main() -> int:
    """Runs the command line; the exit code is 1 where a target is missed."""
    arguments = _parser().parse_args()
    os.environ |= NO_PROXY
    with site(arguments.replicas) as where:
        figures = _rolling(where, arguments.requests) | _retuning(where) | _ending(where)
    missed = _missed(figures)
    _say(*missed)
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}))
    return 1 if missed else 0


def _parser() -> argparse.ArgumentParser:
    what = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rollout", description=__doc__, formatter_class=what)
    parser.add_argument("--replicas", type=int, default=3, help="pods; while they roll there is one more of 2 GiB")
    parser.add_argument("--requests", type=int, default=300, help="streams at least; the load goes on until then")
    return parser


def _rolling(where: Site, least: int) -> Figures:
    _say(f"{where.replicas} pods are Ready; streams begin, and then the change")
    with streams.load(where.url).running() as load:
        until(lambda: streams.requests(load) >= BEGUN, PATIENCE_SECONDS, "streams are answered")
        before, took = streams.requests(load), rolled(where)
        _say(f"all pods are new after {took:.1f} s, in which {streams.requests(load) - before} streams ended")
        until(lambda: streams.requests(load) >= least, PATIENCE_SECONDS, f"{least} streams have ended")
    _say(*streams.troubles(load))
    return {**streams.figures(load), "rollout_seconds": took}


def _retuning(where: Site) -> Figures:
    took = [retuned(where, scale) for scale in SCALES]
    _say(f"retunes were in force after {', '.join(f'{each:.2f}' for each in took)} s")
    return {"retune_seconds": max(took)}


def _ending(where: Site) -> Figures:
    took = idle_exit(where)
    _say(f"a pod that had nothing to do was gone after {took:.1f} s")
    return {"idle_exit_seconds": took}


def _missed(figures: Mapping[str, float]) -> list[str]:
    """A sentence for each target that is."""
    return [
        f"{name} is {figures[name]:g}, and may be {most:g} at most."
        for name, most in MOST.items()
        if figures[name] > most
    ]


def _say(*what: str) -> None:
    for line in what:
        print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
