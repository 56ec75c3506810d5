"""`python -m tests.bench.runtime`: what the shell costs, and whether it keeps what it promises under load.

What is being done goes to standard error; the last line of standard output is one JSON object.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.runtime import phases
from tests.bench.runtime.limits import allow_many_files

Result = dict[str, Any]


def main() -> None:
    """Runs the command line."""
    arguments = _parser().parse_args()
    allow_many_files()
    with tempfile.TemporaryDirectory() as folder:
        result = _measured(arguments, Path(folder))
    print(json.dumps(result))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.runtime", description=__doc__)
    parser.add_argument("--pairs", type=int, default=100, help="rounds with real vLLM; 0 leaves it out")
    parser.add_argument("--calls", type=int, default=50, help="one-token answers of each side in a round")
    parser.add_argument("--tokens", type=int, default=128, help="tokens of each of 32 streams in a round")
    parser.add_argument("--streams", type=int, default=1000, help="concurrent streams on the scripted engine")
    parser.add_argument("--events", type=int, default=24, help="events of each of them")
    parser.add_argument("--interval", type=float, default=0.25, help="seconds between two of its events")
    parser.add_argument("--waves", type=int, default=6, help="rounds of these streams")
    parser.add_argument("--soak", type=int, default=10_000, help="requests of the soak on the scripted engine")
    parser.add_argument("--soak-vllm", type=int, default=1000, help="requests of the soak on vLLM")
    parser.add_argument(
        "--python",
        default=os.environ.get("MODELSERVER_ENGINE_PYTHON", sys.executable),
        help="of the servers: the engine's, which has uvloop and httptools as in production",
    )
    return parser


def _measured(arguments: argparse.Namespace, folder: Path) -> Result:
    result = phases.scripted(arguments, folder)
    if arguments.pairs:
        of_vllm = phases.vllm(arguments, folder)
        result |= of_vllm | {
            "soak_leaked_slots": result["soak_leaked_slots"] + of_vllm["soak_leaked_slots"],
            "soak_rss_growth": max(result["soak_rss_growth"], of_vllm["soak_rss_growth"]),
            "rounds": result["rounds"] | of_vllm["rounds"],
        }
    return result


if __name__ == "__main__":
    main()
