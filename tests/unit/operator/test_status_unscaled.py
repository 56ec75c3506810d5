"""Why the number of pods does not follow the load, with what helps; and whose number it is then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.unit.operator.scalers import SCALED_OBJECT, at_work, conditions, scaler
from tests.unit.operator.seen import SCALED, answers, condition, scaled, serving, told, up, wanted

from modelserver_operator.api import Reason
from modelserver_operator.resolve import ASSUMED, Facts, Metrics, MetricsApi, Refusal
from modelserver_operator.status import Children, Load, Scalers, Turn


def asking(source: str) -> dict[str, Any]:
    """A spec that wants this source and no other."""
    return {"autoscaling": SCALED["autoscaling"] | {"metricsSource": source}}


KEDA = asking("KEDA")
MINE, THEIRS = "HorizontalPodAutoscaler mine", "ScaledObject theirs"
UNREAD = Scalers(hpa=at_work(ScalingActive="FailedGetObjectMetric"))
OBJECT = scaler(SCALED_OBJECT)
FALLS_BACK = OBJECT | {"status": {"conditions": conditions(Ready="True", Fallback="True")}}
REFUSED = OBJECT | {"status": {"conditions": conditions(Ready="TriggerError")}}
LEAVING = scaler(SCALED_OBJECT, deletionTimestamp="2026-03-01T12:00:00Z")
SILENT = Load(None, 4, why="no pod answers")
NO_KEDA = Facts(kinds=frozenset(), kubernetes=None, metrics=ASSUMED.metrics)
MUTE = Facts(kinds=ASSUMED.kinds, kubernetes=None)
FOREIGN = Facts(kinds=frozenset(), kubernetes=None, metrics=Metrics(MetricsApi.FOREIGN, holder="monitoring/adapter"))
ABSENT = Facts(kinds=frozenset(), kubernetes=None)


@dataclass(frozen=True)
class Case:
    """What is seen, and what is to be told of it."""

    reason: str
    says: str
    scalers: Scalers = field(default_factory=Scalers)
    load: Load | None = None
    facts: Facts = ASSUMED
    spec: dict[str, Any] | None = None

    def status(self) -> dict[str, Any]:
        """Of a server whose scaler has decided something before."""
        before = {"autoscaling": {"source": "BuiltIn", "desiredReplicas": 3, "target": 4}}
        return scaled(self.scalers, before, load=self.load, facts=self.facts, spec=self.spec or SCALED)


CASES = (
    Case("ScalerPending", "The operator has not made the HorizontalPodAutoscaler yet"),
    Case("ScalerPending", "KEDA has not made the HorizontalPodAutoscaler yet", spec=KEDA),
    Case("ScalerPending", "was not looked at yet", Scalers(hpa=scaler())),
    Case("ScalerPending", "until there is no ScaledObject demo", Scalers(scaled_object=LEAVING, of_keda=at_work())),
    Case("ScalerPending", "HorizontalPodAutoscaler demo", Scalers(hpa=scaler(), scaled_object=OBJECT), spec=KEDA),
    Case("ScalerPending", "until there is no HorizontalPodAutoscaler", Scalers(of_keda=at_work())),
    Case("LoadUnknown", "is not known: no pod answers.", UNREAD, SILENT),
    Case("LoadUnknown", "is not known: no pod answers.", Scalers(None, FALLS_BACK, at_work()), SILENT, spec=KEDA),
    Case("MetricUnreadable", "It says: Why.", UNREAD, Load(3, 4)),
    Case("MetricUnreadable", "It says: Why.", UNREAD),
    Case("MetricUnreadable", "KEDA gets no answer", Scalers(None, FALLS_BACK, at_work()), Load(3, 4), spec=KEDA),
    Case("ScalerFailing", "says: Why.", Scalers(hpa=at_work(AbleToScale="FailedGetScale"))),
    Case("ScalerFailing", "says: Why.", Scalers(hpa=at_work(ScalingActive="AmbiguousSelector"))),
    Case("ScalerFailing", "says: Why.", Scalers(hpa=at_work(ScalingActive="ScalingDisabled"))),
    Case("ScalerFailing", "KEDA says: Why.", Scalers(scaled_object=REFUSED), spec=KEDA),
    Case("ForeignScaler", f"{MINE} scales the same pods", Scalers(on_pods=(MINE,))),
    Case("ForeignScaler", f"{THEIRS} sets spec.replicas", Scalers(on_server=(THEIRS,))),
    Case("KindNotServed", "needs the kind ScaledObject", facts=NO_KEDA, spec=KEDA),
    Case("MetricsNotServed", "autoscaling.keda.prometheusUrl", facts=MUTE, spec=KEDA),
    Case(
        "MetricsNotServed",
        "is served by monitoring/adapter",
        UNREAD,
        facts=FOREIGN,
        spec=asking("BuiltIn"),
    ),
    Case(
        "MetricsNotServed",
        "autoscaling.builtIn.enabled=true",
        UNREAD,
        facts=ABSENT,
        spec=asking("BuiltIn"),
    ),
    Case("MetricsNotServed", "Nobody serves custom.metrics.k8s.io", UNREAD, facts=ABSENT),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.reason}: {case.says}")
def test_why_the_number_does_not_follow_the_load(case: Case) -> None:
    status = case.status()
    assert answers(status)["ScalingActive"] == ("False", case.reason)
    assert case.says in condition(status, "ScalingActive")["message"]
    assert status["autoscaling"]["desiredReplicas"] == 3, "what was decided before stands"


@pytest.mark.parametrize("spec", [SCALED, asking("BuiltIn")], ids=["Auto", "BuiltIn"])
def test_the_adapter_may_be_anybodys(spec: dict[str, Any]) -> None:
    """A scaler that reads the load scales."""
    status = scaled(Scalers(hpa=at_work()), facts=FOREIGN, spec=spec)
    assert answers(status)["ScalingActive"] == ("True", "Scaling")


@pytest.mark.parametrize(
    ("scalers", "reason", "says"),
    [
        (Scalers(), "ReplicasKept", "3 pods stay, as the scaler left them, for spec.replicas is still 1"),
        (Scalers(on_pods=(MINE,)), "ForeignScaler", f"{MINE} sets the number of pods"),
    ],
)
def test_a_number_that_spec_replicas_does_not_say(scalers: Scalers, reason: str, says: str) -> None:
    status = told(wanted(), Children(deployment=up(ignored=1), scalers=scalers))
    assert answers(status)["ScalingActive"] == ("False", reason)
    assert says in condition(status, "ScalingActive")["message"]
    assert "autoscaling" not in status


def test_a_number_that_is_the_one_asked_for_is_not_called_kept() -> None:
    """Also where it was called so before, by which another number stood."""
    before = told(wanted(replicas=3), Children(deployment=up(2, ignored=3)))
    assert answers(before)["ScalingActive"] == ("False", "ReplicasKept")
    status = told(wanted(replicas=3), Children(deployment=up(3, ignored=3)), before)
    assert "ScalingActive" not in answers(status)


@pytest.mark.parametrize(
    ("spec", "turn", "until"),
    [
        ({"paused": True}, None, "until spec.paused is no longer true"),
        ({}, Turn(generation=3, rolling=False), "until this server has its turn"),
    ],
)
def test_a_scaler_that_is_asked_for_no_longer_is_named_for_as_long_as_it_works(
    spec: dict[str, Any], turn: Turn | None, until: str
) -> None:
    live = up(ignored=1)
    status = told(wanted(**spec), Children(deployment=live, scalers=Scalers(hpa=at_work()), turn=turn))
    assert answers(status)["ScalingActive"] == ("False", "ScalerPending")
    assert (
        f"HorizontalPodAutoscaler demo sets the number of pods, though spec.autoscaling is not set, {until}"
        in (condition(status, "ScalingActive")["message"])
    )


def test_what_stood_there_stands_while_the_spec_is_not_followed() -> None:
    """The scaler that there is goes on: another source waits for the end of the pause, or a spec is refused."""
    at_it = Children(deployment=up(), scalers=Scalers(hpa=at_work()), load=Load(12, 4))
    before = told(wanted(**SCALED), at_it)
    refused = Refusal(Reason.SPEC_INVALID, "This object is not valid here.", "spec")
    for outcome in (wanted(paused=True, **KEDA), refused):
        now = told(outcome, at_it, before)
        assert now["autoscaling"] == before["autoscaling"]
        assert condition(now, "ScalingActive")["message"] == condition(before, "ScalingActive")["message"]
        assert answers(now)["ScalingActive"] == ("True", "Scaling")


@pytest.mark.parametrize(
    ("spec", "live", "scalers", "ready"),
    [
        (SCALED, up(3, ready=1), Scalers(), True),  # what was added may load for minutes
        (SCALED, up(3, ready=0), Scalers(), False),
        ({"autoscaling": {"minReplicas": 2, "maxReplicas": 4}}, up(3, ready=1), Scalers(), False),
        ({}, up(3, ready=1, ignored=1), Scalers(), False),  # kept: all of it is wanted
        ({}, up(3, ready=3, ignored=1), Scalers(), True),
        ({}, up(3, ready=1, ignored=1), Scalers(on_pods=(MINE,)), True),
        ({"replicas": 5}, up(3, ignored=5), Scalers(on_pods=(MINE,)), True),
    ],
)
def test_ready_needs_no_pod_that_a_scaler_has_just_added(
    spec: dict[str, Any], live: dict[str, Any], scalers: Scalers, ready: bool
) -> None:
    status = told(wanted(**spec), Children(deployment=live, pods=serving(live), scalers=scalers))
    assert answers(status)["Ready"][0] == str(ready)
