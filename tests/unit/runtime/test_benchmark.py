"""A short run of `make bench-runtime` without vLLM: a benchmark that nobody runs would rot."""

import json
import subprocess
import sys
from pathlib import Path

SHORT = "--pairs 0 --streams 20 --events 6 --interval 0.05 --waves 1 --soak 400"
ROOT = Path(__file__).parents[3]


def test_the_benchmark_runs_and_nothing_is_lost_or_stays() -> None:
    command = [sys.executable, "-m", "tests.bench.runtime", "--python", sys.executable, *SHORT.split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr

    found = json.loads(done.stdout.splitlines()[-1])
    assert {"sse_added_ms_p99", "soak_rss_growth", "memory_per_stream_kib"} <= found.keys()
    assert (found["sse_streams_lost"], found["soak_leaked_slots"]) == (0, 0)
    assert min(found["rounds"]["soak"]["gone"].values()) > 0  # while sending, waiting and running
