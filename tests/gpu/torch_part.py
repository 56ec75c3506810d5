"""`python -m tests.gpu.torch_part REPORT DEVICE MODULE`: checks without vLLM; margins needs transformers."""

import importlib
import sys
from pathlib import Path

from tests.gpu import check


def main(report: Path, device: str, module: str) -> None:
    """Write every check of a module of this package to `report`."""
    check.write(report, importlib.import_module(f"tests.gpu.{module}").checks(device))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
