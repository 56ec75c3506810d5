"""The operator's settings: MODELSERVER_* of its environment, checked once at start."""

from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Names = Annotated[tuple[str, ...], NoDecode]
NAME = "[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"  # RFC 1123, as the API server wants names


class Settings(BaseSettings):
    """What an installation may choose; the chart's values end up here. Times are in seconds."""

    model_config = SettingsConfigDict(env_prefix="MODELSERVER_", frozen=True)

    namespaces: Names = ()
    """The namespaces to watch, with commas between them; empty: all."""

    pod_namespace: str = Field(default="", pattern=f"^({NAME})?$")
    """The operator's own namespace, where its Lease is; empty: no leader election, and nobody may start two."""

    lease_name: str = Field(default="modelserver-operator", pattern=f"^{NAME}$")
    """The name of the Lease that the working replica holds."""

    monitoring_namespaces: Names = ()
    """The namespaces whose pods may scrape served pods, with commas between them; empty: all."""

    workers: int = Field(default=4, ge=1, le=64)
    """How many ModelServers are reconciled at the same time."""

    resync_seconds: float = Field(default=300.0, ge=1)
    """How often every ModelServer is looked at without any event, give or take a tenth."""

    discovery_seconds: float = Field(default=30.0, ge=1)
    """How often to look whether the cluster serves optional kinds, such as HTTPRoutes, and which Kubernetes it is."""

    request_timeout_seconds: float = Field(default=30.0, gt=0)
    """How long one call to the API server may take."""

    rejected_retry_seconds: float = Field(default=60.0, ge=1)
    """How soon to try again what the API server refused."""

    install_timeout_seconds: float = Field(default=120.0, gt=0)
    """How long install-classes waits until the API server serves ModelServerClasses."""

    health_port: int = Field(default=8080, ge=1, le=65535)
    """The port of /livez, /readyz and /metrics."""

    log_format: Literal["plain", "json"] = "plain"
    """plain for people, json for log collectors: one object a line."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The lowest level that is logged."""

    @field_validator("namespaces", "monitoring_namespaces", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [name for part in value.split(",") if (name := part.strip())] if isinstance(value, str) else value
