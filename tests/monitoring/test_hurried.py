"""Rules that are hurried, beside what they were."""

from typing import Any

import promql_parser as promql
import pytest
from tests.monitoring.hurried import TooShortError, expression, hurried

RULE = {
    "apiVersion": "monitoring.coreos.com/v1",
    "kind": "PrometheusRule",
    "metadata": {
        "name": "demo",
        "namespace": "team",
        "labels": {"release": "prometheus", "app.kubernetes.io/managed-by": "modelserver"},
        "ownerReferences": [{"name": "demo"}],
    },
    "spec": {
        "groups": [
            {
                "name": "slow",
                "interval": "5m",
                "rules": [
                    {
                        "alert": "Bad",
                        "expr": "rate(bad_total[1h]) > 300",
                        "for": "2m",
                        "labels": {"severity": "warning"},
                        "annotations": {"summary": "Bad for 5m."},
                    },
                    {"alert": "Worse", "expr": "worse == 1", "labels": {"severity": "critical"}},
                ],
            }
        ]
    },
}


@pytest.mark.parametrize(
    ("expr", "shorter"),
    [
        ("up == 0", "up == 0"),
        ("sum by (pod) (rate(a_total[5m])) / 300 > 0.5", "sum by (pod) (rate(a_total[5s])) / 300 > 0.5"),
        ("changes(a[40m]) >= 3 and changes(a[10m]) > 0", "changes(a[40s]) >= 3 and changes(a[10s]) > 0"),
        ("last_over_time(a[10m] offset 5m)", "last_over_time(a[10s] offset 5s)"),
        ("a - a offset 1d", "a - a offset 24m"),
        ("max_over_time(rate(a[5m])[1h:2m] offset 1h)", "max_over_time(rate(a[5s])[1m:2s] offset 1m)"),
        ('a{b="5m"} * on (c) group_left b', 'a{b="5m"} * on (c) group_left b'),
        ("increase(a[4m30s]) > 1", "increase(a[4500ms]) > 1"),
    ],
)
def test_windows_and_offsets_are_shorter_and_nothing_else_is(expr: str, shorter: str) -> None:
    assert expression(expr, 60) == str(promql.parse(shorter))


@pytest.mark.parametrize("expr", ["rate(a[3m]) > 1", "max_over_time(rate(a[5m])[2m:1m])"])
def test_a_window_that_would_have_no_samples_is_refused(expr: str) -> None:
    with pytest.raises(TooShortError, match="with the factor 60"):
        expression(expr, 60)


def test_a_rule_of_its_own_is_made_of_all_rules() -> None:
    made = hurried(RULE)
    assert made["metadata"] == {"name": "demo-hurried", "namespace": "team", "labels": {"release": "prometheus"}}
    (group,) = made["spec"]["groups"]
    assert (group["name"], group["interval"]) == ("slow-hurried", "5s")
    bad, worse = group["rules"]
    assert bad == {
        "alert": "Bad",
        "expr": "rate(bad_total{}[1m]) > 300",
        "for": "2s",
        "labels": {"severity": "warning", "hurried": "60"},
        "annotations": {"summary": "Bad for 5m."},
    }
    assert "for" not in worse


def test_the_rule_that_was_given_stays_as_it_was() -> None:
    before = repr(RULE)
    again: dict[str, Any] = hurried(RULE)
    assert again["spec"] != RULE["spec"]
    assert repr(RULE) == before
