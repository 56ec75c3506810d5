"""`python -m tests.gpu.engine_part REPORT DEVICE RUNNER`: steering in a real engine, on one of vLLM's model runners.

The environment chooses the runner for vLLM; its name here (V1, V2) is what the handshake must find.
"""

import sys
import tempfile
from pathlib import Path

from tests.gpu import check, engine_cases

from modelserver_runtime.steering import handshake


def main(report: Path, device: str, runner: str) -> None:
    """Write every check that the device can do to `report`."""
    handshake.RUNNER = runner  # the product refuses V2 until it has passed here
    with tempfile.TemporaryDirectory() as folder:
        check.write(report, engine_cases.checks(Path(folder), device))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
