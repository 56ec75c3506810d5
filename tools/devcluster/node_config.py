"""The config files of a real node's programs: each setting that is not Kubernetes' default has its reason beside it."""

from typing import Any

from tools.devcluster import cgroups, images
from tools.devcluster.machine import CNI_PLUGINS
from tools.devcluster.sites import Site


def containerd(site: Site) -> str:
    """TOML. Sockets and state are at their standard places, which are the cluster's own; images lie on the disk."""
    data = site.layout.data
    return f"""\
version = 3
root = "{data / "containerd"}"
# Both would write outside the cluster's folders.
disabled_plugins = ["io.containerd.nri.v1.nri", "io.containerd.internal.v1.opt"]

[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "{images.BOX}"

[plugins."io.containerd.cri.v1.runtime"]
# A machine that is itself a container often may not lower a process's score.
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true

[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["{CNI_PLUGINS}"]
conf_dir = "{site.layout.config / "cni"}"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
SystemdCgroup = false
"""


def cni(site: Site) -> dict[str, Any]:
    """Each pod has a link of its own and is routed to: unlike a bridge that asks nothing special of the kernel."""
    ranges = [[{"subnet": site.block.pods_of_node}]]
    ipam = {"type": "host-local", "ranges": ranges, "routes": [{"dst": "0.0.0.0/0"}]}
    return {"cniVersion": "1.0.0", "name": "pods", "plugins": [{"type": "ptp", "ipMasq": False, "ipam": ipam}]}


def kubelet(site: Site) -> dict[str, Any]:
    """A KubeletConfiguration for a node that shares its machine with others."""
    pki = site.layout.pki
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {"anonymous": {"enabled": False}, "x509": {"clientCAFile": str(pki / "ca.crt")}},
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(pki / "kubelet.crt"),
        "tlsPrivateKeyFile": str(pki / "kubelet.key"),
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "podLogsDir": str(site.layout.data / "pod-logs"),
        "clusterDomain": "cluster.local",
        "clusterDNS": [site.block.dns_service],
        # Not the machine's: its search domains and name servers are of no use inside.
        "resolvConf": str(site.layout.config / "resolv.conf"),
        # The machine may run no systemd, and may still have version 1 of cgroups, which Kubernetes wants to forget.
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": cgroups.path(site.layout),
        "failCgroupV1": False,
        "failSwapOn": False,
        "enforceNodeAllocatable": [],
        # What needs the right to lower an OOM score, or the machine's packet filter.
        "oomScoreAdj": 0,
        "makeIPTablesUtilChains": False,
        # Nothing can be pulled again, so no image may be collected; the disk's fullness is not the cluster's doing.
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        # A test waits for these.
        "syncFrequency": "5s",
        "nodeStatusUpdateFrequency": "5s",
        "serializeImagePulls": False,
    }


def kube_proxy(site: Site) -> dict[str, Any]:
    """A KubeProxyConfiguration: nftables in the cluster's own network; the machine's connection tracking stays."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clientConnection": {"kubeconfig": str(site.layout.pki / "kube-proxy.kubeconfig")},
        "clusterCIDR": site.block.pods,
        "hostnameOverride": site.node,
        "oomScoreAdj": 0,
        "conntrack": {"maxPerCore": 0, "min": 0},
    }


def corefile(site: Site, ready_port: int) -> str:
    """CoreDNS knows the names of the cluster and no others: pods have no way off this machine."""
    return f"""\
.:53 {{
    bind {site.block.node}
    errors
    ready {site.block.node}:{ready_port}
    kubernetes cluster.local in-addr.arpa {{
        kubeconfig {site.layout.pki / "coredns.kubeconfig"}
        pods insecure
    }}
    cache 5
}}
"""
