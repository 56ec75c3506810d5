"""The scaler of an autoscaled server, and others' of the same pods: one at a time, and the number of pods stays.

Nobody tells any load here: what the real controller of HorizontalPodAutoscalers does without, it does.
"""

from typing import Any

import pytest
from tests.controlplane.kube import Manifest, eventually
from tests.controlplane.world import World

HPA, SCALED_OBJECT = "HorizontalPodAutoscaler", "ScaledObject"
IGNORED = "modelserver.dev/replicas-ignored"

pytestmark = pytest.mark.usefixtures("optional_kinds", "operator")


def scaled(least: int = 1, most: int = 6, source: str = "PrometheusAdapter") -> Manifest:
    return {"minReplicas": least, "maxReplicas": most, "metricsSource": source}


def replicas(world: World) -> int:
    return int(world.child("Deployment")["spec"]["replicas"])


def ignored(world: World) -> str | None:
    found: str | None = world.child("Deployment")["metadata"]["annotations"].get(IGNORED)
    return found


def change(world: World, **spec: Any) -> None:
    world.kube.patch("ModelServer", "demo", world.namespace, {"spec": spec})


def is_there(world: World, kind: str, name: str = "demo") -> bool:
    return world.kube.get(kind, name, world.namespace) is not None


def hold(world: World, kind: str, *finalizers: str) -> None:
    """Keep a scaler from going, as KEDA does until it has let go."""
    world.kube.patch(kind, "demo", world.namespace, {"metadata": {"finalizers": list(finalizers)}})


def of(world: World, name: str, **target: str) -> Manifest:
    """A scaler of somebody's own, for the Deployment or what `target` says."""
    place = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "demo"} | target
    usage = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
    }
    spec = {"scaleTargetRef": place, "minReplicas": 1, "maxReplicas": 9, "metrics": [usage]}
    metadata = {"name": name, "namespace": world.namespace}
    return {"apiVersion": "autoscaling/v2", "kind": HPA, "metadata": metadata, "spec": spec}


def rescale(world: World, number: int) -> None:
    """As the controller of a HorizontalPodAutoscaler sets it: through scale, under its own name."""
    world.kube.raw(
        "PATCH",
        f"/apis/apps/v1/namespaces/{world.namespace}/deployments/demo/scale",
        json={"spec": {"replicas": number}},
        params={"fieldManager": "kube-controller-manager"},
        headers={"Content-Type": "application/merge-patch+json"},
    ).raise_for_status()


def test_the_scalers_number_outlives_it_until_another_is_asked_for(world: World) -> None:
    """The scaler itself has set this number: fewer pods than the least are its own to correct."""
    world.serve(autoscaling=scaled())
    change(world, autoscaling={"minReplicas": 3})
    eventually(lambda: replicas(world) == 3, "the scaler has raised it")
    change(world, autoscaling=None)
    condition = world.wait_for("demo", "ScalingActive", "False", "ReplicasKept")
    assert "3 pods stay" in condition["message"]
    assert (replicas(world), ignored(world), is_there(world, HPA)) == (3, "1", False)
    change(world, replicas=2)
    server = world.wait_for("demo", "Ready", "True")
    assert (replicas(world), ignored(world)) == (2, None)
    assert "ScalingActive" not in {each["type"] for each in server["status"]["conditions"]}


def test_what_runs_stays_when_a_scaler_takes_over(world: World) -> None:
    world.serve(replicas=3)
    change(world, autoscaling=scaled())
    world.wait_for("demo", "ScalingActive", "False", "MetricsNotServed")
    assert (replicas(world), ignored(world)) == (3, "3")
    change(world, replicas=1)
    eventually(lambda: ignored(world) == "1", "the operator has seen it")
    assert replicas(world) == 3


def test_a_server_that_was_stopped_begins_with_the_least(world: World) -> None:
    """At 0 a scaler does nothing."""
    world.make_class()
    world.make_server(replicas=0)
    world.wait_for("demo", "Ready", "False", "ScaledToZero")
    change(world, autoscaling=scaled(2))
    eventually(lambda: replicas(world) == 2, "there are as many as the least")
    world.wait_for("demo", "Ready", "True")


def test_a_number_that_people_write_beside_a_scaler_stays(world: World) -> None:
    world.serve(autoscaling=scaled())
    rescale(world, 4)
    world.kube.patch("Deployment", "demo", world.namespace, {"spec": {"revisionHistoryLimit": 9}})
    eventually(lambda: world.child("Deployment")["spec"]["revisionHistoryLimit"] == 2, "the rest is put back")
    assert replicas(world) == 4


def test_of_two_scalers_one_is_gone_before_the_other_is_made(world: World) -> None:
    world.serve(autoscaling=scaled())
    eventually(lambda: is_there(world, HPA), "there is a scaler")
    rescale(world, 4)
    hold(world, HPA, "example.com/held")
    change(world, autoscaling={"metricsSource": "KEDA"})
    message = world.wait_for("demo", "ScalingActive", "False", "ScalerPending")["message"]
    assert "until there is no HorizontalPodAutoscaler demo" in message
    assert not is_there(world, SCALED_OBJECT)
    hold(world, HPA)
    eventually(lambda: is_there(world, SCALED_OBJECT), "KEDA's turn has come")

    # And back, with KEDA's own one, which goes after the ScaledObject.
    owner = world.child(SCALED_OBJECT)
    reference = {key: owner[key] for key in ("apiVersion", "kind")} | {
        key: owner["metadata"][key] for key in ("name", "uid")
    }
    kedas = of(world, "keda-hpa-demo")
    kedas["metadata"] |= {"ownerReferences": [reference | {"controller": True}], "finalizers": ["example.com/held"]}
    world.kube.apply(kedas)
    change(world, autoscaling={"metricsSource": "PrometheusAdapter"})
    eventually(lambda: not is_there(world, SCALED_OBJECT), "the ScaledObject is gone")
    eventually(lambda: "deletionTimestamp" in world.child(HPA, "keda-hpa-demo")["metadata"], "KEDA's is to go")
    said = "until there is no HorizontalPodAutoscaler keda-hpa-demo"
    eventually(lambda: said in world.condition("demo", "ScalingActive").get("message", ""), "it is waited for")
    assert not is_there(world, HPA)
    world.kube.patch(HPA, "keda-hpa-demo", world.namespace, {"metadata": {"finalizers": []}})
    eventually(lambda: is_there(world, HPA), "the operator's own is there")
    assert replicas(world) == 4


def test_a_scaler_of_somebodys_own_is_left_alone_and_named(world: World) -> None:
    world.serve(replicas=2)
    world.kube.apply(of(world, "demo"))
    rescale(world, 3)
    message = world.wait_for("demo", "ScalingActive", "False", "ForeignScaler")["message"]
    assert "HorizontalPodAutoscaler demo sets the number of pods" in message
    world.kube.patch("Deployment", "demo", world.namespace, {"spec": {"revisionHistoryLimit": 9}})
    eventually(lambda: world.child("Deployment")["spec"]["revisionHistoryLimit"] == 2, "the rest is put back")
    assert replicas(world) == 3
    change(world, replicas=4)
    eventually(lambda: replicas(world) == 4, "a new number is what was asked for")
    rescale(world, 5)
    world.kube.delete(HPA, "demo", world.namespace)
    world.wait_for("demo", "ScalingActive", "False", "ReplicasKept")
    assert replicas(world) == 5


@pytest.mark.parametrize(
    "target", [{}, {"apiVersion": "modelserver.dev/v1alpha1", "kind": "ModelServer"}], ids=["pods", "server"]
)
def test_a_second_scaler_ends_the_first(world: World, target: dict[str, str]) -> None:
    """Kubernetes would stop both. Ours comes back when it is alone."""
    world.serve(autoscaling=scaled())
    eventually(lambda: is_there(world, HPA), "there is a scaler")
    world.kube.apply(of(world, "mine", **target))
    message = world.wait_for("demo", "ScalingActive", "False", "ForeignScaler")["message"]
    assert "HorizontalPodAutoscaler mine" in message
    eventually(lambda: not is_there(world, HPA), "ours has gone")
    world.kube.delete(HPA, "mine", world.namespace)
    eventually(lambda: is_there(world, HPA), "ours is back")


def test_a_scaled_object_of_somebodys_own_is_named(world: World) -> None:
    metadata = {"name": "mine", "namespace": world.namespace}
    trigger = {"type": "cron", "metadata": {"timezone": "UTC", "start": "0 6 * * *", "end": "0 20 * * *"}}
    spec = {"scaleTargetRef": {"name": "demo"}, "triggers": [trigger]}
    world.kube.apply({"apiVersion": "keda.sh/v1alpha1", "kind": SCALED_OBJECT, "metadata": metadata, "spec": spec})
    world.serve(autoscaling=scaled())
    message = world.wait_for("demo", "ScalingActive", "False", "ForeignScaler")["message"]
    assert "ScaledObject mine" in message
    assert not is_there(world, HPA)
