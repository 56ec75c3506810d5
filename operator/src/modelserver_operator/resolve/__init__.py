"""From what was asked for to what is done: pure, every value with its reason, or a refusal.

outcome = resolve(server, server_class, facts)   # Resolved | Refusal
"""

from modelserver_operator.resolve.autoscaling import target
from modelserver_operator.resolve.classes import check_class
from modelserver_operator.resolve.effective import effective
from modelserver_operator.resolve.facts import (
    ASSUMED,
    HORIZONTAL_POD_AUTOSCALER,
    HTTP_ROUTE,
    PROMETHEUS_RULE,
    SCALED_OBJECT,
    SERVICE_MONITOR,
    Facts,
    Metrics,
    MetricsApi,
)
from modelserver_operator.resolve.objectives import FIRST_TOKEN_BOUNDS, WHOLE_BOUNDS
from modelserver_operator.resolve.outcome import (
    Refusal,
    Resolved,
    ResolvedAdmission,
    ResolvedAuth,
    ResolvedAutoscaling,
    ResolvedEngine,
    ResolvedGeneration,
    ResolvedObjectives,
    ResolvedRateLimit,
    ResolvedResources,
    ResolvedRollout,
    ResolvedSteering,
    Shortcoming,
    Valued,
    class_invalid,
    class_not_found,
    spec_invalid,
)
from modelserver_operator.resolve.rollout import SCHEDULING_SECONDS
from modelserver_operator.resolve.server import resolve

__all__ = [
    "ASSUMED",
    "FIRST_TOKEN_BOUNDS",
    "HORIZONTAL_POD_AUTOSCALER",
    "HTTP_ROUTE",
    "PROMETHEUS_RULE",
    "SCALED_OBJECT",
    "SCHEDULING_SECONDS",
    "SERVICE_MONITOR",
    "WHOLE_BOUNDS",
    "Facts",
    "Metrics",
    "MetricsApi",
    "Refusal",
    "Resolved",
    "ResolvedAdmission",
    "ResolvedAuth",
    "ResolvedAutoscaling",
    "ResolvedEngine",
    "ResolvedGeneration",
    "ResolvedObjectives",
    "ResolvedRateLimit",
    "ResolvedResources",
    "ResolvedRollout",
    "ResolvedSteering",
    "Shortcoming",
    "Valued",
    "check_class",
    "class_invalid",
    "class_not_found",
    "effective",
    "resolve",
    "spec_invalid",
    "target",
]
