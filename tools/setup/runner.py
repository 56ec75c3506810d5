"""Runs steps in order: skips what is done, and says of a failure what failed, where its log is and what to do."""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.setup.places import logs
from tools.setup.recorder import CommandError, Recorder
from tools.setup.screen import Screen
from tools.setup.step import Step, StepError

TAIL_LINES = 15


def run(steps: Sequence[Step], screen: Screen, folder: Path | None = None) -> bool:
    """Brings every step about; False when one failed, which ends the run.

    folder: for a log and a lock of each step; by default beside the cache that the steps of tools.setup fill.
    """
    folder = folder or logs()
    folder.mkdir(parents=True, exist_ok=True)
    return all(_bring_about(step, screen, folder) for step in steps)


def _bring_about(step: Step, screen: Screen, folder: Path) -> bool:
    if _done(step):
        screen.skipped(step)
        return True
    with _alone(step, screen, folder / f".{step.name}.lock"):
        if _done(step):  # another run made it while this one waited
            screen.skipped(step)
            return True
        return _make(step, screen, Recorder(folder / f"{step.name}.log"))


def _done(step: Step) -> bool:
    """Whether the step is done; where that cannot be told, making it will say why."""
    try:
        return step.done()
    except (StepError, OSError):
        return False


def _make(step: Step, screen: Screen, recorder: Recorder) -> bool:
    try:
        with screen.running(step, recorder):
            step.run(recorder)
    except (StepError, CommandError, OSError) as failure:
        screen.say(_failure(step, recorder, failure))
        return False
    return True


def interrupted(screen: Screen) -> int:
    """What Ctrl-C leaves to say, and the exit code that shells expect of it."""
    screen.say("\nInterrupted. Run the same command again: it goes on from here.")
    return 130


def _failure(step: Step, recorder: Recorder, failure: Exception) -> str:
    last = "\n".join(f"    {line}" for line in recorder.tail(TAIL_LINES))
    said = f"  The last it said:\n{last}\n" if last else ""
    return f"\n{step.name} failed: {failure}\n{said}  Log: {recorder.path}\n  What to do: {step.advice}"


@contextmanager
def _alone(step: Step, screen: Screen, path: Path) -> Iterator[None]:
    """Holds the step's lock: two runs on one machine share the cache. Whoever waits for long is told why."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            screen.say(f"{step.name} is being made by another run; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
