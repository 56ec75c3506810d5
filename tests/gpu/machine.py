"""What there is to check with: of the Pythons at hand the one that has most, and what is missing for each part."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

from tools.setup import engine

CPU = "cpu"
_LOOK = """
import importlib.util, json
has = {name: importlib.util.find_spec(name) is not None for name in ("torch", "numpy", "transformers", "vllm")}
device = None
if has["torch"]:
    import torch
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else None
print(json.dumps({"device": device, "has": sorted(name for name in has if has[name])}))
"""


@dataclass(frozen=True)
class Machine:
    """A Python, the packages of those in question that it has, and the GPU that its torch sees; `cpu` on demand."""

    python: str
    device: str | None = None
    has: tuple[str, ...] = ()

    def lacks(self, *packages: str) -> str | None:
        """Why something that needs a GPU and these packages is skipped; None where it can run."""
        missing = [name for name in packages if name not in self.has]
        if missing:
            return f"skipped: no {' and no '.join(missing)}"
        return None if self.device else "skipped: no GPU"


def found(asked: str | None) -> Machine:
    """The best of the Pythons at hand: the one asked for alone, or this one and the engine's.

    vLLM for CPUs comes with a torch that sees no GPU: a Python that sees one goes before.
    """
    pythons = [asked] if asked else [sys.executable, *([str(engine.python())] if engine.python().exists() else [])]
    return max(map(_look, pythons), key=lambda each: (each.device is not None, len(each.has)))


def _look(python: str) -> Machine:
    environment = {**os.environ, "PYTHONPATH": ""}
    done = subprocess.run([python, "-c", _LOOK], check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        return Machine(python)
    seen = json.loads(done.stdout.splitlines()[-1])
    return Machine(python, seen["device"], tuple(seen["has"]))
