"""What /stats makes of the last requests, and what it never tells."""

import json

import pytest
from prometheus_client import CollectorRegistry, Counter
from tests.unit.runtime import configs
from tests.unit.runtime.scripted import Bench, Caller

from modelserver_runtime import stats
from modelserver_runtime.config import StartConfig
from modelserver_runtime.measure import WINDOW_GAPS, WINDOW_REQUESTS

NOTHING = {"p50": None, "p95": None, "p99": None}


def told(bench: Bench) -> stats.Document:
    return stats.document(StartConfig.model_validate(configs.start()), bench.gate, bench.parts.metrics)


async def answered(bench: Bench, name: str, document: object, status: int = 200) -> Caller:
    number = len(bench.engine.calls)
    caller = bench.chat(name)
    await (await bench.engine.call(number)).answer(document, status)
    return await caller.done()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], NOTHING),
        ([0.5], {"p50": 0.5, "p95": 0.5, "p99": 0.5}),
        (range(100, 0, -1), {"p50": 50, "p95": 95, "p99": 99}),
        ([1, 2], {"p50": 1, "p95": 2, "p99": 2}),
    ],
)
def test_a_quantile_is_one_of_the_values(values: list[float], expected: dict[str, float | None]) -> None:
    assert stats.quantiles(values) == expected


async def test_before_any_request_there_is_nothing_to_tell() -> None:
    document = told(Bench())

    assert document["by_name"]["org/demo"] == {
        "requests": {"answered": 0, "refused": 0, "failed": 0, "gone": 0},
        "tokens": {"prompt": 0, "completion": 0},
        "error_rate": None,
        "ttft_seconds": NOTHING,
        "itl_seconds": NOTHING,
        "e2e_seconds": NOTHING,
    }
    assert document["prefix_cache_hit_rate"] is None
    assert document["requests"] == {"running": 0, "waiting": 0, "unfinished": 0}


async def test_each_served_name_has_figures_of_its_own() -> None:
    bench = Bench()
    for _ in range(3):
        await answered(bench, "org/demo", {"usage": {"prompt_tokens": 7, "completion_tokens": 3}})
    await answered(bench, "org/demo", {"error": {"message": "no"}}, 500)

    by_name = told(bench)["by_name"]
    assert by_name["org/demo"]["requests"] == {"answered": 3, "refused": 0, "failed": 1, "gone": 0}
    assert by_name["org/demo"]["tokens"] == {"prompt": 21, "completion": 9}
    assert by_name["org/demo"]["error_rate"] == 0.25
    assert by_name["org/demo"]["e2e_seconds"]["p99"] > 0
    assert by_name["demo"]["error_rate"] is None


async def test_the_window_is_bounded_and_says_how_large_it_is() -> None:
    bench = Bench()
    series = bench.parts.metrics.series["demo"]
    for number in range(WINDOW_GAPS + 5):
        series.gap.observe(number)
        series.whole.observe(number)

    document = told(bench)
    assert document["window"] == {"requests": WINDOW_REQUESTS, "gaps": WINDOW_GAPS}
    assert (len(series.gap.last), len(series.whole.last)) == (WINDOW_GAPS, WINDOW_REQUESTS)
    assert document["by_name"]["demo"]["e2e_seconds"]["p50"] == WINDOW_GAPS + 4 - WINDOW_REQUESTS / 2


def test_the_hit_rate_is_of_all_tokens_that_vllm_looked_for() -> None:
    registry = CollectorRegistry()
    counters = {
        kind: Counter(f"vllm:prefix_cache_{kind}", kind, ["model_name", "engine"], registry=registry)
        for kind in ("queries", "hits")
    }
    assert stats.prefix_cache_hit_rate(registry) is None
    for engine, (queries, hits) in enumerate([(60, 30), (40, 0)]):
        counters["queries"].labels("demo", str(engine)).inc(queries)
        counters["hits"].labels("demo", str(engine)).inc(hits)

    assert stats.prefix_cache_hit_rate(registry) == 0.3


def test_what_is_in_force_is_told_without_secrets() -> None:
    changes = {
        "auth": {"keysPath": "/somewhere/keys"},
        "rateLimit": {"requestsPerMinutePerClient": 60, "redisUrlPath": "/somewhere/url"},
        "generation": {"maxTokens": 100},
        "cors": {"allowedOrigins": ["https://app.example.com"]},
    }
    secret = configs.start(**{"engine.arguments": {"enforce-eager": "", "watermark-config": "hush"}})
    found = stats.in_force(StartConfig.model_validate(secret | changes))

    assert found["auth"] == {"keys": True}
    assert found["rateLimit"] == {
        "requestsPerMinutePerClient": 60,
        "tokensPerMinutePerClient": None,
        "shared": True,
    }
    assert found["generation"]["maxTokens"] == 100
    assert found["health"]["stalledSeconds"] > 0
    assert found["cors"] == {"allowedOrigins": ["https://app.example.com"]}
    assert found["engine"]["arguments"] == {"enforce-eager": "", "watermark-config": "***"}
    assert "somewhere" not in json.dumps(found)
    assert "hush" not in json.dumps(found)


def test_what_is_not_configured_is_null() -> None:
    found = stats.in_force(StartConfig.model_validate(configs.start()))

    assert (found["cors"], found["rateLimit"], found["auth"]) == (None, None, {"keys": False})
