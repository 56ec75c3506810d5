"""`python -m tests.gpu.overhead_part REPORT DEVICE`: what steering costs, by the benchmark of steering.

It runs on the demo model. So small a model is the hardest case: nearly all of a step's time is the host's, which is
where the plugin works.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.gpu import check
from tests.gpu.check import Check

ROUNDS = 20
# The interval's upper end, below which the cost is certain: design's bars for an idle plugin and a steered batch.
BARS = {"idle": 0.99, "steered": 0.98}


def main(report: Path, device: str) -> None:
    """Write every check to `report`."""
    with tempfile.TemporaryDirectory() as scratch:
        found = _benchmark(_demo_model(Path(scratch)), "Cpu" if device == "cpu" else "Cuda")
    check.write(report, [of(name, found) for name in BARS])


def of(name: str, found: dict[str, float]) -> Check:
    """The check that a ratio of the benchmark's last line is."""
    ratio, low, high = (found[f"{name}_ratio{end}"] for end in ("", "_low", "_high"))
    said = (
        f"{ratio:.3f} of the tokens a second without the plugin ({low:.3f} to {high:.3f}; the interval must reach "
        f"{BARS[name]:g}); two engines without it: {found['aa_ratio']:.3f}"
    )
    return Check(f"overhead, {name}", high >= BARS[name], said, {f"{name}_ratio": ratio, "aa_ratio": found["aa_ratio"]})


def _demo_model(scratch: Path) -> Path:
    """The folder that MODELSERVER_DEMO_MODEL names, or a new one, which takes a minute."""
    if given := os.environ.get("MODELSERVER_DEMO_MODEL"):
        return Path(given)
    subprocess.run([sys.executable, "-m", "modelserver_runtime", "demo-model", scratch / "demo"], check=True)
    return scratch / "demo"


def _benchmark(model: Path, device: str) -> dict[str, float]:
    options = ("--device", device, "--rounds", str(ROUNDS), "--python", sys.executable)
    environment = os.environ | {"MODELSERVER_DEMO_MODEL": str(model)}
    command = [sys.executable, "-m", "tests.bench.steering", *options]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
