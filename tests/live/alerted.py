"""The end of the way: an Alertmanager in the cluster, and the webhook at this process that it tells."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from tests.live import watchers
from tests.live.site import SECONDS, Site
from tests.live.webhook import Labels, Told, Webhook, listening
from tests.monitoring.hurried import LABEL
from tests.waiting import until

FIRING, RESOLVED = "firing", "resolved"


@dataclass(frozen=True)
class Alertmanager:
    """What has arrived from it. in_a_hurry: of hurried rules, or else of the operator's own."""

    webhook: Webhook

    def fires(self, labels: Labels, after: int = 0, *, in_a_hurry: bool = True) -> Told:
        """The first alert with these labels of what was told from number `after` on, as soon as it is there."""

        def firing() -> list[Told]:
            return [each for each in self._told(labels, in_a_hurry, after) if each.status == FIRING]

        return until(firing, SECONDS, f"the webhook is told of {labels}")[0]

    def is_resolved(self, labels: Labels, *, in_a_hurry: bool = True) -> None:
        """Wait until that is the last that is told of each alert with these labels, of which there has been one. On a
        busy machine one of them comes and goes several times: seconds make a difference to hurried rules."""

        def over() -> bool:
            last = {str(sorted(each.labels.items())): each.status for each in self._told(labels, in_a_hurry)}
            return {*last.values()} == {RESOLVED}

        until(over, SECONDS, f"the webhook is told that {labels} is over")

    def _told(self, labels: Labels, in_a_hurry: bool, after: int = 0) -> list[Told]:
        told = [each for each in self.webhook.told()[after:] if (LABEL in each.labels) == in_a_hurry]
        return [each for each in told if labels.items() <= each.labels.items()]


@contextmanager
def alertmanager(site: Site) -> Iterator[Alertmanager]:
    """An Alertmanager that tells a webhook here, from when on it does."""
    with listening(site.cluster.gateway) as webhook:
        site.kubectl.apply(*watchers.alertmanager(webhook.url))
        url = site.cluster.address(watchers.NAMESPACE, "alertmanager")
        until(lambda: _config(url), SECONDS, "Alertmanager answers")
        site.adopted(lambda: webhook.url in _config(url), "Alertmanager knows the webhook", "alertmanager")
        yield Alertmanager(webhook)


def _config(url: str) -> str:
    """What it was configured with; empty while it does not answer."""
    try:
        told: str = httpx.get(f"{url}/api/v2/status", timeout=30, trust_env=False).json()["config"]["original"]
    except httpx.TransportError:
        return ""
    return told
