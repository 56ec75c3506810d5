"""The end of the way: an Alertmanager in the cluster, and the webhook at this process that it tells."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from tests.live import watchers
from tests.live.site import SECONDS, Site
from tests.live.webhook import Told, Webhook, listening
from tests.monitoring.hurried import LABEL
from tests.waiting import until


@dataclass(frozen=True)
class Alertmanager:
    """What has arrived from it."""

    webhook: Webhook

    def arrives(self, status: str, after: int = 0, *, in_a_hurry: bool = True, **labels: str) -> Told:
        """The first alert from number `after` on with this status and these labels, as soon as it is there.

        in_a_hurry: of a hurried rule, or else of the operator's own.
        """

        def found() -> list[Told]:
            told = [each for each in self.webhook.told()[after:] if (LABEL in each.labels) == in_a_hurry]
            return [each for each in told if each.status == status and labels.items() <= each.labels.items()]

        return until(found, SECONDS, f"the webhook is told {status} {labels}")[0]


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
