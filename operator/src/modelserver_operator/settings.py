"""The operator's settings: MODELSERVER_* of its environment, checked once at start."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Names = Annotated[tuple[str, ...], NoDecode]
LEASE_JITTER = 1.2  # the longest pause between two looks at the Lease, in retry periods
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

    lease_duration_seconds: int = Field(default=15, ge=1, le=300)
    """How long another replica must have seen the Lease unchanged before it takes it."""

    lease_renew_seconds: float = Field(default=10.0, gt=0)
    """How long the working replica goes on without a renewal; less than the duration."""

    lease_retry_seconds: float = Field(default=2.0, gt=0)
    """How often each replica looks at the Lease; 1.2 times that, with its jitter, is less than lease_renew_seconds."""

    monitoring_namespaces: Names = ()
    """The namespaces whose pods may scrape served pods, with commas between them; empty: all."""

    runbook_url: str = Field(default="", pattern="^(https?://[^ #]+)?$")
    """The page to which alerts about served models lead, with a heading for each; empty: they name docs/alerts.md."""

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
    """The port of /livez, /readyz, /metrics and /load."""

    metrics_api_port: int = Field(default=0, ge=0, le=65535)
    """The port of custom.metrics.k8s.io, over TLS; 0: it is not served."""

    metrics_api_service: str = Field(default="", pattern=f"^({NAME})?$")
    """The Service in pod_namespace that the two APIServices lead to; the certificate is for its name."""

    metrics_api_certificate_seconds: float = Field(default=86400.0, ge=1)
    """How long a serving certificate is valid; it is replaced after two thirds of that."""

    load_url: str = Field(default="", pattern="^(https?://[^ ]+)?$")
    """Where KEDA reaches this operator's health port, such as http://NAME.NAMESPACE.svc:8080; empty: nowhere."""

    keda_prometheus_url: str = Field(default="", pattern="^(https?://[^ ]+)?$")
    """The Prometheus that KEDA asks for the load instead of this operator; empty: none."""

    log_format: Literal["plain", "json"] = "plain"
    """plain for people, json for log collectors: one object a line."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The lowest level that is logged."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        """As client-go demands it: else two could write at once, or one lose the Lease between two looks."""
        if not LEASE_JITTER * self.lease_retry_seconds < self.lease_renew_seconds < self.lease_duration_seconds:
            raise ValueError(
                f"lease_retry_seconds * {LEASE_JITTER} < lease_renew_seconds < lease_duration_seconds must hold, and "
                f"they are {self.lease_retry_seconds:g}, {self.lease_renew_seconds:g} and {self.lease_duration_seconds}"
            )
        return self

    @field_validator("namespaces", "monitoring_namespaces", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [name for part in value.split(",") if (name := part.strip())] if isinstance(value, str) else value
