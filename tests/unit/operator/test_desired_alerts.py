"""What must hold for the alerts of every server; tests/monitoring/test_rules.py shows when each fires."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.examples import ALIKE
from tests.unit.operator.made import OWNER, resolved

from modelserver_operator.desired.alerts import burning
from modelserver_operator.desired.alerts.burning import BURNS, threshold
from modelserver_operator.desired.alerts.loaded import OF_LOAD
from modelserver_operator.desired.alerts.objectives import share, within
from modelserver_operator.desired.prometheus_rule import prometheus_rule, runbook_of
from modelserver_operator.resolve import ASSUMED, FIRST_TOKEN_BOUNDS, WHOLE_BOUNDS, Facts
from modelserver_runtime import measure
from modelserver_runtime.admission.health import STATES
from modelserver_runtime.refusals import refused_early, waiting_line_full

ALERTS_PAGE = Path(__file__).parents[3] / "docs" / "alerts.md"
VECTORS = {"persistentVolumeClaim": {"claimName": "steering"}}
SLO = {"ttftP95Milliseconds": 6000, "e2eP95Milliseconds": 20000, "maxErrorRate": "0.5%"}
EVERYTHING: dict[str, Any] = {
    "emotions": {"vectors": VECTORS},
    "autoscaling": {"maxReplicas": 4},
    "monitoring": {"slo": SLO},
}
ALWAYS = {
    "ModelServerDown",
    "ModelServerNotReady",
    "ModelServerRestarting",
    "ModelServerQueueSaturated",
    "ModelServerRefusing",
    "ModelServerCacheFull",
    "ModelServerErrors",
    "ModelServerDeadlinesMissed",
    "ModelServerStalled",
}


def rules(facts: Facts = ASSUMED, **spec: Any) -> list[dict[str, Any]]:
    """The rules of a server, whatever their group."""
    made = prometheus_rule(resolved(facts=facts, **spec), OWNER)
    return [rule for group in made["spec"]["groups"] for rule in group["rules"]]


def names(**spec: Any) -> set[str]:
    return {rule["alert"] for rule in rules(**spec)}


def rule(name: str, **spec: Any) -> dict[str, Any]:
    return next(each for each in rules(**spec) if each["alert"] == name)


@pytest.mark.parametrize(
    ("spec", "toggled"),
    [
        ({}, set()),
        ({"emotions": {"vectors": VECTORS}}, {"ModelServerEmotionsNotLive"}),
        ({"autoscaling": {"maxReplicas": 4}}, {"ModelServerScalerBlind"}),
        ({"admission": {"maxWaiting": 0}}, {"ModelServerQueueSaturated"}),
        ({"monitoring": {"slo": {"ttftP95Milliseconds": 7000}}}, {"ModelServerTTFTBurn"}),
        ({"monitoring": {"slo": {"e2eP95Milliseconds": 20000}}}, {"ModelServerE2EBurn"}),
        ({"monitoring": {"slo": {"maxErrorRate": "0.5%"}}}, {"ModelServerErrorBurn"}),
        ({"monitoring": {"slo": {}}}, set()),
    ],
)
def test_there_is_an_alert_for_what_there_is(spec: dict[str, Any], toggled: set[str]) -> None:
    assert names(**spec) ^ ALWAYS == toggled


def test_a_time_that_no_answer_may_take_is_not_watched() -> None:
    """It is kept always, and an alert that cannot fire looks like one that need not."""
    bounds = {"queueTimeoutSeconds": 10, "requestTimeoutSeconds": 40}
    for promised, alerts in ((49_999, {"ModelServerTTFTBurn", "ModelServerE2EBurn"}), (50_000, set())):
        slo = {"ttftP95Milliseconds": promised, "e2eP95Milliseconds": promised}
        assert names(admission=bounds, monitoring={"slo": slo}) - ALWAYS == alerts


def selectors(expr: str) -> Iterator[promql.VectorSelector]:
    """Every selector in an expression, which Prometheus' grammar accepts."""
    found: list[promql.VectorSelector] = []

    def visit(node: Any) -> bool:
        if isinstance(node, promql.VectorSelector):
            found.append(node)
        return True

    promql.walk(promql.parse(expr), pre_visit=visit)
    return iter(found)


@pytest.mark.parametrize("made", rules(**EVERYTHING), ids=lambda made: f"{made['alert']}-{made['labels']['severity']}")
def test_each_alert_is_about_this_server_alone_and_says_what_to_do(made: dict[str, Any]) -> None:
    for selector in selectors(made["expr"]):
        matched = {each.name: each.value for each in selector.matchers.matchers}
        assert matched.items() >= {"namespace": "default", "modelserver": "demo"}.items()
        assert "job" not in matched
    assert made["labels"].items() >= {"namespace": "default", "modelserver": "demo"}.items()
    assert made["labels"]["severity"] in {"critical", "warning"}
    assert set(made["annotations"]) == {"summary", "description", "runbook"}
    assert "default/demo" in made["annotations"]["summary"]
    assert re.search(r"`|admission\.", made["annotations"]["description"])  # a command, or a field to change


def test_every_state_and_refusal_that_is_looked_for_exists() -> None:
    text = str(rules(**EVERYTHING))
    states = {word for found in re.findall(r'state=~?\\?"([^"\\]+)', text) for word in found.split("|")}
    assert states == {"serving", "starting", "stalled", "main_loop_stuck"}
    assert states <= set(STATES)
    assert {waiting_line_full(1).reason, refused_early(1).reason} <= set(OF_LOAD)


def test_thresholds_are_what_the_server_was_given() -> None:
    spec: dict[str, Any] = {
        "rollout": {"startupTimeoutSeconds": 420, "drainSeconds": 385},
        "admission": {"maxWaiting": 12, "refuseEarlyAbovePercent": 60},
        "monitoring": {"slo": {"maxErrorRate": "8%"}},
    }
    assert "[7m]" in rule("ModelServerNotReady", **spec)["expr"]
    assert "[24m]" in rule("ModelServerNotReady", **spec)["expr"]  # seven to end, ten to be placed, seven to start
    assert "[48m]" in rule("ModelServerRestarting", **spec)["expr"]  # four lives of seven minutes and a wait of five
    assert rule("ModelServerQueueSaturated", **spec)["expr"].endswith("/ 12 >= 0.6")
    assert "> 0.08\n" in rule("ModelServerErrors", **spec)["expr"]
    assert "> 0.05\n" in rule("ModelServerErrors", monitoring={"slo": {"maxErrorRate": "1%"}})["expr"]


def test_without_our_monitor_a_missing_target_is_nobodys_loss() -> None:
    assert "absent(" in rule("ModelServerDown")["expr"]
    assert "absent(" not in rule("ModelServerDown", monitoring={"serviceMonitor": "Disabled"})["expr"]


def test_a_page_of_the_installations_own() -> None:
    facts = replace(ASSUMED, runbook_url="https://wiki.example.com/alerts")
    made = prometheus_rule(resolved(facts=facts), OWNER)
    annotations = made["spec"]["groups"][0]["rules"][0]["annotations"]
    assert annotations["runbook_url"] == "https://wiki.example.com/alerts#modelserverdown"
    assert "runbook" not in annotations
    assert runbook_of(made) == facts.runbook_url
    assert runbook_of(prometheus_rule(resolved(), OWNER)) == ""
    assert rule("ModelServerDown")["annotations"]["runbook"] == "docs/alerts.md#modelserverdown"


def test_prometheus_finds_it_by_the_classs_labels() -> None:
    made = prometheus_rule(resolved({"monitorLabels": {"release": "prometheus"}}), OWNER)
    assert made["metadata"]["labels"]["release"] == "prometheus"


def test_each_alert_has_its_section_and_no_other_has_one() -> None:
    told = re.findall(r"^### (ModelServer\w+)$", ALERTS_PAGE.read_text(), flags=re.MULTILINE)
    assert set(told) == names(**EVERYTHING)
    assert len(told) == len(set(told))


def test_the_bounds_are_the_runtimes() -> None:
    assert (FIRST_TOKEN_BOUNDS, WHOLE_BOUNDS) == (measure.FIRST_TOKEN, measure.WHOLE)


@ALIKE
@given(st.sampled_from([FIRST_TOKEN_BOUNDS, WHOLE_BOUNDS]), st.data())
def test_a_time_between_two_bounds_is_what_prometheus_would_say(bounds: tuple[float, ...], data: Any) -> None:
    """histogram_quantile, asked for the share that was found, gives the time back."""
    seconds = data.draw(st.floats(bounds[0] / 100, bounds[-1]))
    counts = data.draw(st.lists(st.integers(1, 100), min_size=len(bounds), max_size=len(bounds)))
    cumulative = {bound: sum(counts[: index + 1]) for index, bound in enumerate(bounds)}
    in_time = sum(part * cumulative[bound] for bound, part in within(bounds, seconds))
    assert quantile(cumulative, in_time) == pytest.approx(seconds)


def quantile(cumulative: dict[float, int], rank: float) -> float:
    """As Prometheus has it: the time below which so many values lie, evenly spread within their bucket."""
    low, before = 0.0, 0
    for bound, count in cumulative.items():
        if rank <= count + 1e-9:
            return low + (bound - low) * (rank - before) / (count - before)
        low, before = bound, count
    raise AssertionError(rank)


def test_a_bound_needs_one_bucket() -> None:
    assert within(FIRST_TOKEN_BOUNDS, 7.0) == [(7.0, 1.0)]
    assert within(FIRST_TOKEN_BOUNDS, 6.0) == [(5.0, 0.5), (7.0, 0.5)]
    assert within(FIRST_TOKEN_BOUNDS, 0.005) == [(0.01, 0.5)]


RATES = [burn.rate for burns in BURNS.values() for burn in burns]


@ALIKE
@given(st.floats(0, 0.99999), st.sampled_from(RATES))
def test_a_burn_can_be_reached_and_is_never_within_the_budget(budget: float, rate: float) -> None:
    asked = threshold(budget, rate)
    assert budget <= asked < 1
    assert asked == rate * budget or rate * budget > asked


@pytest.mark.parametrize("promised", ["0%", "0.001%", "0.5%", "7%", "10%", "99.999%"])
def test_no_promise_makes_an_alert_that_cannot_fire(promised: str) -> None:
    for severity in BURNS:
        (alert,) = burning(resolved(monitoring={"slo": {"maxErrorRate": promised}}), severity)
        shares = [float(found) for found in re.findall(r"> ([0-9.e-]+)$", alert.expr, flags=re.MULTILINE)]
        assert len(shares) == 4
        assert all(share(promised) <= found < 1 for found in shares)


def test_what_nobody_calls_service_is_above_any_promise() -> None:
    for promised in ("0.5%", "5%", "50%"):
        expr = rule("ModelServerErrors", monitoring={"slo": {"maxErrorRate": promised}})["expr"]
        (found,) = re.findall(r"> ([0-9.]+)", expr)
        assert float(found) >= share(promised)
