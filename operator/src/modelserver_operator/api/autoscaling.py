"""A number of pods that follows the load."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from modelserver_operator.api.rules import Rule
from modelserver_operator.api.struct import Struct

Source = Literal["BuiltIn", "KEDA", "PrometheusAdapter"]
MetricsSource = Literal["Auto", "BuiltIn", "KEDA", "PrometheusAdapter"]


class Autoscaling(Struct):
    """Between which numbers of pods, and by which load."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            message="minReplicas may be at most maxReplicas",
            cel="self.minReplicas <= self.maxReplicas",
            holds=lambda scaling: scaling.min_replicas <= scaling.max_replicas,
        ),
    )

    min_replicas: Annotated[int, Field(ge=1, le=1000)] = 1
    """minReplicas is the number of pods without load, 1 or more."""

    max_replicas: Annotated[int, Field(ge=1, le=1000)]
    """maxReplicas is the most pods that there may be."""

    target_unfinished_requests: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """targetUnfinishedRequests is how many requests, running and waiting, one pod should have; left out, it is
    three quarters of admission.maxRunning."""

    scale_down_window_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """scaleDownWindowSeconds is how long the load must have been lower before pods are removed."""

    metrics_source: MetricsSource = "Auto"
    """metricsSource is who tells the scaler the load: the operator itself (BuiltIn), KEDA or Prometheus' adapter; Auto
    takes the first of these that the cluster has."""
