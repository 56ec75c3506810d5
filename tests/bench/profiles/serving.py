"""The runtime with an engine that reads its stream interval from a file, at every request: `serving.py CONFIG`.

One engine can so be measured at several intervals in turn, side by side; two engines of one machine differ by more.
"""

import os
import sys
from pathlib import Path
from typing import Any

INTERVAL_FILE = "BENCH_STREAM_INTERVAL_FILE"


def main() -> None:
    """Serve."""
    from vllm.v1.engine.output_processor import OutputProcessor

    file, add = Path(os.environ[INTERVAL_FILE]), OutputProcessor.add_request

    def add_request(self: Any, *arguments: Any, **named: Any) -> Any:
        self.stream_interval = int(file.read_text())
        return add(self, *arguments, **named)

    OutputProcessor.add_request = add_request
    from modelserver_runtime.__main__ import program

    sys.argv = ["modelserver-runtime", "serve", "--config", sys.argv[1]]
    program()


if __name__ == "__main__":  # the engine's own process imports this file, too
    main()
