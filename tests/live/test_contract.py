"""The contract on the site: whatever is asked of Prometheus anywhere, it has series of, with the labels that are used.

Rules are taken from the cluster, as the operator and the chart made them. tests/unit/monitoring shows that a metric
with another name fails the same check.
"""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from tests.live.servers import DEMO, TEAM
from tests.live.site import SECONDS, Site
from tests.monitoring import sources
from tests.monitoring.contract import Series, unmet
from tests.monitoring.hurried import LABEL
from tests.monitoring.sources import Question
from tests.unit.monitoring import full
from tests.waiting import until
from tools.demo import release
from tools.demo.kubectl import KubectlError


@pytest.fixture(scope="module")
def there(site: Site) -> list[Series]:
    """The labels of every series that Prometheus has, as soon as it has some of each kind: of a server, of what the
    operator tells of it, and of an alert, which waits or fires for the server that never starts."""
    for first in (f'vllm:num_requests_waiting{{modelserver="{DEMO}"}}', "modelserver_condition", "ALERTS"):
        until(lambda: site.prometheus.query(first), SECONDS, f"there is {first}")  # noqa: B023
    return [*site.prometheus.series('{__name__=~".+"}')]


def holds(questions: Iterable[Question], there: list[Series]) -> None:
    asked = sources.needed(questions)
    assert asked
    assert unmet(asked, there) == []


@pytest.mark.parametrize(("name", "namespace"), [(DEMO, TEAM), (release.RELEASE, release.NAMESPACE)])
def test_what_rules_ask_is_there(site: Site, there: list[Series], name: str, namespace: str) -> None:
    rule = site.kubectl.get("prometheusrule", name, "--namespace", namespace)
    assert not any(LABEL in each["labels"] for group in rule["spec"]["groups"] for each in group["rules"])
    holds(sources.rules(rule), there)


def test_what_dashboards_ask_is_there(there: list[Series]) -> None:
    holds(sources.dashboards(), there)


def test_what_scalers_ask_is_there(there: list[Series]) -> None:
    holds([full.scaled_object(TEAM, DEMO), sources.adapter()], there)


def test_what_the_horizontal_pod_autoscaler_asks_is_answered(site: Site) -> None:
    (metric,) = site.kubectl.get("hpa", DEMO, "--namespace", TEAM)["spec"]["metrics"]
    name, of = metric["object"]["metric"]["name"], metric["object"]["describedObject"]["name"]
    path = f"/apis/custom.metrics.k8s.io/v1beta2/namespaces/{TEAM}/modelservers.modelserver.dev/{of}/{name}"
    (item,) = until(lambda: answered(site, path), SECONDS, "the operator answers")
    assert item["metric"]["name"] == name
    assert item["value"]


def answered(site: Site, path: str) -> list[dict[str, Any]]:
    """The items; none while the operator does not know the load yet."""
    try:
        found: list[dict[str, Any]] = json.loads(site.kubectl.run("get", "--raw", path))["items"]
    except KubectlError:
        return []
    return found


def test_what_the_docs_name_is_there(there: list[Series]) -> None:
    holds(sources.pages(), there)
