"""The processor's time as the benchmark of load tests counts it."""

import subprocess
import sys
import time

import pytest
from tests.bench.loadtest.processor import Watch, of_ended_children, of_process

SECONDS = 0.3
# Until it has had so much of the processor, however long that takes.
BUSY = f"import time\nwhile time.process_time() < {SECONDS}: pass"
ASKED = f"input()\n{BUSY}\nprint(time.process_time(), flush=True)\ninput()"
TICKS = 0.03  # seconds: two ends of a time that is counted in hundredths


def test_what_a_child_has_had_is_counted_when_it_has_ended() -> None:
    before = of_ended_children()
    subprocess.run([sys.executable, "-c", BUSY], check=True)
    assert of_ended_children() - before >= SECONDS


def test_what_a_process_has_had_is_what_it_says_itself() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ASKED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as child:
        assert child.stdin
        assert child.stdout
        began, watch = time.monotonic(), Watch(child.pid)
        child.stdin.write("\n")
        said = float(child.stdout.readline())
        had, share = of_process(child.pid), watch.share()
        lasted = time.monotonic() - began
        child.stdin.write("\n")
    assert had == pytest.approx(said, abs=TICKS)
    assert share * lasted > SECONDS / 2  # its start may have been before
    assert share <= 1 + TICKS / SECONDS
