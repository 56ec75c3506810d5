"""From trouble in a served model to a message at a webhook, through all that a platform has on the way.

The rules are those that the operator made, with minutes shortened to seconds; all servers are in trouble at once.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest
from tests.live import servers, troubles
from tests.live.alerted import Alertmanager
from tests.live.servers import BUSY, DEMO, FAILING, FLEET, HUNG, KILLED, LATE, LOST, MOODY, TEAM
from tests.live.site import SECONDS, Site
from tests.live.watchers import NAME as PROMETHEUS
from tests.live.watchers import NAMESPACE
from tests.monitoring.hurried import FACTOR, LABEL, hurried
from tests.waiting import until

LABELS = {"namespace", "pod", "service", "job", "endpoint", "container", "instance", "modelserver"}
ALL = (*servers.BROKEN, servers.LOST, servers.DEMO)


class Trouble(NamedTuple):
    """An alert that a server's trouble brings about. passes: it is resolved when the trouble is over."""

    server: str
    alert: str
    severity: str
    passes: bool = True

    @property
    def labels(self) -> dict[str, str]:
        """By which it is known; the severity may change while it lasts."""
        return {"alertname": self.alert, "modelserver": self.server}


TROUBLES = (
    Trouble(KILLED, "ModelServerDown", "critical"),
    Trouble(KILLED, "ModelServerRestarting", "critical"),
    Trouble(MOODY, "ModelServerEmotionsNotLive", "warning"),
    Trouble(BUSY, "ModelServerQueueSaturated", "warning"),
    Trouble(BUSY, "ModelServerRefusing", "warning"),
    Trouble(LATE, "ModelServerDeadlinesMissed", "warning"),
    Trouble(FAILING, "ModelServerErrors", "critical"),
    Trouble(FAILING, "ModelServerErrorBurn", "critical", passes=False),  # its windows are hours, here minutes
    Trouble(HUNG, "ModelServerStalled", "critical"),
    Trouble(LOST, "ModelServerNotReady", "critical", passes=False),  # it never is
)
PASSING = [each for each in TROUBLES if each.passes]


@pytest.fixture(scope="module")
def troubled(site: Site, alerted: Alertmanager) -> Iterator[ExitStack]:
    """All servers in trouble, with hurried rules beside the operator's; closing it ends the trouble."""
    with ExitStack() as stack:
        stack.enter_context(troubles.hanging(site))
        given = [site.kubectl.get("prometheusrule", name, *site.served(name).here) for name in ALL]
        made = [hurried(each) for each in given]
        site.kubectl.apply(*made)
        groups = {group["name"] for each in made for group in each["spec"]["groups"]}
        site.adopted(lambda: groups <= loaded(site), "Prometheus has the hurried rules")
        stack.enter_context(troubles.others(site))
        yield stack


def loaded(site: Site) -> set[str]:
    """The names of the groups of rules that Prometheus has."""
    return {group for group, _ in site.prometheus.rules()}


def test_each_pod_is_a_target_through_its_servicemonitor(site: Site) -> None:
    watched = {*servers.BROKEN, DEMO}
    site.adopted(lambda: watched <= up(site).keys(), "each has a target that is up")
    found = up(site)
    for name in watched:
        target, served = found[name], site.served(name)
        assert target["labels"].keys() == LABELS
        assert target["scrapePool"] == f"serviceMonitor/{served.namespace}/{name}/0"
        assert target["labels"]["pod"] in {pod["metadata"]["name"] for pod in served.pods()}
        assert target["labels"]["namespace"] == served.namespace


def up(site: Site) -> dict[str, Any]:
    """The targets that answer, by the server that they are of."""
    targets = (each for each in site.prometheus.targets() if each["health"] == "up")
    return {each["labels"]["modelserver"]: each for each in targets if "modelserver" in each["labels"]}


def test_the_rules_of_operator_and_chart_are_loaded_as_they_are(site: Site) -> None:
    for name, namespace in [
        *((name, site.served(name).namespace) for name in ALL),
        ("modelserver", "modelserver-system"),
    ]:
        rule = site.kubectl.get("prometheusrule", name, "--namespace", namespace)
        wanted = {each["alert"] for group in rule["spec"]["groups"] for each in group["rules"]}
        groups = {group["name"] for group in rule["spec"]["groups"]}
        site.adopted(lambda: groups <= loaded(site), f"Prometheus has the rules of {name}")  # noqa: B023
        assert wanted == {each["name"] for group, each in site.prometheus.rules() if group in groups}


def test_no_rule_fails(site: Site) -> None:
    """Asked by itself: the slow ones are evaluated every five minutes only."""
    for _, rule in site.prometheus.rules():
        site.prometheus.query(rule["query"])  # raises for what Prometheus refuses
        assert rule["health"] != "err", rule["lastError"]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.alert)
def test_trouble_arrives_at_the_webhook(
    site: Site, alerted: Alertmanager, troubled: ExitStack, trouble: Trouble
) -> None:
    told = alerted.fires({**trouble.labels, "severity": trouble.severity})
    assert told.labels == {
        "alertname": trouble.alert,
        "severity": trouble.severity,
        "namespace": FLEET,
        "modelserver": trouble.server,
        "prometheus": f"{NAMESPACE}/{PROMETHEUS}",
        LABEL: str(FACTOR),
    }
    assert told.annotations["runbook"] == f"docs/alerts.md#{trouble.alert.lower()}"
    assert f"{FLEET}/{trouble.server}" in told.annotations["summary"]


def test_a_cache_that_is_too_small_is_told_of(site: Site, alerted: Alertmanager, troubled: ExitStack) -> None:
    with troubles.crowded(site):
        alerted.fires({"alertname": "ModelServerCacheFull", "namespace": TEAM, "modelserver": DEMO})


def test_what_is_mended_is_resolved(site: Site, alerted: Alertmanager, troubled: ExitStack) -> None:
    for trouble in PASSING:
        alerted.fires(trouble.labels)
    troubled.close()
    for name in servers.BROKEN:
        until(site.served(name).ready, SECONDS, f"{name} is Ready again")
    for trouble in PASSING:
        alerted.is_resolved(trouble.labels)
