"""`python3 -m tools.demo up|down`: the whole way, from nothing to answers, and back."""

import argparse
import contextlib
import sys
import time

from tools.demo.ending import for_people, for_programs
from tools.demo.up import Demo, steps
from tools.devcluster.errors import DevclusterError
from tools.setup.fresh import remove
from tools.setup.places import cache, state
from tools.setup.runner import interrupted, run
from tools.setup.screen import Screen
from tools.setup.steps import with_needs

NEEDS = ("environment", "engine", "kubernetes", "helm", "model", "images")  # what only tests need is left out


def main() -> int:
    """Runs the command line; the exit code is 1 when something failed."""
    parser = argparse.ArgumentParser(prog="python3 -m tools.demo", description=__doc__)
    parser.add_argument("what", choices=("up", "down"))
    what = parser.parse_args().what
    try:
        return _up() if what == "up" else _down()
    except KeyboardInterrupt:
        return interrupted(Screen())


def _up() -> int:
    start = time.monotonic()
    demo = Demo()
    screen = Screen()
    if not (run(with_needs(NEEDS), screen) and run(steps(demo), screen, demo.folder / "logs")):
        return 1
    ending = for_people if sys.stdout.isatty() else for_programs
    print(ending(demo, time.monotonic() - start), flush=True)
    return 0


def _down() -> int:
    demo = Demo()
    try:
        existed = demo.cluster.down()
    except DevclusterError as error:
        print(f"demo-down failed: {error}")
        return 1
    remove(demo.folder)
    with contextlib.suppress(OSError):  # another cluster may be in it
        state().rmdir()
    print(
        "The demo is gone." if existed else "There was no demo.",
        f"Caches stay in {cache()}; delete that to free the disk.",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
