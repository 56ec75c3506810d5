"""What the chart installs around the operator, with operators that are processes on this machine."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from tests.autoscaling.endpoint import endpoint
from tests.chart.chart import Rendered
from tests.controlplane.conftest import RELEASE_NAMESPACE
from tests.controlplane.kube import Kube, Manifest, eventually
from tests.controlplane.process import MetricsApi, Operator, account
from tests.ports import free_port

SERVICE = "modelserver-metrics-api"
API_SERVICES = ("v1beta1.custom.metrics.k8s.io", "v1beta2.custom.metrics.k8s.io")
LEASE = "modelserver-operator"


@dataclass(frozen=True)
class Site:
    """gateway: the address under which the cluster reaches this machine. folder: for accounts and logs."""

    kube: Kube
    admin: Path
    gateway: str
    folder: Path

    def install(self, rendered: Rendered) -> None:
        """The APIServices and their Service, whose endpoints are whatever operators `serving` names."""
        service = rendered.one("Service", SERVICE)
        del service["spec"]["selector"]
        for manifest in (service, *rendered.all("APIService")):
            self.kube.apply(manifest, manager="helm")

    def operator(self, log: Path, **settings: Any) -> Operator:
        """One as the chart installs it, with a port of its own for the metrics API; not yet started."""
        kubeconfig = account(self.kube, self.admin, self.folder, RELEASE_NAMESPACE, "modelserver")
        serving = MetricsApi(free_port(), SERVICE)
        known: dict[str, Any] = {"pod_namespace": RELEASE_NAMESPACE, "metrics_api": serving}
        return Operator(kubeconfig, log, **known | settings)

    @contextmanager
    def at_work(self, operator: Operator) -> Iterator[Operator]:
        """The operator runs, is the Service's endpoint and serves the metric; it must end as it should."""
        self.kube.delete("Lease", LEASE, RELEASE_NAMESPACE)
        with operator.at_work(), self.reached(operator):
            yield operator

    @contextmanager
    def reached(self, operator: Operator) -> Iterator[None]:
        """The Service leads to the operator, as it does to a pod once that is ready, and the API server gets there."""
        assert operator.metrics_api is not None
        port = operator.metrics_api.port
        name = f"{SERVICE}-{port}"  # one for each operator: they share the address
        manifest = endpoint(name, (RELEASE_NAMESPACE, SERVICE), self.gateway, ("metrics-api", port))
        self.kube.apply(manifest)
        try:
            eventually(self.is_served, "the API server reaches the operator")
            yield
        finally:
            self.kube.delete("EndpointSlice", name, RELEASE_NAMESPACE)

    def is_served(self) -> bool:
        """Whether the API server serves both versions and says so itself."""
        return all(self.available(name)["status"] == "True" for name in API_SERVICES)

    def metric(self, namespace: str, name: str) -> int | None:
        """unfinished_requests of a ModelServer, as scalers read it; None where there is none."""
        of = f"namespaces/{namespace}/modelservers.modelserver.dev/{name}/unfinished_requests"
        answer = self.kube.raw("GET", f"/apis/custom.metrics.k8s.io/v1beta2/{of}")
        return int(answer.json()["items"][0]["value"]) if answer.is_success else None

    def shown(self, operator: Operator) -> x509.Certificate:
        """The certificate that a new connection to the operator is shown."""
        assert operator.metrics_api is not None
        pem = ssl.get_server_certificate((self.gateway, operator.metrics_api.port), timeout=20)
        return x509.load_pem_x509_certificate(pem.encode())

    def available(self, name: str) -> Manifest:
        """What the API server says of an APIService."""
        conditions = self.kube.read("APIService", name).get("status", {}).get("conditions", [])
        return next((each for each in conditions if each["type"] == "Available"), {"status": "Unknown"})
