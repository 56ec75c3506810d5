"""What Prometheus is told, and which service is promised."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from modelserver_operator.api.struct import Struct

Choice = Literal["Auto", "Enabled", "Disabled"]
Milliseconds = Annotated[int, Field(ge=1, le=86_400_000)]


class Objectives(Struct):
    """The service that is promised; alerts compare with it."""

    ttft_p95_milliseconds: Annotated[Milliseconds | None, Field(alias="ttftP95Milliseconds")] = None
    """ttftP95Milliseconds is within which time the first token of 95 % of the requests comes."""

    e2e_p95_milliseconds: Annotated[Milliseconds | None, Field(alias="e2eP95Milliseconds")] = None
    """e2eP95Milliseconds is within which time 95 % of the requests are done."""

    max_error_rate: Annotated[str, Field(max_length=8, pattern=r"^[0-9]{1,2}(\.[0-9]{1,3})?%$")] | None = None
    """maxErrorRate is the share of requests that may fail, such as 0.5%."""


class Monitoring(Struct):
    """The objects that Prometheus' operator reads."""

    service_monitor: Choice = "Auto"
    """serviceMonitor makes a ServiceMonitor; Auto where the cluster has that kind."""

    alerts: Choice = "Auto"
    """alerts makes a PrometheusRule; Auto where the cluster has that kind."""

    slo: Objectives | None = None
    """slo is the service that is promised; alerts tell when it is not kept."""
