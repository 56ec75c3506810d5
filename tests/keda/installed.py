"""What KEDA's module installs in a cluster, reaching the processes of this machine that stand for KEDA's pods."""

from base64 import b64decode
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import yaml
from tests.autoscaling.endpoint import endpoint
from tests.controlplane.kube import Kube, Manifest, eventually
from tools.setup import keda, optional_kinds

NAMESPACE, ACCOUNT, CERTIFICATES = "keda", "keda-operator", "kedaorg-certs"
ADAPTER, WEBHOOKS = "keda-metrics-apiserver", "keda-admission-webhooks"
KINDS = next(module.crds for module in optional_kinds.MODULES if module.path == keda.MODULE.path)


def install(kube: Kube, gateway: str, ports: Mapping[str, int]) -> None:
    """CRDs, account, rights and registrations; `ports`, by Service, are those at which processes listen.

    gateway: the address under which the cluster reaches this machine.
    """
    for kind in KINDS:
        kube.apply(yaml.safe_load(optional_kinds.crds()[kind].read_text()))
    for file in keda.manifests():
        for manifest in yaml.safe_load_all(file.read_text()):
            kube.apply(_without_selector(manifest))
    for service, port in ports.items():
        kube.apply(endpoint(service, (NAMESPACE, service), gateway, ("https", port)))
    eventually(partial(kube.serves, "ScaledObject"), "ScaledObjects are served")


def certificates(kube: Kube) -> dict[str, bytes] | None:
    """The files that KEDA's operator has made for all three, or None as long as it has not."""
    found = kube.get("Secret", CERTIFICATES, NAMESPACE) or {}
    return {name: b64decode(text) for name, text in found.get("data", {}).items()} or None


def mount(files: Mapping[str, bytes], folder: Path) -> None:
    """What a kubelet does with a Secret in a volume."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _without_selector(manifest: Manifest) -> Manifest:
    """No pod stands behind the Services: the processes do, and nobody but the test says where."""
    if manifest["kind"] == "Service":
        del manifest["spec"]["selector"]
        manifest["spec"]["ports"] = [port for port in manifest["spec"]["ports"] if port["name"] == "https"]
    return manifest
