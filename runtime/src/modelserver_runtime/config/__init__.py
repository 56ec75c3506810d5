"""The configuration: its schema, and how file, .env, environment and flags become one."""

from modelserver_runtime.config.schema import (
    SCHEMA_VERSION,
    Admission,
    Auth,
    Emotions,
    Engine,
    Generation,
    Health,
    LiveConfig,
    Mix,
    RateLimit,
    StartConfig,
)

__all__ = [
    "SCHEMA_VERSION",
    "Admission",
    "Auth",
    "Emotions",
    "Engine",
    "Generation",
    "Health",
    "LiveConfig",
    "Mix",
    "RateLimit",
    "StartConfig",
]
