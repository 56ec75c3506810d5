"""A run of tests that is interrupted: none of its processes outlives it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.waiting import until
from tools.tiers.group import begun

ROOT = Path(__file__).parents[3]
SECONDS = 60
# Writes the process number of one that does not hear of an interrupt, as pytest's workers do not.
WITH_A_DEAF_ONE = "trap 'echo heard; exit 1' INT; (trap '' INT; exec sleep 600) & echo $!; wait"
# tools.tiers with nothing to run but that.
PROGRAM = """
import subprocess
import sys
from tools.tiers import __main__ as tiers
def run(tier, words):
    with tiers.begun(["sh", "-c", sys.argv[3]], stdout=subprocess.PIPE) as process:
        print(process.stdout.readline(), end="", flush=True)
tiers._run = run
sys.exit(tiers.main())
"""


def has_ended(process: int) -> bool:
    """Also one whose end nobody has asked for yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_an_interrupt_ends_all_that_was_begun() -> None:
    processes = []

    def interrupted() -> None:
        with begun(["sh", "-c", WITH_A_DEAF_ONE], stdout=subprocess.PIPE) as process:
            assert process.stdout
            processes.extend([process.pid, int(process.stdout.readline())])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    until(lambda: all(map(has_ended, processes)), SECONDS, "both have ended")


def test_what_ends_by_itself_is_let_be() -> None:
    with begun(["sh", "-c", "echo done; exit 3"], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.read() == "done\n"
    assert process.returncode == 3


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_ends_the_run_of_tiers_ends_what_runs_in_it(ending: signal.Signals) -> None:
    """Though it was begun as a shell begins background jobs, which are to ignore interrupts."""
    with tiers("INT") as (run, deaf):
        run.send_signal(ending)
        said, _ = run.communicate(timeout=SECONDS)
    assert (run.returncode, said.partition("\n")[0]) == (130, "heard")
    until(lambda: has_ended(deaf), SECONDS, "the deaf one has ended")


def test_with_nohup_it_outlives_its_terminal() -> None:
    with tiers("HUP") as (run, _):
        status = Path(f"/proc/{run.pid}/status").read_text(encoding="utf-8")
        run.terminate()
        run.communicate(timeout=SECONDS)
    ignored = int(status.partition("SigIgn:")[2].split()[0], 16)  # a bit for each signal
    assert ignored & 1 << signal.SIGHUP - 1


@contextmanager
def tiers(ignored: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A run that has begun, by somebody who ignores this signal; and the number of the deaf process in it."""
    program = [sys.executable, "-c", PROGRAM, "--only", "unit", WITH_A_DEAF_ONE]
    command = ["sh", "-c", f"trap '' {ignored}; exec \"$@\"", "sh", *program]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout
        yield run, int(run.stdout.readline())
