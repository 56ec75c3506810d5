"""What is watched: `demo` with real vLLM, and servers with the scripted engine for what has to break.

Their bounds are so small that a handful of clients reaches them.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.e2e import fleet
from tests.e2e.served import modelserver
from tests.live.watchers import SELECTED
from tools.demo import release, volumes
from tools.demo.kubectl import Manifest
from tools.setup import engine, model

TEAM, FLEET = "team", "fleet"
CLASS, SCRIPTED = "cpu", "scripted"
DEMO = "demo"
# By what happens to them; test_live.py does it.
BUSY, LATE, KILLED, HUNG, MOODY, FAILING = "busy", "late", "killed", "hung", "moody", "failing"
BROKEN = (BUSY, LATE, KILLED, HUNG, MOODY, FAILING)
# Seconds in line. Where so many time out that a minute has enough of them the line is never full for long: two servers.
QUEUE_SECONDS = {LATE: 2}
LOST = "lost"  # its model is not there: it never starts
VECTORS = {"persistentVolumeClaim": {"claimName": "vectors"}}
CONTEXT = 512
# 1,536 tokens of the demo model: three of its longest requests fit, and eight may run.
CACHE_BYTES = 3 * CONTEXT * 2048


def classes() -> dict[str, Any]:
    """The classes of the chart's values: processors, with and without vLLM."""
    real, scripted = release.small_cpu_class(), fleet.scripted_class()["spec"]
    arguments = real["engine"]["arguments"] | {"kv-cache-memory-bytes": str(CACHE_BYTES)}
    watched = {"monitorLabels": SELECTED}
    return {CLASS: real | watched | {"engine": {"arguments": arguments}}, SCRIPTED: scripted | watched}


def demo() -> Manifest:
    """A server of a team that uses all there is: variants, several names, a scaler, objectives."""
    variants = [
        {"name": "demo-cheerful", "mix": [{"vector": "happiness", "scale": 1}]},
        {"name": "demo-gloomy", "mix": [{"vector": "sadness", "scale": 1}]},
    ]
    return modelserver(
        DEMO,
        TEAM,
        className=CLASS,
        servedNames=["team/demo"],
        engine={"maxContextTokens": CONTEXT, "maxSequences": 8},
        admission={"maxRunning": 8, "maxWaiting": 8, "queueTimeoutSeconds": 30, "requestTimeoutSeconds": 60},
        rollout={"drainSeconds": 90},
        emotions={"vectors": VECTORS, "variants": variants},
        autoscaling={"minReplicas": 1, "maxReplicas": 1},
        monitoring={"slo": {"ttftP95Milliseconds": 1500, "e2eP95Milliseconds": 5000, "maxErrorRate": "1%"}},
    )


def scripted(name: str) -> Manifest:
    """One of BROKEN: two requests at once, two in line."""
    queue = QUEUE_SECONDS.get(name, 5)
    return modelserver(
        name,
        FLEET,
        model=fleet.model("one"),
        className=SCRIPTED,
        admission={"maxRunning": 2, "maxWaiting": 2, "queueTimeoutSeconds": queue, "requestTimeoutSeconds": 120},
        rollout={"drainSeconds": 130},
        emotions={"vectors": VECTORS, "variants": []},
        monitoring={"slo": {"ttftP95Milliseconds": 1000, "e2eP95Milliseconds": 3000, "maxErrorRate": "1%"}},
    )


def lost() -> Manifest:
    """It stays Pending for want of a volume."""
    return modelserver(LOST, FLEET, model={"persistentVolumeClaim": {"claimName": "gone"}}, className=SCRIPTED)


def claims(folder: Path) -> Iterator[Manifest]:
    """Namespaces under restricted Pod Security, with the claims that the servers name."""
    one = folder / "models" / "one"
    one.mkdir(parents=True, exist_ok=True)
    shutil.copy(model.folder() / "model" / "config.json", one)
    vectors = model.folder() / "vectors"
    yield from _claims(TEAM, folder, {"models": model.folder(), "vectors": vectors})
    yield from _claims(FLEET, folder, {"models": one.parent, "vectors": vectors, fleet.CLAIM: fleet.SCRIPT})


def _claims(namespace: str, folder: Path, targets: dict[str, Path]) -> Iterator[Manifest]:
    yield release.restricted(namespace)
    for claim, target in {**targets, release.ENGINE_CLAIM: engine.folder()}.items():
        link = volumes.pointer(folder / "volumes" / namespace / claim, target)
        yield from volumes.read_only(claim, namespace, link)
