"""/stats: what is in force, and what the last requests of each served name were like.

For people and for scripts that do not run Prometheus. Computed when asked, in the control port's thread.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Counter

from modelserver_runtime.admission.gate import Gate
from modelserver_runtime.config import StartConfig
from modelserver_runtime.emotions.state import Emotions
from modelserver_runtime.live.watch import Live
from modelserver_runtime.measure import WINDOW_GAPS, WINDOW_REQUESTS, Outcome, Series
from modelserver_runtime.metrics import Metrics

Document = dict[str, Any]

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
QUERIES, HITS = "vllm:prefix_cache_queries_total", "vllm:prefix_cache_hits_total"  # both in tokens
KEPT_SECRET = ("watermark-config",)  # which vLLM, too, leaves out where it tells its options


def document(config: StartConfig, gate: Gate, metrics: Metrics) -> Document:
    """The answer, but for the state and the times, which are the service's."""
    return {
        "model": config.server.name,
        "served_names": config.server.served_names,
        "profile": config.profile,
        "requests": requests(gate),
        "prefix_cache_hit_rate": prefix_cache_hit_rate(metrics.registry),
        "window": {"requests": WINDOW_REQUESTS, "gaps": WINDOW_GAPS},
        "by_name": by_name(metrics),
        "in_force": in_force(config),
    }


def requests(gate: Gate) -> Document:
    """How many there are now."""
    return {"running": gate.running, "waiting": gate.waiting, "unfinished": gate.unfinished}


def emotions(held: Emotions, live: Live | None) -> Document:
    """What names stand for, and which live part says so; `refused` is a newer one that cannot be in force."""
    if live is None:
        return {"enabled": False}
    state, refused = live.state, live.refused
    now = held.now  # looked at after `state`: never the mapping of an older one
    return {
        "enabled": True,
        "revision": now.revision,
        "live_sha256": state and state.live_sha256,
        "per_request": now.per_request,
        "default": now.default.text,
        "variants": {name: mix.text for name, mix in now.variants.items()},
        "vectors": dict(now.digests),
        "held_vectors": live.held,
        "active_mixes": len(held.active),
        "max_active_mixes": held.active.most,
        "refused": refused and {"live_sha256": refused.live_sha256, "sentence": refused.sentence},
    }


def by_name(metrics: Metrics) -> Document:
    """Totals since the start, and rates and times of the window."""
    families, served = (
        metrics.families,
        metrics.series,
    )  # in this order: what a name has counted is there, or gone since
    requests, prompt, completion = map(_totals, (families.requests, families.prompt, families.completion))
    return {
        name: {
            "requests": {outcome.value: requests[name, outcome.value] for outcome in Outcome},
            "tokens": {"prompt": prompt[name,], "completion": completion[name,]},
            **_of_the_window(series),
        }
        for name, series in served.items()
    }


def _of_the_window(series: Series) -> Document:
    ended = list(series.ended)
    return {
        "error_rate": ended.count(Outcome.FAILED) / len(ended) if ended else None,
        "ttft_seconds": quantiles(list(series.first.last)),
        "itl_seconds": quantiles(list(series.gap.last)),
        "e2e_seconds": quantiles(list(series.whole.last)),
    }


def quantiles(values: Sequence[float]) -> dict[str, float | None]:
    """The smallest of `values` that so many of them do not exceed; None of nothing."""
    ordered = sorted(values)
    return {
        name: round(ordered[math.ceil(share * len(ordered)) - 1], 6) if ordered else None
        for name, share in QUANTILES.items()
    }


def prefix_cache_hit_rate(registry: CollectorRegistry) -> float | None:
    """Tokens of prompts that vLLM found in its cache, over those that it looked for; None before it looked for any."""
    found = dict.fromkeys((QUERIES, HITS), 0.0)
    for family in registry.restricted_registry(found).collect():  # all of vLLM's would take 10 ms
        for sample in family.samples:
            found[sample.name] += sample.value
    return found[HITS] / found[QUERIES] if found[QUERIES] else None


def in_force(config: StartConfig) -> Document:
    """What was configured; of keys and of the Redis only that there are some."""
    whole = config.model_dump(by_alias=True, mode="json")
    parts = {name: whole[name] for name in ("engine", "admission", "generation", "health", "drain", "cors")}
    hidden = dict.fromkeys(name for name in KEPT_SECRET if name in config.engine.arguments)
    limits = config.rate_limit
    return {
        **parts,
        "engine": parts["engine"] | {"arguments": config.engine.arguments | dict.fromkeys(hidden, "***")},
        "auth": {"keys": config.auth is not None},
        "rateLimit": limits
        and {
            "requestsPerMinutePerClient": limits.requests_per_minute_per_client,
            "tokensPerMinutePerClient": limits.tokens_per_minute_per_client,
            "shared": limits.redis_url_path is not None,
        },
    }


def _totals(counter: Counter) -> defaultdict[tuple[str, ...], int]:
    """By the values of its labels; 0 for those that are not counted any more."""
    totals = {
        tuple(sample.labels.values()): int(sample.value)
        for family in counter.collect()
        for sample in family.samples
        if sample.name.endswith("_total")
    }
    return defaultdict(int, totals)
