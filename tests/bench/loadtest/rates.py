"""Plain requests a second: ours beside those of wrk, a load generator in C, on the same server and as many connections.

Both keep their connections, send the same bytes in a closed loop from one thread, and have the server for themselves
meanwhile. wrk reads no more of an answer than where it ends; ours parses its JSON and keeps a row of times for each.
"""

import asyncio
import json
import re
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

from tests.cli.exactness import port_of, request
from tests.cli.scripted import Scripted

from modelserver_operator.cli.loadtest.generating.generator import generate
from modelserver_operator.cli.loadtest.generating.plan import Closed, Destination, Family, LoadPlan
from modelserver_operator.cli.loadtest.generating.recorded import Outcome, Recorded

WARM_UP_SECONDS = 0.5
RATE = re.compile(r"^Requests/sec:\s+([\d.]+)$", re.MULTILINE)
WRONG = re.compile(r"Non-2xx or 3xx responses|Socket errors")


def figures(server: Scripted, pairs: int, seconds: int, connections: int) -> dict[str, float]:
    """Medians over runs that alternate, and what a request has cost us in microseconds of the processor's time."""
    server.plays(first_seconds=0, interval_seconds=0, recording=False)
    ours: list[Recorded] = []
    peers: list[float] = []
    for _ in range(pairs):
        peers.append(_peer(server, seconds, connections))
        ours.append(asyncio.run(_ours(server, seconds, connections)))
    our_rate = statistics.median(_rate(each, seconds) for each in ours)
    peer_rate = statistics.median(peers)
    return {
        "ours_rps": our_rate,
        "peer_rps": peer_rate,
        "rps_ratio": our_rate / peer_rate,
        "cpu_us_per_request": statistics.median(each.own.cpu_per_request for each in ours) * 1e6,
        "cpu_share": max(each.own.cpu_share for each in ours),
    }


async def _ours(server: Scripted, seconds: int, connections: int) -> Recorded:
    plain = request(Family.CHAT, 1, stream=False)
    destination = Destination("127.0.0.1", port_of(server.bare))
    plan = LoadPlan(destination, (plain,), Closed(connections), warm_up=WARM_UP_SECONDS, duration=seconds)
    recorded = await generate(plan)
    assert set(recorded.samples.outcome) == {Outcome.ANSWERED}, recorded.kinds
    return recorded


def _rate(recorded: Recorded, seconds: int) -> float:
    return sum(recorded.measured_from <= end < recorded.measured_until for end in recorded.samples.end) / seconds


def _peer(server: Scripted, seconds: int, connections: int) -> float:
    asked = request(Family.CHAT, 1, stream=False)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write('wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n')
        script.write(f"wrk.body = {json.dumps(asked.body.decode())}\n")
        script.flush()
        return _run(f"{server.bare}{asked.path}", Path(script.name), seconds, connections)


def _run(url: str, script: Path, seconds: int, connections: int) -> float:
    wrk = shutil.which("wrk")
    if wrk is None:
        raise RuntimeError("there is no wrk on PATH: `make bench-loadtest` installs Debian's")
    command = [wrk, "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s"]
    said = subprocess.run([*command, "--script", str(script), url], capture_output=True, text=True, check=True).stdout
    found = RATE.search(said)
    if found is None or WRONG.search(said):
        raise RuntimeError(f"wrk was not answered as it should be:\n{said}")
    return float(found[1])
