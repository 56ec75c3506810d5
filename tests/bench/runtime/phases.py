"""The two halves of the benchmark: around the scripted engine, and around real vLLM."""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.runtime import pairs, soak, streams
from tests.bench.runtime.figures import median_difference, median_ratio
from tests.bench.runtime.process import config, serving
from tests.bench.runtime.soak import Soak
from tests.bench.runtime.streams import Load
from tests.engine import tiny_model

Result = dict[str, Any]

SEED = 5
SEQUENCES = 32  # on vLLM, and as many streams in the pairs of throughput
SOAK_RUNNING, SOAK_CALLERS = 8, 48  # six callers for each slot: most of them wait
SOAK_CALLERS_VLLM = 3 * SEQUENCES
ARGUMENTS = {"enforce-eager": "", "load-format": "dummy", "kv-cache-memory-bytes": "134217728"}


def scripted(arguments: argparse.Namespace, folder: Path) -> Result:
    """Streams and soak on the scripted engine."""
    load = Load(arguments.streams, arguments.events)
    wide = config("unused", arguments.streams, arguments.streams, {})
    memory = {}
    for side in ("bare", "shell"):  # each in a new process: memory that was given back is not seen again
        with (
            _said(f"memory of {load.streams} streams, {side}"),
            serving(folder, wide, arguments.interval, arguments.python) as server,
        ):
            memory[side] = asyncio.run(streams.memory_kib(server, side, load))
    with (
        _said(f"{arguments.waves} rounds of {load.streams} streams"),
        serving(folder, wide, arguments.interval, arguments.python) as server,
    ):
        waves = asyncio.run(streams.rounds(server, load, arguments.waves))
    narrow = config("unused", SOAK_RUNNING, 10 * SOAK_CALLERS, {})
    with _said(f"soak of {arguments.soak} requests"), serving(folder, narrow, 0.005, arguments.python) as server:
        soaked = asyncio.run(soak.run(server, Soak(arguments.soak, SOAK_CALLERS, 8, 0.04, SEED)))
    late = [{side: wave.p99_ms for side, wave in each.items()} for each in waves]
    return {
        "sse_streams_lost": sum(each["shell"].lost for each in waves),
        "sse_added_ms_p99": round(median_difference(late), 3),
        "memory_per_stream_kib": memory["shell"],
        "soak_leaked_slots": soaked["leaked_slots"],
        "soak_rss_growth": soaked["rss_growth"],
        "rounds": {"sse_p99_ms": late, "memory_per_stream_kib": memory, "soak": soaked},
    }


def vllm(arguments: argparse.Namespace, folder: Path) -> Result:
    """Pairs and soak on real vLLM: one engine, asked bare and through the shell."""
    model = tiny_model.write(folder / "model")
    start = config(str(model), SEQUENCES, 10 * SOAK_CALLERS_VLLM, ARGUMENTS)
    with serving(folder, start, 0, arguments.python) as server:
        with _said(f"{arguments.pairs} pairs of {arguments.calls} one-token answers"):
            latency = asyncio.run(pairs.latency(server, arguments.pairs, arguments.calls))
        with _said(f"{arguments.pairs} pairs of {SEQUENCES} streams of {arguments.tokens} tokens"):
            throughput = asyncio.run(pairs.throughput(server, arguments.pairs, SEQUENCES, arguments.tokens))
        with _said(f"soak of {arguments.soak_vllm} requests on vLLM"):
            soaked = asyncio.run(soak.run(server, Soak(arguments.soak_vllm, SOAK_CALLERS_VLLM, 16, 0.3, SEED)))
    return {
        "added_latency_ms_p50": round(median_difference(latency), 3),
        "stream_throughput_ratio": round(median_ratio(throughput), 4),
        "soak_leaked_slots": soaked["leaked_slots"],
        "soak_rss_growth": soaked["rss_growth"],
        "rounds": {"latency_ms": latency, "tokens_per_second": throughput, "soak_vllm": soaked},
    }


@contextmanager
def _said(what: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    began = time.monotonic()
    print(f"{what} ...", end=" ", file=sys.stderr, flush=True)
    yield
    print(f"{time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)
