"""The command lines of etcd and the control plane.

Each is as kubeadm would write it, apart from three things: durability is given up for speed, nothing elects a leader
among one, and controllers may ask as fast as they like.
"""

from pathlib import Path

from tools.devcluster import audit
from tools.devcluster.sites import Site

ETCD = "http://127.0.0.1:2379"
ETCD_PEER = "http://127.0.0.1:2380"


def etcd(site: Site) -> list[str]:
    """The store. It need not survive the machine, so it never waits for the disk."""
    return [
        "etcd",
        "--name=etcd",
        f"--data-dir={site.layout.data / 'etcd'}",
        "--unsafe-no-fsync",
        "--log-level=warn",
        f"--listen-client-urls={ETCD}",
        f"--advertise-client-urls={ETCD}",
        f"--listen-peer-urls={ETCD_PEER}",
        f"--initial-advertise-peer-urls={ETCD_PEER}",
        f"--initial-cluster=etcd={ETCD_PEER}",
    ]


def api_server(site: Site, *, guard_owners: bool) -> list[str]:
    """The API server: aggregation, an audit log, the default admission plugins (PodSecurity, ResourceQuota...).

    guard_owners: besides, as on some platforms, only who may change an owner's finalizers sets owner references that
    block its deletion. It is no default: that plugin learns of a new kind of owner up to half a minute late.
    """
    plugins = ["NodeRestriction", *(["OwnerReferencesPermissionEnforcement"] if guard_owners else [])]
    pki = site.layout.pki
    return [
        "kube-apiserver",
        f"--etcd-servers={ETCD}",
        "--secure-port=6443",
        "--bind-address=0.0.0.0",
        f"--advertise-address={site.block.node}",
        f"--tls-cert-file={pki / 'apiserver.crt'}",
        f"--tls-private-key-file={pki / 'apiserver.key'}",
        f"--client-ca-file={pki / 'ca.crt'}",
        "--authorization-mode=Node,RBAC",
        f"--enable-admission-plugins={','.join(plugins)}",
        f"--service-cluster-ip-range={site.block.services}",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={pki / 'service-accounts.pub'}",
        f"--service-account-signing-key-file={pki / 'service-accounts.key'}",
        f"--kubelet-client-certificate={pki / 'apiserver-kubelet-client.crt'}",
        f"--kubelet-client-key={pki / 'apiserver-kubelet-client.key'}",
        f"--kubelet-certificate-authority={pki / 'ca.crt'}",
        "--kubelet-preferred-address-types=InternalIP",
        *_aggregation(pki),
        *audit.flags(site),
        "--allow-privileged=true",
        "--profiling=false",
    ]


def _aggregation(pki: Path) -> list[str]:
    """The API server reaches aggregated APIs at their endpoints: with kwok there is nothing that routes a ClusterIP."""
    return [
        "--enable-aggregator-routing=true",
        f"--requestheader-client-ca-file={pki / 'front-proxy-ca.crt'}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={pki / 'front-proxy-client.crt'}",
        f"--proxy-client-key-file={pki / 'front-proxy-client.key'}",
    ]


def controller_manager(site: Site, hpa_sync_seconds: int) -> list[str]:
    """The controllers. Start it after the API server is ready: it gives up when its RBAC rules are not there yet."""
    pki = site.layout.pki
    return [
        "kube-controller-manager",
        *_as(pki / "controller-manager.kubeconfig"),
        "--use-service-account-credentials=true",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
        f"--service-account-private-key-file={pki / 'service-accounts.key'}",
        f"--root-ca-file={pki / 'ca.crt'}",
        f"--cluster-signing-cert-file={pki / 'ca.crt'}",
        f"--cluster-signing-key-file={pki / 'ca.key'}",
        "--allocate-node-cidrs=true",
        f"--cluster-cidr={site.block.pods}",
        "--node-cidr-mask-size=24",
        f"--service-cluster-ip-range={site.block.services}",
        f"--horizontal-pod-autoscaler-sync-period={hpa_sync_seconds}s",
    ]


def scheduler(site: Site) -> list[str]:
    """The scheduler."""
    return ["kube-scheduler", *_as(site.layout.pki / "scheduler.kubeconfig")]


def _as(kubeconfig: Path) -> list[str]:
    return [
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        "--bind-address=127.0.0.1",
        "--leader-elect=false",
    ]
