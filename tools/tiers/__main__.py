"""`python3 -m tools.tiers [--only TIER] [PYTEST ARGUMENTS]`: sets up what a tier needs and runs it with pytest.

Without `--only` every tier runs, whatever the others' results, and the end shows all of them.
"""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass

from tools.setup import engine, helm, model, rates
from tools.setup.places import NO_PROXY, PYTHON, ROOT
from tools.setup.runner import interrupted, run
from tools.setup.screen import Screen, duration
from tools.setup.steps import with_needs

NEEDS = {
    "unit": ("environment", "redis"),
    "controlplane": ("root", "environment", "kubernetes", "helm", "optional-kinds"),
    "chart": ("root", "environment", "kubernetes", "helm", "optional-kinds", "promtool"),
    "engine": ("environment", "engine", "rates", "model"),
    "e2e": ("environment", "engine", "kubernetes", "helm", "model", "images", "nginx"),
}


# These tiers mostly wait for Kubernetes: two workers, each with a cluster of its own, take half the time. The tests of
# a file stay with one worker, and files are begun in their order, since one looks back at all of them.
WORKERS = ("--numprocesses=2", "--dist=loadfile", "--no-loadscope-reorder", "--max-worker-restart=0")
SHARED = ("controlplane", "chart")


@dataclass(frozen=True)
class Result:
    """How a tier went; `summary` is pytest's last line."""

    tier: str
    passed: bool
    seconds: float
    summary: str


def main() -> int:
    """Runs the command line; the exit code is 1 when a tier failed."""
    arguments, rest = _parser().parse_known_args()
    try:
        results = [_run(tier, rest) for tier in ([arguments.only] if arguments.only else NEEDS)]
    except KeyboardInterrupt:
        return interrupted(Screen())
    if len(results) > 1:
        print("\n" + "\n".join(_line(result) for result in results))
    return 0 if all(result.passed for result in results) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tools.tiers", description=__doc__)
    parser.add_argument("--only", choices=NEEDS, help="run this tier alone")
    return parser


def _run(tier: str, rest: list[str]) -> Result:
    start = time.monotonic()
    if not run(with_needs(NEEDS[tier]), Screen(quiet=True)):
        return Result(tier, False, time.monotonic() - start, "not run: a step before it failed")
    passed, summary = _pytest(tier, rest)
    return Result(tier, passed, time.monotonic() - start, summary)


def _pytest(tier: str, rest: list[str]) -> tuple[bool, str]:
    """Runs pytest with its output passed through; gives its verdict and its last line."""
    print(f"\n{tier}: pytest tests/{tier}", flush=True)
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    workers = WORKERS if tier in SHARED else ()
    chosen = [] if any(word.startswith("tests/") for word in rest) else [f"tests/{tier}", *workers]
    command = [str(PYTHON), "-m", "pytest", *chosen, *colour, *rest]
    last = ""
    with subprocess.Popen(command, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, text=True) as pytest:
        for line in pytest.stdout or ():
            print(line, end="", flush=True)
            last = line.strip("= \n") or last
    return pytest.returncode == 0, last


def _environment() -> dict[str, str]:
    found = {
        "MODELSERVER_ENGINE_PYTHON": engine.python(),
        "MODELSERVER_RATES": rates.folder(),
        "MODELSERVER_DEMO_MODEL": model.folder(),
        "MODELSERVER_HELM": helm.helm(),
    }
    return {**os.environ, **{name: str(path) for name, path in found.items()}, **NO_PROXY, "OMP_NUM_THREADS": "1"}


def _line(result: Result) -> str:
    verdict = "passed" if result.passed else "FAILED"
    return f"{result.tier:<14} {verdict:<8} {duration(result.seconds):<14} {result.summary}"


if __name__ == "__main__":
    sys.exit(main())
