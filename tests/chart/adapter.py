"""Another product that serves custom.metrics.k8s.io, as far as the cluster knows: its APIServices."""

import json

from tests.chart.chart import Manifest
from tests.chart.release import Release

GROUP = "custom.metrics.k8s.io"
VERSIONS = ("v1beta1", "v1beta2")
SERVICE = {"namespace": "monitoring", "name": "prometheus-adapter", "port": 443}


class Adapter:
    """Takes versions of the API as its own manifests for kubectl would."""

    def __init__(self, release: Release) -> None:
        self.release = release

    def takes(self, *versions: str) -> dict[str, Manifest]:
        """Makes these APIServices, or takes them over; gives what they are then."""
        for version in versions:
            priority = {"groupPriorityMinimum": 100, "versionPriority": 100, "insecureSkipTLSVerify": True}
            spec = {"group": GROUP, "version": version, "service": SERVICE, **priority}
            name = {"name": f"{version}.{GROUP}"}
            manifest = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": name, "spec": spec}
            apply = ("apply", "--server-side", "--force-conflicts", "--field-manager=adapter", "--filename=-")
            self.release.kubectl(*apply, stdin=json.dumps(manifest))
        return api_services(self.release)

    def uninstall(self) -> None:
        names = [f"{version}.{GROUP}" for version in VERSIONS]
        self.release.kubectl("delete", "apiservices", *names, "--ignore-not-found")


def api_services(release: Release) -> dict[str, Manifest]:
    """The specs of those of the group that there are, by version."""
    found = [each["spec"] for each in release.list("apiservices") if each["spec"].get("group") == GROUP]
    return {spec["version"]: spec for spec in found}
