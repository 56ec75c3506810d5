"""`python -m tests.hub --folder F`: serves each F/ORGANISATION/NAME as a model until it is ended."""

import argparse
import signal
from pathlib import Path

from tests.hub.hub import Hub
from tests.hub.repository import from_folder
from tests.hub.server import serving


def main() -> None:
    """Says HF_ENDPOINT once it serves."""
    parser = argparse.ArgumentParser(prog="python -m tests.hub", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    found = {f"{path.parent.name}/{path.name}": from_folder(path) for path in sorted(arguments.folder.glob("*/*"))}
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # before there are threads that could get them
    with serving(Hub(found), arguments.host, arguments.port) as hub:
        print(f"HF_ENDPOINT={hub.url}", flush=True)
        signal.sigwait(signals)


if __name__ == "__main__":
    main()
