"""Asking the API server in tests, as its administrator and without the operator's own client."""

import ssl
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import yaml
from tests.waiting import until

Manifest = dict[str, Any]
Found = TypeVar("Found")

JSON = "application/json"
# Far more than anything takes, on a busy machine too; and less than the 300 s after which operators look by themselves.
PATIENCE_SECONDS = 180.0
MOST_AT_ONCE = 32  # requests of one event loop
PLURALS = {
    "Endpoints": "endpoints",
    "Ingress": "ingresses",
    "ModelServerClass": "modelserverclasses",
    "NetworkPolicy": "networkpolicies",
    "MutatingAdmissionPolicy": "mutatingadmissionpolicies",
    "ValidatingAdmissionPolicy": "validatingadmissionpolicies",
}
CLUSTER_SCOPED = {
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "ModelServerClass",
    "Namespace",
    "Node",
    "PersistentVolume",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
}


class RefusedError(Exception):
    """The API server said no: `status` is HTTP's, the text its message."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        super().__init__(response.json().get("message", response.text))


class Kube:
    """One API server, as the user of a kubeconfig file."""

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text())
        server, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.url: str = server["server"]
        self._tls = _tls(kubeconfig, server, user)
        self._http = self._connect()

    def close(self) -> None:
        self._http.close()

    def reconnect(self) -> None:
        """Forget connections to an API server that is no more."""
        self._http.close()
        self._http = self._connect()

    def _connect(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, verify=self._tls, timeout=60)

    def asynchronous(self) -> httpx.AsyncClient:
        """The same server and user for an event loop; whoever asks for it closes it."""
        limits = httpx.Limits(max_connections=MOST_AT_ONCE)
        return httpx.AsyncClient(base_url=self.url, verify=self._tls, timeout=60, limits=limits)

    def get(self, kind: str, name: str, namespace: str | None = None) -> Manifest | None:
        """The object, or None."""
        response = self._http.get(path(API[kind], kind, namespace, name))
        return None if response.status_code == 404 else _answer(response)

    def read(self, kind: str, name: str, namespace: str | None = None) -> Manifest:
        """The object, which must exist."""
        found = self.get(kind, name, namespace)
        assert found is not None, f"there is no {kind} {namespace}/{name}"
        return found

    def list(self, kind: str, namespace: str | None = None, labels: str = "") -> "list[Manifest]":
        items = _answer(self._http.get(path(API[kind], kind, namespace), params={"labelSelector": labels}))["items"]
        return [{"apiVersion": API[kind], "kind": kind} | item for item in items]

    def apply(self, manifest: Manifest, *, manager: str = "tests", dry_run: bool = False) -> Manifest:
        """Server-side apply as kubectl does it: strict, and with --force-conflicts."""
        query = {"fieldManager": manager, "force": "true", "fieldValidation": "Strict"}
        query |= {"dryRun": "All"} if dry_run else {}
        return self._send("PATCH", manifest, manifest["metadata"]["name"], query, "application/apply-patch+yaml")

    def create(self, manifest: Manifest, *, dry_run: bool = False) -> Manifest:
        query = {"fieldValidation": "Strict"} | ({"dryRun": "All"} if dry_run else {})
        return self._send("POST", manifest, None, query)

    def replace(self, manifest: Manifest) -> Manifest:
        return self._send("PUT", manifest, manifest["metadata"]["name"], {"fieldValidation": "Strict"})

    def patch(self, kind: str, name: str, namespace: str | None, patch: Manifest, *, subresource: str = "") -> Manifest:
        """A merge patch."""
        place = path(API[kind], kind, namespace, name) + (f"/{subresource}" if subresource else "")
        return _answer(
            self._http.patch(place, json=patch, headers={"Content-Type": "application/merge-patch+json"}),
        )

    def delete(self, kind: str, name: str, namespace: str | None = None, *, policy: str = "Background") -> None:
        """Delete; no error when there is nothing."""
        response = self._http.request(
            "DELETE", path(API[kind], kind, namespace, name), json={"propagationPolicy": policy}
        )
        if response.status_code != 404:
            _answer(response)

    def kill_pod(self, pod: Manifest) -> None:
        """Delete a pod without any grace; no error when it has gone by itself."""
        place = path("v1", "Pod", pod["metadata"]["namespace"], pod["metadata"]["name"])
        response = self._http.request("DELETE", place, json={"gracePeriodSeconds": 0})
        if response.status_code != 404:
            _answer(response)

    def serves(self, kind: str) -> bool:
        """Whether the kind can be listed."""
        return self._http.get(path(API[kind], kind)).is_success

    def allows(self, user: str, **what: str) -> bool:
        """Whether the user has this right, as the API server knows it now: group, resource, verb, namespace."""
        spec = {"user": user, "resourceAttributes": what}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        answer = _answer(self._http.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", json=review))
        return bool(answer["status"]["allowed"])

    def raw(self, method: str, where: str, **options: Any) -> httpx.Response:
        return self._http.request(method, where, **options)

    @contextmanager
    def stream(self, where: str, **query: str) -> Iterator[Iterator[str]]:
        """The lines of a watch, for as long as its timeoutSeconds says."""
        with self._http.stream("GET", where, params={"watch": "true"} | query, timeout=None) as response:
            yield response.raise_for_status().iter_lines()

    def _send(
        self,
        method: str,
        manifest: Manifest,
        name: str | None,
        query: dict[str, str],
        content: str = JSON,
    ) -> Manifest:
        place = path(manifest["apiVersion"], manifest["kind"], manifest["metadata"].get("namespace"), name)
        return _answer(
            self._http.request(method, place, json=manifest, params=query, headers={"Content-Type": content})
        )


API = {
    "APIService": "apiregistration.k8s.io/v1",
    "ConfigMap": "v1",
    "EndpointSlice": "discovery.k8s.io/v1",
    "Event": "events.k8s.io/v1",
    "Namespace": "v1",
    "Node": "v1",
    "PersistentVolume": "v1",
    "PersistentVolumeClaim": "v1",
    "Pod": "v1",
    "ResourceQuota": "v1",
    "Secret": "v1",
    "Service": "v1",
    "ServiceAccount": "v1",
    "Deployment": "apps/v1",
    "ReplicaSet": "apps/v1",
    "Lease": "coordination.k8s.io/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "HTTPRoute": "gateway.networking.k8s.io/v1",
    "Ingress": "networking.k8s.io/v1",
    "PodDisruptionBudget": "policy/v1",
    "ScaledObject": "keda.sh/v1alpha1",
    "PrometheusRule": "monitoring.coreos.com/v1",
    "ServiceMonitor": "monitoring.coreos.com/v1",
    "Role": "rbac.authorization.k8s.io/v1",
    "RoleBinding": "rbac.authorization.k8s.io/v1",
    "ClusterRole": "rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding": "rbac.authorization.k8s.io/v1",
    "MutatingAdmissionPolicy": "admissionregistration.k8s.io/v1",
    "MutatingAdmissionPolicyBinding": "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicy": "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicyBinding": "admissionregistration.k8s.io/v1",
    "ValidatingWebhookConfiguration": "admissionregistration.k8s.io/v1",
    "CustomResourceDefinition": "apiextensions.k8s.io/v1",
    "ModelServer": "modelserver.dev/v1alpha1",
    "ModelServerClass": "modelserver.dev/v1alpha1",
}


def path(api_version: str, kind: str, namespace: str | None = None, name: str | None = None) -> str:
    root = "/apis" if "/" in api_version else "/api"
    scope = f"/namespaces/{namespace}" if namespace and kind not in CLUSTER_SCOPED else ""
    return f"{root}/{api_version}{scope}/{PLURALS.get(kind, kind.lower() + 's')}" + (f"/{name}" if name else "")


def eventually(probe: Callable[[], Found | None], what: str, *, seconds: float = PATIENCE_SECONDS) -> Found:
    """Probe until it returns something true, and return that; fail with what was seen last."""
    return until(probe, seconds, what)


def _answer(response: httpx.Response) -> Manifest:
    if response.is_error:
        raise RefusedError(response)
    answer: Manifest = response.json()
    return answer


def _tls(kubeconfig: Path, server: Manifest, user: Manifest) -> ssl.SSLContext:
    def file(entry: Manifest, name: str) -> str:
        if name in entry:
            return str(kubeconfig.parent / entry[name])
        written = kubeconfig.parent / f".{kubeconfig.stem}.{name}"
        written.write_bytes(b64decode(entry[f"{name}-data"]))
        return str(written)

    context = ssl.create_default_context(cafile=file(server, "certificate-authority"))
    context.load_cert_chain(file(user, "client-certificate"), file(user, "client-key"))
    return context
