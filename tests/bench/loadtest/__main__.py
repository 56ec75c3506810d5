"""`python -m tests.bench.loadtest`: what `modelserver loadtest` can ask for, and whether it reports what happened.

All against the scripted engine behind uvicorn alone, in a process of its own:
1. Plain requests on connections that are kept, as fast as they are answered: ours and wrk's, in turn, and what a
   request costs each of them.
2. Streams that are all open at once, each of which has to be answered whole.
3. Known delays, and a server that stands still for two seconds: percentiles beside those of the engine's own record.

What is being done goes to standard error; the last line of standard output is one JSON object. The exit code is 1 where
a target is missed.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from tests.bench.loadtest import exact, held, rates
from tests.cli.scripted import scripted

LEAST = {"rps_ratio": 0.8}
MOST = {"percentile_error": 0.02}
Figures = dict[str, float]


def main() -> int:
    """Runs the command line; the exit code is 1 where a target is missed."""
    arguments = _parser().parse_args()
    with tempfile.TemporaryDirectory() as folder, scripted(Path(folder)) as server:
        figures: Figures = {}
        if arguments.pairs:
            figures |= rates.figures(server, arguments.pairs, arguments.seconds, arguments.connections)
            say(f"requests a second: {figures}")
        figures |= asyncio.run(held.figures(server, arguments.streams))
        say(f"streams: {figures}")
        figures |= asyncio.run(exact.figures(server))
    missed = [name for name, least in LEAST.items() if figures.get(name, least) < least]
    missed += [name for name, most in MOST.items() if figures[name] > most]
    missed += ["streams"] if figures["streams"] < arguments.streams else []
    for name in missed:
        say(f"{name} misses its target: {figures[name]:g}")
    print(json.dumps({name: round(value, 4) for name, value in figures.items()}))
    return 1 if missed else 0


def _parser() -> argparse.ArgumentParser:
    what = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m tests.bench.loadtest", description=__doc__, formatter_class=what)
    parser.add_argument("--pairs", type=int, default=5, help="runs of ours and of wrk's; 0 leaves both out")
    parser.add_argument("--seconds", type=int, default=5, help="of each of them")
    parser.add_argument("--connections", type=int, default=64, help="of each of them")
    parser.add_argument("--streams", type=int, default=5000, help="open at once")
    return parser


def say(what: str) -> None:
    """Tell people how it goes."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
