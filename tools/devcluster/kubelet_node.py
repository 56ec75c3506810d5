"""A real node: containerd 2, kubelet, kube-proxy on nftables, and CoreDNS as a process beside them."""

import http.client
import json
from pathlib import Path
from typing import Any

from tools.devcluster import cgroups, namespace, node_config
from tools.devcluster.errors import StartError
from tools.devcluster.processes import Process, wait_for
from tools.devcluster.sites import Site

PROGRAM = "kubelet"
DNS_READY_PORT = 8181
RUNTIME_SECONDS = 60
HIDDEN = {
    "kubelet": "/var/lib/kubelet",
    "cni": "/var/lib/cni",
    "container-logs": "/var/log/containers",
}


def mounts(data: Path) -> dict[Path, str]:
    """The folders that these programs have compiled in, each over one of the cluster's own."""
    return {data / name: target for name, target in HIDDEN.items()}


def prepare(site: Site) -> None:
    """Writes the config files and makes the cgroups. Raises MachineError where the kernel refuses those."""
    cgroups.make(site.layout)
    config = site.layout.config
    (config / "cni").mkdir()
    (config / "cni" / "10-pods.conflist").write_text(json.dumps(node_config.cni(site)))
    (config / "containerd.toml").write_text(node_config.containerd(site))
    (config / "kubelet.json").write_text(json.dumps(node_config.kubelet(site), indent=2))
    (config / "kube-proxy.json").write_text(json.dumps(node_config.kube_proxy(site), indent=2))
    (config / "Corefile").write_text(node_config.corefile(site, DNS_READY_PORT))
    (config / "resolv.conf").write_text(f"nameserver {site.block.dns_service}\n")


def runtime(site: Site) -> list[list[str]]:
    """What runs pods: it needs no API server, so it starts beside it."""
    return [["containerd", f"--config={site.layout.config / 'containerd.toml'}"]]


def programs(site: Site) -> list[list[str]]:
    """What needs the API server."""
    config, pki = site.layout.config, site.layout.pki
    return [
        [
            PROGRAM,
            f"--config={config / 'kubelet.json'}",
            f"--kubeconfig={pki / 'node.kubeconfig'}",
            f"--hostname-override={site.node}",
            f"--node-ip={site.block.node}",
        ],
        ["kube-proxy", f"--config={config / 'kube-proxy.json'}"],
        ["coredns", f"-conf={config / 'Corefile'}"],
    ]


def fill_runtime(site: Site, holder: Process) -> None:
    """Waits for containerd and gives it the image of every pod's first container. Raises StartError."""
    socket = Path(f"/proc/{holder.pid}/root/run/containerd/containerd.sock")
    if not wait_for(socket.exists, RUNTIME_SECONDS):
        raise StartError(f"containerd does not start; log: {site.layout.logs / 'containerd.log'}")
    load_image(site, holder, site.binaries.image)


def load_image(site: Site, holder: Process, archive: Path) -> None:
    """Imports an archive into the images that the kubelet sees."""
    ctr = (site.binaries.path("ctr"), "--namespace=k8s.io", "images", "import")
    namespace.run_in(holder, *ctr, str(archive.absolute()))


def ready(site: Site) -> bool:
    """Whether CoreDNS has read the Services: before that it knows no names."""
    connection = http.client.HTTPConnection(site.block.node, DNS_READY_PORT, timeout=5)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def objects(site: Site) -> list[dict[str, Any]]:
    """Service kube-dns, which leads to the CoreDNS process, and what CoreDNS may read."""
    name = {"name": "kube-dns", "namespace": "kube-system"}
    ports = [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "protocol": "TCP"}]
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:coredns"}
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": name,
            "spec": {"clusterIP": site.block.dns_service, "ports": ports},
        },
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": name | {"labels": {"kubernetes.io/service-name": "kube-dns"}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [site.block.node]}],
            "ports": ports,
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "system:coredns"},
            "rules": [
                {"apiGroups": [""], "resources": ["namespaces", "pods", "services"], "verbs": ["list", "watch"]},
                {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]},
            ],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "system:coredns"},
            "roleRef": role,
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "system:coredns"}],
        },
    ]
