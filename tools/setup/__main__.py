"""`python3 -m tools.setup STEP...`: brings about what the demo and the tests need; `--list` says what there is."""

import argparse
import sys

from tools.setup import engine, helm, model
from tools.setup.places import cache
from tools.setup.runner import interrupted, run
from tools.setup.screen import NAME_WIDTH, Screen
from tools.setup.steps import STEPS, with_needs

LOOKUPS = {
    "cache": cache,
    "engine-python": engine.python,
    "helm": helm.helm,
    "demo-model": model.folder,
}


def main() -> int:
    """Runs the command line; the exit code is 1 when a step failed."""
    arguments = _arguments()
    if arguments.list:
        print("\n".join(f"{step.name:<{NAME_WIDTH}} {step.purpose}" for step in STEPS))
        return 0
    if arguments.print:
        print(LOOKUPS[arguments.print]())
        return 0
    names = arguments.steps or [step.name for step in STEPS]
    screen = Screen(quiet=arguments.quiet)
    try:
        return 0 if run(with_needs(names), screen) else 1
    except KeyboardInterrupt:
        return interrupted(screen)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m tools.setup", description=__doc__)
    names = [step.name for step in STEPS]
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"{', '.join(names)}; all when none is named")
    parser.add_argument("--list", action="store_true", help="say what each step does")
    parser.add_argument("--print", choices=sorted(LOOKUPS), help="print where something lies, and nothing else")
    parser.add_argument("--quiet", action="store_true", help="say nothing of what is already there")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.steps if name not in names]
    if unknown:
        parser.error(f"no step is called {unknown[0]}; there are {', '.join(names)}")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
