"""A short run of `make bench-loadtest` without wrk: a benchmark that nobody runs would rot."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.long
def test_the_benchmark_runs_and_every_stream_is_whole() -> None:
    command = [sys.executable, "-m", "tests.bench.loadtest", "--pairs", "0", "--streams", "200"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["streams"] == 200
    assert {"percentile_error", "cpu_us_per_event"} <= found.keys()
