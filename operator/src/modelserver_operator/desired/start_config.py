"""The start part of the runtime's configuration: what a running server cannot change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from modelserver_operator.desired import model
from modelserver_operator.resolve import Resolved, ResolvedRateLimit, Valued

# The runtime is strict about keys of its own version and lenient about a newer one.
SCHEMA_VERSION = 1
# Above the idle timeout of common load balancers (60 s), so that they close idle connections, not the server.
KEEP_ALIVE_SECONDS = 65
# Of a waiting line that is this full, everything is refused anyway.
NONE_EARLY = 100


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where things lie and what is listened on: in the container, or on a developer's machine."""

    models: str = "/models"
    vectors: str = "/vectors"
    keys: str = "/etc/modelserver/keys"
    redis_url: str = "/etc/modelserver/redis/url"  # empty: this process counts alone
    live: str = "/etc/modelserver/live/live.yaml"
    host: str = "0.0.0.0"
    http_port: int = 8000
    control_port: int = 9000
    lame_duck_seconds: int | None = None  # None: as resolved


CONTAINER = Layout()


def start_yaml(resolved: Resolved, layout: Layout = CONTAINER) -> str:
    """The file's text; equal for equal values, so that its hash can name the ConfigMap."""
    return as_yaml(json.dumps(start_config(resolved, layout)))


@lru_cache(maxsize=1024)
def as_yaml(config: str) -> str:
    """JSON as YAML, remembered: a pass asks a dozen times, for names, and PyYAML takes milliseconds."""
    return yaml.safe_dump(json.loads(config), sort_keys=False, width=1000)


def start_config(resolved: Resolved, layout: Layout) -> dict[str, Any]:
    """The file as plain data."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "server": _server(resolved, layout),
        "profile": resolved.profile,
        "model": {"path": model.path(resolved.model, layout.models)},
        "engine": _engine(resolved),
        "admission": _admission(resolved),
        "generation": _generation(resolved),
        **_clients(resolved, layout),
        "drain": _drain(resolved, layout),
        "live": {"path": layout.live},
        **_vectors(resolved, layout),
        **_steering(resolved),
    }


def _server(resolved: Resolved, layout: Layout) -> dict[str, Any]:
    return {
        "name": resolved.name,
        "servedNames": list(resolved.served_names),
        "host": layout.host,
        "httpPort": layout.http_port,
        "controlPort": layout.control_port,
        "keepAliveSeconds": KEEP_ALIVE_SECONDS,
    }


def _engine(resolved: Resolved) -> dict[str, Any]:
    engine = resolved.engine
    return {
        "device": engine.device.value,
        "dtype": engine.dtype.value,
        "maxContextTokens": engine.max_context_tokens.value,
        "maxSequences": engine.max_sequences.value,
        "acceleratorMemoryPercent": engine.accelerator_memory_percent.value,
        "tensorParallelSize": engine.tensor_parallel_size.value,
        "pipelineParallelSize": engine.pipeline_parallel_size.value,
        "streamIntervalTokens": engine.stream_interval_tokens.value,
        **_stated({"systemDate": engine.system_date}),
        "arguments": {name: argument.value for name, argument in engine.arguments.items()},
    }


def _admission(resolved: Resolved) -> dict[str, Any]:
    admission = resolved.admission
    early = admission.refuse_early_above_percent
    return {
        "maxRunning": admission.max_running.value,
        "maxWaiting": admission.max_waiting.value,
        "queueTimeoutSeconds": admission.queue_timeout_seconds.value,
        "requestTimeoutSeconds": admission.request_timeout_seconds.value,
        "maxBodyBytes": admission.max_body_bytes.value,
        **({"refuseEarlyAbovePercent": early.value} if early.value < NONE_EARLY else {}),
    }


def _generation(resolved: Resolved) -> dict[str, Any]:
    generation = resolved.generation
    return _stated(
        {
            "maxTokens": generation.max_tokens,
            "maxTokensLimit": generation.max_tokens_limit,
            "temperature": generation.temperature,
            "topP": generation.top_p,
            "reasoningEffort": generation.reasoning_effort,
        }
    )


def _clients(resolved: Resolved, layout: Layout) -> dict[str, Any]:
    """Who may ask, how much, and from which pages."""
    auth, rate, origins = resolved.auth, resolved.rate_limit, resolved.allowed_origins
    return {
        **({"auth": {"keysPath": layout.keys}} if auth else {}),
        **({"rateLimit": _rate_limit(rate, layout)} if rate else {}),
        **({"cors": {"allowedOrigins": list(origins.value)}} if origins else {}),
    }


def _rate_limit(rate: ResolvedRateLimit, layout: Layout) -> dict[str, Any]:
    return {
        **_stated(
            {
                "requestsPerMinutePerClient": rate.requests_per_minute_per_client,
                "tokensPerMinutePerClient": rate.tokens_per_minute_per_client,
            }
        ),
        **({"redisUrlPath": layout.redis_url} if rate.redis and layout.redis_url else {}),
    }


def _drain(resolved: Resolved, layout: Layout) -> dict[str, Any]:
    lame_duck = layout.lame_duck_seconds
    return {
        "lameDuckSeconds": resolved.rollout.lame_duck_seconds.value if lame_duck is None else lame_duck,
        "drainSeconds": resolved.rollout.drain_seconds.value,
    }


def _stated(values: Mapping[str, Valued[Any] | None]) -> dict[str, Any]:
    """Those that there are; what is left out is the engine's own default."""
    return {key: valued.value for key, valued in values.items() if valued}


def _vectors(resolved: Resolved, layout: Layout) -> dict[str, Any]:
    source = resolved.emotions.vectors
    if source is None or source.persistent_volume_claim is None:
        return {}
    inside = source.persistent_volume_claim.path
    return {"vectors": {"path": f"{layout.vectors}/{inside}" if inside else layout.vectors}}


def _steering(resolved: Resolved) -> dict[str, Any]:
    steering = resolved.steering
    return {"steering": {"maxActiveMixes": steering.max_active_mixes.value}} if steering else {}
