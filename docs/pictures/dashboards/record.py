"""`python -m docs.pictures.dashboards.record PROMETHEUS NAMESPACE SERVER OPERATOR_NAMESPACE [MINUTES]`: record anew.

PROMETHEUS is the address of one that scrapes servers and the operator; the last MINUTES, 15, are recorded. The fleet is
all that it knows. `python -m docs.pictures` draws from the files.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from charts.dashboards.every import DASHBOARDS
from charts.dashboards.filled import places
from docs.pictures.dashboards.recording import Recorder

HERE = Path(__file__).parent
STEP = 10  # seconds: some 90 points a line, more cannot be told apart in a panel


def main() -> None:
    """Runs the command line. Raises urllib.error.URLError where there is no Prometheus."""
    address, namespace, server, installed, *minutes = sys.argv[1:]
    length = int(minutes[0] if minutes else 15) * 60 // STEP + 1
    start = int(time.time()) // STEP * STEP - STEP * (length - 1)
    recorder = Recorder(lambda path, asked: _asked(address, path, asked), start, STEP, length)
    # As Grafana fills them in for a scrape each 5 s at most; all namespaces, as in a fleet that nobody has narrowed.
    shared = {"interval": f"{STEP}s", "__rate_interval": "30s", "__range": f"{STEP * (length - 1)}s"}
    for name, place in places(namespace, server, installed).items():
        recorder.record(name, json.loads(DASHBOARDS[name]()), {**shared, **place}).write(HERE / f"{name}.json")


def _asked(address: str, path: str, parameters: dict[str, Any]) -> Any:
    with urlopen(f"{address}/api/v1/{path}?{urlencode(parameters)}", timeout=30) as answer:
        return json.load(answer)["data"]


if __name__ == "__main__":
    main()
