"""The PrometheusRule: what Prometheus' operator hands to Prometheus, which tells when something is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from modelserver_operator.desired.alerts import Alert, burning, failing, following, loaded, standing
from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.metadata import metadata
from modelserver_operator.resolve import Facts, Resolved

# Where no page of the installation's own is set; docs/alerts.md has a section for each alert.
RUNBOOK, PAGE = "runbook", "docs/alerts.md"
RUNBOOK_URL = "runbook_url"
# Days are long: their sums are asked for less often than Prometheus' own default, which is every minute.
SLOWLY = "5m"


def prometheus_rule(resolved: Resolved, owner: Owner) -> Manifest:
    """The class's labels are what the cluster's Prometheus selects by."""
    groups = [
        _group(resolved, "", [*standing(resolved), *loaded(resolved), *failing(resolved), *following(resolved)]),
        _group(resolved, "-fast", burning(resolved, "critical")),
        _group(resolved, "-slow", burning(resolved, "warning")) | {"interval": SLOWLY},
    ]
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": metadata(owner, resolved.name, labels=resolved.placement.monitor_labels),
        "spec": {"groups": [group for group in groups if group["rules"]]},
    }


def runbook_of(rule: Manifest) -> str:
    """runbook_url of the facts that one of our rules was made with."""
    rules = [each for group in rule["spec"].get("groups") or () for each in group.get("rules") or ()]
    told = (each.get("annotations") or {} for each in rules)
    return next((str(each[RUNBOOK_URL]).partition("#")[0] for each in told if RUNBOOK_URL in each), "")


def _group(resolved: Resolved, which: str, alerts: Iterable[Alert]) -> dict[str, Any]:
    return {"name": f"modelserver-{resolved.name}{which}", "rules": [_rule(resolved, each) for each in alerts]}


def _rule(resolved: Resolved, alert: Alert) -> dict[str, Any]:
    return {
        "alert": alert.name,
        "expr": alert.expr,
        "for": alert.lasts,
        "labels": {"severity": alert.severity, "namespace": resolved.namespace, "modelserver": resolved.name},
        "annotations": {
            "summary": alert.summary,
            "description": alert.description,
            **_runbook(resolved.facts, f"#{alert.name.lower()}"),
        },
    }


def _runbook(facts: Facts, heading: str) -> dict[str, str]:
    return {RUNBOOK_URL: facts.runbook_url + heading} if facts.runbook_url else {RUNBOOK: PAGE + heading}
