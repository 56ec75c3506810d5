"""The operator's metrics, as a scrape gets them over HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families
from tests.ports import free_port

from modelserver_operator.health import Health
from modelserver_operator.metrics import CAUSES, Metrics, Servers, State
from modelserver_operator.standings import Standings
from modelserver_operator.workqueue import Done, Retry

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
NOW = State(
    queue_depth=lambda: 3,
    queue_oldest_seconds=lambda: 1.5,
    last_resync=lambda: 1_800_000_000.0,
    leader=lambda: True,
    drift_repairs=lambda: 7,
    contested=lambda: 2,
)


class Scraped:
    """A server with metrics, and what it answers."""

    def __init__(self, port: int, metrics: Metrics) -> None:
        self.metrics = metrics
        self._url = f"http://127.0.0.1:{port}/metrics"

    async def get(self, accept: str = "text/plain") -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return (await client.get(self._url, headers={"Accept": accept})).raise_for_status()

    async def samples(self) -> dict[tuple[str, ...], float]:
        """By name and the labels' values."""
        families = text_string_to_metric_families((await self.get()).text)
        return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


@pytest.fixture
async def scraped() -> AsyncIterator[Scraped]:
    registry, port = CollectorRegistry(), free_port()
    metrics = Metrics(registry)
    registry.register(NOW)
    health = Health(port, live=lambda: None, ready=lambda: None, registry=registry)
    await health.start()
    yield Scraped(port, metrics)
    await health.stop()


async def test_what_is_asked_for_at_each_scrape(scraped: Scraped) -> None:
    samples = await scraped.samples()
    assert {
        name: samples[f"modelserver_operator_{name}",]
        for name in (
            "queue_depth",
            "queue_oldest_seconds",
            "last_resync_timestamp_seconds",
            "leader",
            "drift_repairs_total",
            "contested",
        )
    } == {
        "queue_depth": 3,
        "queue_oldest_seconds": 1.5,
        "last_resync_timestamp_seconds": 1_800_000_000.0,
        "leader": 1,
        "drift_repairs_total": 7,
        "contested": 2,
    }
    assert samples["process_resident_memory_bytes",] > 0


def test_how_servers_stand_is_told_with_their_names() -> None:
    standings, registry = Standings(), CollectorRegistry()
    registry.register(Servers(lambda: standings))
    ready = {"type": "Ready", "reason": "Downloading", "status": "False"}
    scales = {"type": "ScalingActive", "reason": "Scaling", "status": "True"}
    for name in ("demo", "gone"):
        standings.stands(("team", name), {"conditions": [ready, scales], "readyReplicas": 1}, {"spec": {"replicas": 3}})
    standings.stands(("team", "new"), {"conditions": [], "readyReplicas": 0}, None)
    standings.forget(("team", "gone"))
    told = {
        (sample.name, *sample.labels.values()): sample.value
        for family in registry.collect()
        for sample in family.samples
    }
    assert told == {
        ("modelserver_condition", "team", "demo", "Ready", "Downloading"): 0,
        ("modelserver_condition", "team", "demo", "ScalingActive", "Scaling"): 1,
        ("modelserver_wanted_replicas", "team", "demo"): 3,
        ("modelserver_ready_replicas", "team", "demo"): 1,
        ("modelserver_wanted_replicas", "team", "new"): 0,
        ("modelserver_ready_replicas", "team", "new"): 0,
    }


async def test_calls_are_counted_by_verb_and_status(scraped: Scraped) -> None:
    for verb, status in [("GET", 200), ("GET", 200), ("APPLY", 409), ("WATCH", 0)]:
        scraped.metrics.answered(verb, status)
    samples = await scraped.samples()
    counted = {key[1:]: value for key, value in samples.items() if key[0] == "modelserver_operator_api_requests_total"}
    assert counted == {("200", "GET"): 2, ("409", "APPLY"): 1, ("0", "WATCH"): 1}


async def test_passes_are_timed_and_their_errors_counted_by_kind(scraped: Scraped) -> None:
    outcomes: list[Done | Retry | Exception] = [
        Done(),
        Retry("away at 10.0.0.1, try 17", cause="Unavailable"),
        RuntimeError("a bug"),
    ]

    async def work(number: int) -> Done | Retry:
        outcome = outcomes[number]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    timed = scraped.metrics.timed(work)
    assert await timed(0) == outcomes[0]
    assert await timed(1) == outcomes[1]
    with pytest.raises(RuntimeError, match="a bug"):
        await timed(2)
    samples = await scraped.samples()
    errors = {key[1]: n for key, n in samples.items() if key[0] == "modelserver_operator_reconcile_errors_total"}
    assert errors == dict.fromkeys(CAUSES, 0) | {"Unavailable": 1, "Unexpected": 1}, "never what an error says"
    assert samples["modelserver_operator_reconcile_seconds_count",] == 3


async def test_both_expositions_are_what_their_parsers_read(scraped: Scraped) -> None:
    scraped.metrics.answered("GET", 200)
    plain, modern = await scraped.get(), await scraped.get(OPENMETRICS)
    assert plain.headers["Content-Type"].startswith("text/plain; version=")
    assert modern.headers["Content-Type"].startswith("application/openmetrics-text")
    for families in (text_string_to_metric_families(plain.text), parse_openmetrics(modern.text)):  # type: ignore[no-untyped-call]
        assert "modelserver_operator_leader" in {family.name for family in families}
