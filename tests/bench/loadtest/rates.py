"""Plain requests a second: ours beside those of wrk, a load generator in C, on the same server and as many connections.

Both keep their connections, send the same bytes in a closed loop from one thread, and have the server for themselves
meanwhile. wrk reads no more of an answer than where it ends; ours parses its JSON and keeps a row of times for each.

The server is one process in Python: where it has a core for itself all the time, the rate is the server's with either
client, and what a client can ask is told by what a request costs it.
"""

import asyncio
import json
import re
import shutil
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.bench.loadtest.processor import Watch, of_ended_children
from tests.cli.exactness import port_of, request
from tests.cli.scripted import Scripted

from modelserver_operator.cli.loadtest.generating.generator import generate
from modelserver_operator.cli.loadtest.generating.plan import Closed, Destination, Family, LoadPlan
from modelserver_operator.cli.loadtest.generating.recorded import Outcome, Recorded

WARM_UP_SECONDS = 0.5
RATE = re.compile(r"^Requests/sec:\s+([\d.]+)$", re.MULTILINE)
NUMBER = re.compile(r"^\s*(\d+) requests in ", re.MULTILINE)
WRONG = re.compile(r"Non-2xx or 3xx responses|Socket errors")


@dataclass(frozen=True)
class Peer:
    """A run of wrk's: answers a second, and seconds of the processor's time that it took for one."""

    rate: float
    cpu_per_request: float


def figures(server: Scripted, pairs: int, seconds: int, connections: int) -> dict[str, float]:
    """Medians over runs that alternate, and what a request has cost in microseconds of the processor's time. The
    server's share is of a core, the least in any run, with the moments before and after its load."""
    server.plays(first_seconds=0, interval_seconds=0, recording=False)
    ours: list[Recorded] = []
    peers: list[Peer] = []
    shares: list[float] = []
    for _ in range(pairs):
        watch = Watch(server.pid)
        peers.append(_peer(server, seconds, connections))
        shares.append(watch.share())
        watch = Watch(server.pid)
        ours.append(asyncio.run(_ours(server, seconds, connections)))
        shares.append(watch.share())
    our_rate = statistics.median(_rate(each, seconds) for each in ours)
    peer_rate = statistics.median(each.rate for each in peers)
    return {
        "ours_rps": our_rate,
        "peer_rps": peer_rate,
        "rps_ratio": our_rate / peer_rate,
        "cpu_us_per_request": statistics.median(each.own.cpu_per_request for each in ours) * 1e6,
        "peer_cpu_us_per_request": statistics.median(each.cpu_per_request for each in peers) * 1e6,
        "cpu_share": max(each.own.cpu_share for each in ours),
        "server_share": min(shares),
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


def _peer(server: Scripted, seconds: int, connections: int) -> Peer:
    asked = request(Family.CHAT, 1, stream=False)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write('wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n')
        script.write(f"wrk.body = {json.dumps(asked.body.decode())}\n")
        script.flush()
        return _run(f"{server.bare}{asked.path}", Path(script.name), seconds, connections)


def _run(url: str, script: Path, seconds: int, connections: int) -> Peer:
    wrk = shutil.which("wrk")
    if wrk is None:
        raise RuntimeError("there is no wrk on PATH: `make bench-loadtest` installs Debian's")
    command = [wrk, "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s"]
    before = of_ended_children()
    said = subprocess.run([*command, "--script", str(script), url], capture_output=True, text=True, check=True).stdout
    rate, number = RATE.search(said), NUMBER.search(said)
    if rate is None or number is None or WRONG.search(said):
        raise RuntimeError(f"wrk was not answered as it should be:\n{said}")
    return Peer(float(rate[1]), (of_ended_children() - before) / int(number[1]))
