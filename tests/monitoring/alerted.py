"""The end of the way: an Alertmanager in the cluster, and the webhook at this process that it tells."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from tests.monitoring import watchers
from tests.monitoring.hurried import FACTOR, LABEL
from tests.monitoring.site import SECONDS, Site
from tests.monitoring.webhook import Told, Webhook, listening
from tests.waiting import until


@dataclass(frozen=True)
class Alertmanager:
    """What has arrived from it."""

    webhook: Webhook

    def arrives(self, status: str, after: int = 0, **labels: str) -> Told:
        """The first alert from number `after` on with this status and these labels, as soon as it is there. Only those
        of hurried rules count: minutes would pass before any other."""
        found = until(lambda: self._found(status, labels, after), SECONDS, f"the webhook is told {status} {labels}")
        return found[0]

    def _found(self, status: str, labels: Mapping[str, str], after: int) -> list[Told]:
        wanted = {LABEL: str(FACTOR), **labels}.items()
        told = self.webhook.told()[after:]
        return [each for each in told if each.status == status and wanted <= each.labels.items()]


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
