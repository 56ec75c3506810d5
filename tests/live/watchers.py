"""What a platform watches servers with, as its manifests: the Prometheus operator, one Prometheus, one Alertmanager.

They select by the label `release: prometheus`, as kube-prometheus-stack does where nothing is said.
"""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from tools.demo.kubectl import Manifest
from tools.setup import monitoring_image, prometheus_operator, prometheus_server

NAMESPACE = "monitoring"
SELECTED = {"release": "prometheus"}
NAME = "site"
OPERATOR = "prometheus-operator"
SCRAPE = "1s"
# Under restricted Pod Security, as nobody.
POD_SECURITY = {
    "runAsNonRoot": True,
    "runAsUser": 65534,
    "runAsGroup": 65534,
    "fsGroup": 65534,
    "seccompProfile": {"type": "RuntimeDefault"},
}
SECURITY = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
SMALL = {"requests": {"cpu": "10m", "memory": "64Mi"}}
ALERTMANAGER_VERSION = "0.25.0"  # Debian's; the operator has to know what it can do


def operator() -> Iterator[Manifest]:
    """The operator with its account and rights."""
    yield from _account(OPERATOR, prometheus_operator.rights()[0])
    labels = {"app.kubernetes.io/name": OPERATOR}
    container = {
        "name": OPERATOR,
        "image": monitoring_image.reference(),
        "command": [f"{monitoring_image.FOLDER}/prometheus-operator"],
        # A limit of 10m of a processor, its default, makes a reload take many seconds.
        "args": [f"--prometheus-config-reloader={monitoring_image.reference()}", "--config-reloader-cpu-limit=0"],
        "resources": SMALL,
        "securityContext": SECURITY,
    }
    pod = {"serviceAccountName": OPERATOR, "securityContext": POD_SECURITY, "containers": [container]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    yield _manifest("apps/v1", "Deployment", OPERATOR, spec=spec)


def prometheus() -> Iterator[Manifest]:
    """Prometheus, which takes the ServiceMonitors and rules of all namespaces that have the label, and its Service."""
    yield from _account("prometheus", prometheus_operator.rights()[1])
    selecting = {f"{kind}Selector": {"matchLabels": SELECTED} for kind in ("serviceMonitor", "rule")}
    everywhere: dict[str, Any] = {f"{kind}NamespaceSelector": {} for kind in ("serviceMonitor", "rule")}
    alertmanager = {"namespace": NAMESPACE, "name": "alertmanager-operated", "port": "web"}
    spec = {
        **_pods("prometheus", prometheus_server.VERSION),
        **selecting,
        **everywhere,
        "serviceAccountName": "prometheus",
        "scrapeInterval": SCRAPE,  # ServiceMonitors that name no interval get this one
        "evaluationInterval": SCRAPE,
        "alerting": {"alertmanagers": [alertmanager]},
        "initContainers": [{"name": "init-config-reloader", "command": [_reloader()]}],
    }
    yield _manifest("monitoring.coreos.com/v1", "Prometheus", NAME, spec=spec)
    yield _service("prometheus", 9090)


def alertmanager(webhook: str) -> Iterator[Manifest]:
    """Alertmanager, which tells all alerts to the webhook, and at once."""
    grouped = {"group_by": ["alertname", "namespace", "modelserver", "severity"]}
    soon = {"group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h"}
    receiver = {"name": "webhook", "webhook_configs": [{"url": webhook, "send_resolved": True}]}
    config = {"route": {"receiver": "webhook", **grouped, **soon}, "receivers": [receiver]}
    data = {"alertmanager.yaml": base64.b64encode(yaml.safe_dump(config).encode()).decode()}
    yield _manifest("v1", "Secret", f"alertmanager-{NAME}", data=data)
    spec = {
        **_pods("alertmanager", ALERTMANAGER_VERSION),
        "initContainers": [{"name": "init-config-reloader", "command": [_reloader()]}],
    }
    yield _manifest("monitoring.coreos.com/v1", "Alertmanager", NAME, spec=spec)
    yield _service("alertmanager", 9093)


def _pods(program: str, version: str) -> dict[str, Any]:
    """What both have in common. The image holds several programs, so that each container says which it runs."""
    commands = {program: f"{monitoring_image.FOLDER}/{program}", "config-reloader": _reloader()}
    return {
        "replicas": 1,
        "image": monitoring_image.reference(),
        "version": version,
        "securityContext": POD_SECURITY,
        "resources": SMALL,
        "containers": [{"name": name, "command": [command]} for name, command in commands.items()],
    }


def _service(program: str, port: int) -> Manifest:
    spec = {"selector": {"app.kubernetes.io/name": program}, "ports": [{"port": port}]}
    return _manifest("v1", "Service", program, spec=spec)


def _reloader() -> str:
    return f"{monitoring_image.FOLDER}/prometheus-config-reloader"


def _account(name: str, role: Path) -> Iterator[Manifest]:
    """An account, the role as its project publishes it, and what binds both."""
    published: dict[str, Any] = yaml.safe_load(role.read_text())
    yield _manifest("v1", "ServiceAccount", name)
    yield published
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": published["metadata"]["name"]}
    subject = {"kind": "ServiceAccount", "name": name, "namespace": NAMESPACE}
    binding = {"roleRef": reference, "subjects": [subject]}
    yield _manifest("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", name, namespaced=False, **binding)


def _manifest(api_version: str, kind: str, name: str, *, namespaced: bool = True, **content: Any) -> Manifest:
    metadata = {"name": name} | ({"namespace": NAMESPACE} if namespaced else {})
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}
