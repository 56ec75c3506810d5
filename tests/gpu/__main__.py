"""`python -m tests.gpu`: steering on a GPU, part by part, with whatever of torch, transformers and vLLM is there.

A line per check; the last line of standard output is one JSON object with the state of each part. What cannot run here
is skipped, with the reason; the exit code is 1 only when something that ran failed.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from tests.gpu import check, machine
from tests.gpu.check import Check
from tests.gpu.machine import CPU, Machine
from tools.setup.places import ROOT

LOG_LINES = 60
# Without the first, vLLM has no worker in the engine's process on a CPU.
ON_A_CPU = {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_CPU_OMP_THREADS_BIND": "nobind"}


@dataclass(frozen=True)
class Part:
    """A module that takes the path of its report, a device and `arguments`. seconds: after which it counts as stuck."""

    module: str
    seconds: int
    needs: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    runner: str = "V1"


TORCH = ("torch", "numpy")
VLLM = (*TORCH, "transformers", "vllm")
PARTS = {
    "torch_graphs": Part("torch_part", 300, TORCH, ("graphs",)),
    "torch_race": Part("torch_part", 300, TORCH, ("race",)),
    "torch_margins": Part("torch_part", 300, (*TORCH, "transformers"), ("margins",)),
    "vllm_v1": Part("engine_part", 1200, VLLM, ("V1",)),
    "vllm_v2": Part("engine_part", 1200, VLLM, ("V2",), runner="V2"),
    "vllm_overhead": Part("overhead_part", 1200, VLLM),
}


def main() -> int:
    """Runs the command line; the exit code is 1 when a part failed."""
    arguments = _parser().parse_args()
    here = machine.found(arguments.python)
    if arguments.device == CPU and "torch" in here.has:
        here = replace(here, device=CPU)
    print(f"{here.python}: {', '.join(here.has) or 'no torch'}; device: {here.device or 'none'}", flush=True)
    states: dict[str, str] = {}
    figures: dict[str, float] = {}
    for name in arguments.part or PARTS:
        states[name], checks = _outcome(here, PARTS[name])
        figures |= {key: value for each in checks for key, value in each.figures.items()}
    print(json.dumps({"device": here.device, **states, "figures": figures}))
    return 1 if any(state.startswith("failed") for state in states.values()) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.gpu", description=__doc__)
    parser.add_argument("--python", default=os.environ.get("GPU_PYTHON") or None, help="that has torch, perhaps vLLM")
    parser.add_argument("--device", choices=("cuda", CPU), default="cuda", help="cpu: try the checks themselves out")
    parser.add_argument("--part", action="append", choices=PARTS, help="this one only; may be given several times")
    return parser


def _outcome(here: Machine, part: Part) -> tuple[str, list[Check]]:
    """The state of a part, and its checks, which are also printed."""
    skipped = here.lacks(*part.needs)
    if skipped:
        return skipped, []
    with tempfile.TemporaryDirectory() as folder:
        report, log = Path(folder) / "report", Path(folder) / "log"
        ended = _run(here, part, report, log)
        checks = check.read(report)
        print("\n".join(map(str, checks)), flush=True)
        failed = [each.name for each in checks if each.passed is False]
        if not checks:
            failed.append("nothing was checked")
        if ended:
            failed.append(ended)
            print("\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:]), flush=True)
    return f"failed: {'; '.join(failed)}" if failed else "passed", checks


def _run(here: Machine, part: Part, report: Path, log: Path) -> str | None:
    """How the part's process ended, if not well; nothing that it started outlives it."""
    device = CPU if here.device == CPU else "cuda"
    command = [here.python, "-m", f"tests.gpu.{part.module}", str(report), device, *part.arguments]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=_environment(part, device), stdout=output, stderr=output, start_new_session=True
        )
    try:
        code = process.wait(part.seconds)
    except subprocess.TimeoutExpired:
        return f"not done after {part.seconds} s"
    finally:
        _end_group(process)
    return f"ended with {code}" if code else None


def _environment(part: Part, device: str) -> dict[str, str]:
    """One thread: engines are forked from a process that has computed, and OpenMP's threads do not survive that."""
    return os.environ | {
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "runtime" / "src")]),
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_USE_V2_MODEL_RUNNER": str(int(part.runner == "V2")),
        **(ON_A_CPU if device == CPU else {}),
    }


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
