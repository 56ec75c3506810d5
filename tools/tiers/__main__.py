"""`python3 -m tools.tiers [--only TIER... | --nightly] [PYTEST ARGUMENTS]`: sets up what a tier needs, and runs it.

Without `--only` every tier runs, whatever the others' results, and the end shows all of them; tests marked `long`, and
the tiers that are long as a whole, are left out then, but for `--nightly`. Tiers that are named run all of their tests,
and so does a path of a tier, which runs there alone.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass

from tools.setup import beside, engine, helm, model
from tools.setup.places import NO_PROXY, PYTHON, ROOT
from tools.setup.runner import interrupted, run
from tools.setup.screen import Screen, duration
from tools.setup.steps import with_needs
from tools.tiers.ahead import made_ahead
from tools.tiers.group import begun

NEEDS = {
    "unit": ("environment", "redis"),
    "cli": ("environment",),
    "controlplane": ("root", "environment", "kubernetes", "helm", "optional-kinds", "prometheus"),
    "chart": ("root", "environment", "kubernetes", "helm", "optional-kinds"),
    "autoscaling": ("root", "environment", "kubernetes", "helm", "optional-kinds"),
    "engine": ("environment", "engine", "rates", "model"),
    "steering": ("environment", "engine", "rates", "vector-tools", "model"),
    "e2e": ("environment", "engine", "kubernetes", "helm", "model", "images", "nginx"),
    "monitoring": ("environment", "engine", "rates", "helm", "promtool", "prometheus"),
    "live": ("environment", "engine", "kubernetes", "helm", "model", "images", "monitoring-image"),
    "keda": ("root", "environment", "kubernetes", "helm", "optional-kinds", "keda", "prometheus"),
}
# Left out like tests marked `long`: what these tiers need takes many minutes to build.
LONG = ("live", "keda")


# So many workers share a tier on two processors: each has an engine of its own, which has one thread, or a cluster of
# its own, which mostly waits. The tests of a file stay with one worker, and files are begun in their order, since one
# looks back at all of them. Most files of e2e share a cluster: its conftest keeps them together.
WORKERS = {
    "unit": 2,
    "cli": 2,
    "controlplane": 3,
    "chart": 3,
    "engine": 2,
    "steering": 2,
    "autoscaling": 3,
    "e2e": 2,
    "monitoring": 2,
}
SHARING = ("--dist=loadfile", "--no-loadscope-reorder", "--max-worker-restart=0")
WITHOUT_LONG = ("-m", "not long")


@dataclass(frozen=True)
class Result:
    """How a tier went; `summary` is pytest's last line."""

    tier: str
    passed: bool
    seconds: float
    summary: str


def main() -> int:
    """Runs the command line; the exit code is 1 when a tier failed."""
    plan = planned(sys.argv[1:])
    _hear_of_the_end()
    try:
        with made_ahead() if len(plan) > 1 else nullcontext():
            results = [_run(tier, words) for tier, words in plan.items()]
    except KeyboardInterrupt:
        return interrupted(Screen())
    if len(results) > 1:
        print("\n" + "\n".join(_line(result) for result in results))
    if all(_without_long(words) for words in plan.values()):
        left_out = f"Tests marked `long` and the tiers {' and '.join(LONG)} were left out"
        print(f"{left_out}: `make nightly` runs all, `make test-TIER` those of one tier.")
    return 0 if all(result.passed for result in results) else 1


def _hear_of_the_end() -> None:
    """Of each way to end a run, as of an interrupt: what runs in a tier is not of the terminal's session, and hears of
    it from here alone."""
    endings = [signal.SIGINT, signal.SIGTERM]  # the first, too: a shell's background job would not hear it
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        endings.append(signal.SIGHUP)
    for ending in endings:
        signal.signal(ending, signal.default_int_handler)


def planned(command_line: list[str]) -> dict[str, list[str]]:
    """The tiers to run, in order, each with its words for pytest. Where there are paths among them, only the tiers are
    left that these lie in, each with its own. Ends the program for what it cannot run."""
    arguments, rest = _parser().parse_known_args(command_line)
    tiers = arguments.only or NEEDS
    if not arguments.only:
        _refuse_lost(rest)
    if held := {tier: words for tier in tiers if (words := _words(tier, rest))}:
        return held
    if arguments.only or arguments.nightly:
        return dict.fromkeys(tiers, rest)
    return {tier: [*WITHOUT_LONG, *rest] for tier in tiers if tier not in LONG}


def _refuse_lost(words: list[str]) -> None:
    """Ends the program for a path of no tier, as a misspelt one is: else every tier would be set up for it."""
    for word in words:
        if word.startswith("tests/") and not any(_holds(tier, word) for tier in NEEDS):
            _parser().error(f"{word} lies in no tier; there are {', '.join(f'tests/{tier}' for tier in NEEDS)}")


def _words(tier: str, words: list[str]) -> list[str]:
    """Without the paths of other tiers; none where there is no path of this one."""
    own = [word for word in words if not word.startswith("tests/") or _holds(tier, word)]
    return own if any(_holds(tier, word) for word in own) else []


def _holds(tier: str, word: str) -> bool:
    return f"{word}/".startswith(f"tests/{tier}/")


def _without_long(words: list[str]) -> bool:
    return tuple(words[: len(WITHOUT_LONG)]) == WITHOUT_LONG


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tools.tiers", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    only = "run this tier, with its long tests, and those that are named likewise, but no others"
    which.add_argument("--only", action="append", choices=NEEDS, help=only)
    which.add_argument("--nightly", action="store_true", help="run every tier with its long tests")
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
    workers = (f"--numprocesses={WORKERS[tier]}", *SHARING) if tier in WORKERS else ()
    chosen = [] if any(word.startswith("tests/") for word in rest) else [f"tests/{tier}", *workers]
    command = [str(PYTHON), "-m", "pytest", *chosen, *colour, *rest]
    last = ""
    with begun(command, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE) as pytest:
        for line in pytest.stdout or ():
            print(line, end="", flush=True)
            last = line.strip("= \n") or last
    return pytest.returncode == 0, last


def _environment() -> dict[str, str]:
    found = {
        "MODELSERVER_ENGINE_PYTHON": engine.python(),
        "MODELSERVER_RATES": beside.RATES.folder(),
        "MODELSERVER_VECTOR_TOOLS": beside.VECTORS.folder(),
        "MODELSERVER_DEMO_MODEL": model.folder(),
        "MODELSERVER_HELM": helm.helm(),
        # Tests talk to nobody outside. HTTP clients read whom they may trust whenever one is made, of plain HTTP too,
        # and of all the world's authorities that takes 30 ms of a processor.
        "SSL_CERT_FILE": ROOT / "tests" / "nobody.pem",
    }
    return {**os.environ, **{name: str(path) for name, path in found.items()}, **NO_PROXY, "OMP_NUM_THREADS": "1"}


def _line(result: Result) -> str:
    verdict = "passed" if result.passed else "FAILED"
    return f"{result.tier:<14} {verdict:<8} {duration(result.seconds):<14} {result.summary}"


if __name__ == "__main__":
    sys.exit(main())
