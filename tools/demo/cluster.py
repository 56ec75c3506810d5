"""The demo's own cluster. This file is all that differs from a cluster that you have: it is made here, images are put
on its node instead of into a registry, and this machine reaches its Services by their addresses."""

from pathlib import Path

from tools.demo.kubectl import Kubectl
from tools.devcluster.cluster import Cluster
from tools.devcluster.errors import DevclusterError
from tools.setup.images import IMAGES, Image
from tools.setup.places import cache
from tools.setup.recorder import Recorder
from tools.setup.step import StepError


class DemoCluster:
    """A cluster with a kubelet, by its name."""

    def __init__(self, name: str) -> None:
        self._cluster = Cluster(name)

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self._cluster.kubeconfig

    @property
    def gateway(self) -> str:
        """The address under which its pods reach a server on this machine."""
        return self._cluster.gateway

    def kubectl(self) -> Kubectl:
        """kubectl as the administrator."""
        return Kubectl(cache() / "bin" / "kubectl", self.kubeconfig)

    def runs(self) -> bool:
        """Whether it is up."""
        return self._cluster.status().state == "running"

    def up(self, recorder: Recorder, *, hpa_sync_seconds: int = 15) -> None:
        """Starts it; autoscalers decide every `hpa_sync_seconds`, of which 15 is Kubernetes' own default."""
        try:
            self._cluster.up("kubelet", hpa_sync_seconds=hpa_sync_seconds)
        except DevclusterError as error:
            raise StepError(str(error)) from error
        recorder.say(f"KUBECONFIG={self.kubeconfig}")

    def down(self) -> bool:
        """Ends it; False when there was none."""
        return self._cluster.down()

    def missing_images(self) -> list[Image]:
        """Which of our images the node does not report to have."""
        nodes = self.kubectl().get("nodes")["items"]
        there = {
            name for node in nodes for image in node["status"].get("images", []) for name in image.get("names", [])
        }
        return [image for image in IMAGES if image.reference not in there]

    def load_images(self, recorder: Recorder) -> None:
        """Puts them on the node."""
        for image in self.missing_images():
            try:
                recorder.say("\n".join(self._cluster.load_image(image.archive)))
            except DevclusterError as error:
                raise StepError(str(error)) from error

    def address(self, namespace: str, service: str) -> str:
        """The URL of a Service, as this machine reaches it."""
        spec = self.kubectl().get("service", service, "--namespace", namespace)["spec"]
        return f"http://{spec['clusterIP']}:{spec['ports'][0]['port']}"
