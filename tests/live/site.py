"""The site: a cluster in which a platform watches served models by the Prometheus operator.

`python -m tests.live.site` brings up one for development, says where it is, and ends it with Ctrl-C. Meanwhile
tests use that one with MODELSERVER_LIVE_SITE=dev, and leave it up.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.served import Served
from tests.live import servers, watchers
from tests.monitoring.prometheus import Prometheus
from tests.waiting import until
from tools.demo import release
from tools.demo.cluster import DemoCluster
from tools.demo.kubectl import Kubectl
from tools.devcluster.cluster import Cluster
from tools.setup import monitoring_image, prometheus_operator
from tools.setup.recorder import Recorder
from tools.setup.runner import run
from tools.setup.screen import Screen
from tools.setup.steps import with_needs
from tools.tiers.__main__ import NEEDS

KEPT = os.environ.get("MODELSERVER_LIVE_SITE")
NAME, DEVELOPMENT = "live", "dev"
SECONDS = 600  # for what takes half a minute on an idle machine
HPA_SYNC_SECONDS = 1


@dataclass(frozen=True)
class Site:
    """What tests of the site have."""

    cluster: DemoCluster
    kubectl: Kubectl
    prometheus: Prometheus

    def served(self, name: str) -> Served:
        """A server by its name."""
        return _served(self.kubectl, name)

    def url(self, name: str) -> str:
        """The server's Service, as this machine reaches it."""
        return self.cluster.address(self.served(name).namespace, name)

    def adopted(self, look: Callable[[], object], what: str, program: str = "prometheus") -> None:
        """Wait until Prometheus, or Alertmanager, has taken over a change of what the operator gives it in volumes: a
        kubelet looks for such changes once a minute, and whenever the pod itself has changed."""
        turn = 0

        def seen() -> bool:
            nonlocal turn
            if there := bool(look()):
                return there
            turn += 1
            selected = ("--selector", f"app.kubernetes.io/name={program}", "--namespace", watchers.NAMESPACE)
            self.kubectl.run("annotate", "--overwrite", "pods", *selected, f"tests.modelserver.dev/look={turn}")
            return False

        until(seen, SECONDS, what)


def up(name: str, folder: Path) -> Site:
    """A cluster of this name with the site in it, in which all servers are Ready that can be. The folder is for links
    that volumes point at, values and a log."""
    recorder, cluster = Recorder(folder / "site.log"), DemoCluster(name)
    cluster.up(recorder, hpa_sync_seconds=HPA_SYNC_SECONDS)
    _serve(cluster, name, recorder, folder)
    # What is there already Prometheus has from its start, and need not wait for a kubelet.
    cluster.kubectl().apply(*watchers.operator(), *watchers.prometheus())
    return there(name)


def there(name: str) -> Site:
    """The site in a cluster that runs."""
    cluster = DemoCluster(name)
    kubectl = cluster.kubectl()
    prometheus = Prometheus(cluster.address(watchers.NAMESPACE, "prometheus"))
    until(prometheus.ready, SECONDS, "Prometheus answers")
    for server in (*servers.BROKEN, servers.DEMO):
        until(_served(kubectl, server).ready, SECONDS, f"{server} is Ready")
    return Site(cluster, kubectl, prometheus)


def _served(kubectl: Kubectl, name: str) -> Served:
    return Served(kubectl, servers.TEAM if name == servers.DEMO else servers.FLEET, name)


def values() -> dict[str, Any]:
    """The chart's values as a platform team has them that watches its servers."""
    found = release.values()
    selected = {"enabled": True, "labels": watchers.SELECTED}
    return found | {
        "classes": servers.classes(),
        "operator": {"monitoringNamespaces": [watchers.NAMESPACE]},
        "monitoring": {
            "serviceMonitor": selected,
            "prometheusRule": selected,
            "dashboards": {"enabled": True},
        },
    }


def _serve(cluster: DemoCluster, name: str, recorder: Recorder, folder: Path) -> None:
    """The kinds that the Prometheus operator brings, then ours, then the servers."""
    kubectl = cluster.kubectl()
    kubectl.apply(release.restricted(watchers.NAMESPACE))
    files = [word for file in prometheus_operator.crds() for word in ("-f", str(file))]
    kubectl.run("apply", "--server-side", "--force-conflicts", *files)
    cluster.load_images(recorder)
    release.install(recorder, kubectl, values(), folder)
    kubectl.apply(*servers.claims(folder), servers.demo(), *map(servers.scripted, servers.BROKEN), servers.lost())
    Cluster(name).load_image(monitoring_image.archive())


def _keep() -> None:
    if not run(with_needs(NEEDS["live"]), Screen()):
        return
    folder = Path(tempfile.mkdtemp(prefix="modelserver-site-"))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        found = up(DEVELOPMENT, folder)
        print(f"KUBECONFIG={found.cluster.kubeconfig}\nPrometheus: {found.prometheus.url}", flush=True)
        signal.pause()
    except KeyboardInterrupt:
        print("ending")
    finally:
        DemoCluster(DEVELOPMENT).down()
        shutil.rmtree(folder)


if __name__ == "__main__":
    _keep()
