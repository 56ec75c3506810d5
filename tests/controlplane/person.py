"""Somebody with a role of Kubernetes' own in one namespace, to which the chart adds what is about ModelServers."""

from pathlib import Path

import yaml
from tests.controlplane.kube import Kube
from tests.controlplane.process import account
from tools.devcluster.cluster import Cluster


def person(cluster: Cluster, kube: Kube, folder: Path, namespace: str, role: str) -> Path:
    """The kubeconfig of an account with a ClusterRole (view, edit) in the namespace, which is its context's."""
    name = f"with-{role}"
    metadata = {"name": name, "namespace": namespace}
    kube.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
    group = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
    subject = {"kind": "ServiceAccount", **metadata}
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": metadata}
    kube.apply(binding | {"roleRef": group, "subjects": [subject]})
    kubeconfig = account(kube, cluster.kubeconfig, folder, namespace, name)
    config = yaml.safe_load(kubeconfig.read_text())
    config["contexts"][0]["context"]["namespace"] = namespace
    kubeconfig.write_text(yaml.safe_dump(config))
    return kubeconfig
