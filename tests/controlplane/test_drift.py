"""What others do to children: fields of ours are put back, of every kind; what is not ours is left alone."""

from typing import Any

import pytest
from tests.controlplane.kube import Manifest, eventually
from tests.controlplane.world import MADE_KINDS, World

MANAGED_BY = "app.kubernetes.io/managed-by"
SERVED: dict[str, Any] = {
    "model": {"huggingFace": {"repo": "org/model"}},
    "cache": {"size": "1Gi"},
    "expose": {"ingress": {"host": "demo.example.com"}},
    "monitoring": {"serviceMonitor": "Enabled"},
}
ROUTED: dict[str, Any] = {
    "expose": {"httpRoute": {"parentRefs": [{"name": "gateway"}], "hostnames": ["routed.example.com"]}}
}
SCALED: dict[str, Any] = {"autoscaling": {"maxReplicas": 4, "metricsSource": "PrometheusAdapter"}}
# Between them they have every kind of child.
SERVERS = {
    "demo": SERVED,
    "routed": ROUTED | {"autoscaling": {"maxReplicas": 4, "metricsSource": "KEDA"}},
    "scaled": SCALED,
}
KEPT_BY = {"HTTPRoute": "routed", "ScaledObject": "routed", "HorizontalPodAutoscaler": "scaled"}

pytestmark = pytest.mark.usefixtures("optional_kinds", "operator")


@pytest.fixture(scope="module")
def served(shared_world: World) -> World:
    """Servers that have every kind of child between them. Nothing mounts the cache: its pod does not become ready."""
    shared_world.make_class(allowed={"hosts": ["*.example.com"]})
    for name, spec in SERVERS.items():
        shared_world.make_server(name, **spec)
    for name in SERVERS:
        shared_world.wait_for(name, "Reconciled", "True")
    return shared_world


def one_of(world: World, kind: str) -> Manifest:
    """A child of this kind."""
    name = KEPT_BY.get(kind, "demo")
    return next(
        child for child in world.made(name) if child["kind"] == kind and "-start-" not in child["metadata"]["name"]
    )


def patch(world: World, child: Manifest, change: Manifest) -> Manifest:
    return world.kube.patch(child["kind"], child["metadata"]["name"], world.namespace, change)


def stands(manifest: Any, change: Any) -> bool:
    """Whether all of a change stands in the manifest."""
    if not isinstance(change, dict):
        return bool(manifest == change)
    return isinstance(manifest, dict) and all(stands(manifest.get(key), value) for key, value in change.items())


def test_every_kind_is_there(served: World) -> None:
    there = {child["kind"] for name in SERVERS for child in served.made(name)}
    assert there == set(MADE_KINDS)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("ServiceAccount", {"automountServiceAccountToken": True}),
        ("ConfigMap", {"data": {"live.yaml": "schemaVersion: 9"}}),
        ("PersistentVolumeClaim", {"metadata": {"labels": {"app.kubernetes.io/component": "mine"}}}),
        ("NetworkPolicy", {"spec": {"policyTypes": ["Ingress", "Egress"]}}),
        ("Deployment", {"spec": {"template": {"spec": {"enableServiceLinks": True}}}}),
        ("Deployment", {"spec": {"replicas": 5}}),
        ("PodDisruptionBudget", {"spec": {"maxUnavailable": 3}}),
        ("Service", {"spec": {"selector": {"app.kubernetes.io/instance": "other"}}}),
        ("Service", {"metadata": {"labels": {MANAGED_BY: "me"}}}),
        ("Ingress", {"spec": {"rules": [{"host": "other.example.com"}]}}),
        ("HTTPRoute", {"spec": {"hostnames": ["other.example.com"]}}),
        ("ServiceMonitor", {"spec": {"endpoints": [{"port": "other"}]}}),
        ("PrometheusRule", {"spec": {"groups": []}}),
        ("HorizontalPodAutoscaler", {"spec": {"maxReplicas": 9}}),
        ("HorizontalPodAutoscaler", {"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}}}}),
        ("HorizontalPodAutoscaler", {"metadata": {"labels": {MANAGED_BY: "me"}}}),
        ("ScaledObject", {"spec": {"maxReplicaCount": 9}}),
        ("ScaledObject", {"spec": {"fallback": {"replicas": 4}}}),
    ],
)
def test_drift_is_repaired(served: World, kind: str, change: Manifest) -> None:
    child = one_of(served, kind)
    assert not stands(child, change)
    assert stands(patch(served, child, change), change)
    name, namespace = child["metadata"]["name"], served.namespace

    def repaired() -> bool:
        now = served.kube.read(kind, name, namespace)
        return bool(_ours(now) == _ours(child))

    eventually(repaired, f"{kind} {name} is as it was")


def _ours(manifest: Manifest) -> Manifest:
    """What of it does not change by itself."""
    metadata = {key: manifest["metadata"].get(key) for key in ("labels", "ownerReferences", "uid")}
    return {"metadata": metadata} | {key: manifest[key] for key in manifest if key not in ("metadata", "status")}


@pytest.mark.parametrize("kind", [kind for kind in MADE_KINDS if kind != "PersistentVolumeClaim"])
def test_a_deleted_child_comes_back(served: World, kind: str) -> None:
    """All but the claim, which the pods that mount it keep from going."""
    child = one_of(served, kind)
    served.kube.delete(kind, child["metadata"]["name"], served.namespace)

    def reborn() -> bool:
        found = served.kube.get(kind, child["metadata"]["name"], served.namespace)
        return found is not None and found["metadata"]["uid"] != child["metadata"]["uid"]

    eventually(reborn, f"there is a new {kind}")


@pytest.mark.parametrize("kind", MADE_KINDS)
def test_what_others_add_to_a_child_stays(served: World, kind: str) -> None:
    """Labels and annotations that are not ours outlive a repair of the same object."""
    child = one_of(served, kind)
    theirs = {"metadata": {"labels": {"team": "a"}, "annotations": {"team": "a"}}}
    patch(served, child, theirs)
    component = {"app.kubernetes.io/component": "mine"}
    patch(served, child, {"metadata": {"labels": component}})
    eventually(lambda: not stands(one_of(served, kind)["metadata"]["labels"], component), "ours is put back")
    assert stands(one_of(served, kind), theirs)
