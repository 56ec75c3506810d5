"""`python -m tests.bench.profiles`: what the values of the profiles do, as far as a machine without a GPU can tell.

What is being done goes to standard error; the last line of standard output is one JSON object.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

from tests.bench.profiles.line import Line
from tests.bench.profiles.server import Serving, served
from tests.bench.profiles.streams import burst
from tools.setup.places import NO_PROXY

from modelserver_operator.resolve.profiles import PROFILES

STREAMS = (16, 32, 64)
INTERVALS = (1, 2, 4)
THRESHOLDS = (50, 75, 100)
LOADS = (0.9, 1.2, 2.0)
Figures = dict[str, float]


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.profiles", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="how often each combination is measured, in turn")
    parser.add_argument("--tokens", type=int, default=96, help="of each stream")
    arguments = parser.parse_args()
    os.environ |= NO_PROXY
    with tempfile.TemporaryDirectory() as scratch, served(Path(scratch), max(STREAMS)) as server:
        streams = _streams(server, arguments.rounds, arguments.tokens)
    print(json.dumps({"streams": streams, "lines": _lines()}))


def _streams(server: Serving, rounds: int, tokens: int) -> list[Figures]:
    """Of each number of streams and each interval, the median of all rounds."""
    found: dict[tuple[int, int], list[Figures]] = {}
    asyncio.run(burst(server.url, max(STREAMS), 8))  # what is made at the first use is no figure
    for turn in range(rounds):
        print(f"round {turn + 1} of {rounds}", file=sys.stderr)
        for streams, every in product(STREAMS, INTERVALS):
            server.streams_every(every)
            found.setdefault((streams, every), []).append(_round(server, streams, tokens))
    return [
        {"streams": streams, "interval_tokens": every, **_medians(each)} for (streams, every), each in found.items()
    ]


def _round(server: Serving, streams: int, tokens: int) -> Figures:
    before = server.cpu_seconds()
    seen = asyncio.run(burst(server.url, streams, tokens))
    spent, gaps = server.cpu_seconds() - before, sorted(seen.gaps)
    return {
        "tokens_per_second": seen.tokens / seen.seconds,
        "ttft_ms_p50": statistics.median(seen.first) * 1000,
        "event_gap_ms_p50": statistics.median(gaps) * 1000,
        "event_gap_ms_p95": gaps[len(gaps) * 95 // 100] * 1000,
        "front_end_cpu_us_per_token": spent / seen.tokens * 1e6,
    }


def _medians(rounds: list[Figures]) -> Figures:
    return {name: round(statistics.median(each[name] for each in rounds), 2) for name in rounds[0]}


def _lines() -> list[dict[str, Any]]:
    """What the profiles' lines do to those who wait in them, at each threshold of early refusal and each load."""
    return [
        {"profile": name, "threshold_percent": threshold, "load": load, **_line(threshold, load, values)}
        for (name, values), threshold, load in product(PROFILES.items(), THRESHOLDS, LOADS)
    ]


def _line(threshold: int, load: float, values: Any) -> Figures:
    figures = Line(values.max_sequences, values.max_waiting, threshold).figures(load)
    return {key: round(value, 3) for key, value in figures.items()}


if __name__ == "__main__":
    main()
