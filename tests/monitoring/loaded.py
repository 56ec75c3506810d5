"""A real runtime with little room, many who ask it at once, and the rules of a ModelServer that has the same limits."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.engine.server import Server, start_part
from tests.monitoring.asking import body
from tests.monitoring.scrape import OF_SERVER
from tests.unit.operator.made import OWNER, resolved

from modelserver_operator.desired import desired

# Of the tiny model a token takes 1 KiB: room for 18 blocks of 128 tokens, and a request below takes 13.
CACHE_BYTES = 18 * 128 * 1024
CONTEXT_TOKENS = 2048
PROMPT_TOKENS, TOKENS = 1000, 600  # a token is a byte
# Four run, eight wait, and two are refused, again and again. An idle machine answers one in a second, and eight wait
# for longer than two.
CALLERS = 14
ADMISSION = {"maxRunning": 4, "maxWaiting": 8, "queueTimeoutSeconds": 2, "requestTimeoutSeconds": 60}
STALLED_SECONDS = 3
STARTUP_SECONDS = 3  # less than it takes, which is 15 s on two idle cores
PROMISED = {"ttftP95Milliseconds": 1, "e2eP95Milliseconds": 1, "maxErrorRate": "0.1%"}


def server(folder: Path, model: Path) -> Server:
    """One that begins to start."""
    engine: dict[str, Any] = start_part(model, 0, 0)["engine"]
    arguments = engine["arguments"] | {"kv-cache-memory-bytes": str(CACHE_BYTES)}
    return Server(
        folder,
        model,
        engine=engine | {"maxContextTokens": CONTEXT_TOKENS, "arguments": arguments},
        admission=ADMISSION | {"maxBodyBytes": 1_048_576},
        health={"stalledSeconds": STALLED_SECONDS, "deadSeconds": 600},
    )


def expressions() -> dict[str, str]:
    """The expression of each alert of a ModelServer with these limits, by `NAME (SEVERITY)`."""
    spec: dict[str, Any] = {
        "admission": ADMISSION,
        "rollout": {"startupTimeoutSeconds": STARTUP_SECONDS},
        "monitoring": {"alerts": "Enabled", "slo": PROMISED},
    }
    (rule,) = (each for each in desired(resolved(**spec), OWNER) if each["kind"] == "PrometheusRule")
    alerts = [each for group in rule["spec"]["groups"] for each in group["rules"]]
    return {f"{each['alert']} ({each['labels']['severity']})": each["expr"] for each in alerts}


def job(server: Server) -> dict[str, Any]:
    """How Prometheus scrapes it, with the labels that it has in a cluster."""
    target = server.control_url.removeprefix("http://")
    labels = {name: value for name, value in OF_SERVER.items() if name not in ("instance", "job")}
    return {"job_name": OF_SERVER["job"], "static_configs": [{"targets": [target], "labels": labels}]}


def crowd() -> Iterator[dict[str, Any]]:
    """What each of the callers asks again and again; no two prompts begin alike, or the cache would share them."""
    for number in range(CALLERS):
        yield body("demo", f"{number} ".ljust(PROMPT_TOKENS, "x"), TOKENS, ignore_eos=True)
