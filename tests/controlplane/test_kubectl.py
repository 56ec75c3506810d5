"""What people see and do with kubectl: columns, explanations, and the number of pods."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.controlplane.process import Operator
from tests.controlplane.world import World
from tests.crd_cases.objects import HUB, IMAGE, cache, scaled
from tools.devcluster.cluster import Cluster
from tools.devcluster.errors import DevclusterError

FACTS = {"facts": {"parameters": 7_600_000_000, "layers": 28}}

Kubectl = Callable[..., str]


@pytest.fixture
def kubectl(cluster: Cluster, world: World) -> Kubectl:
    """kubectl in the test's namespace."""
    return lambda *arguments: cluster.kubectl("--namespace", world.namespace, *arguments)


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        (HUB, "Qwen/Qwen2.5-7B-Instruct"),
        ({**HUB, **FACTS}, "Qwen/Qwen2.5-7B-Instruct"),
        (IMAGE, "registry.example.com/models/qwen:1"),
        ({"image": {**IMAGE["image"], "path": "/models"}, **FACTS}, "registry.example.com/models/qwen:1"),
        ({"persistentVolumeClaim": {"claimName": "models", "path": "qwen"}, **FACTS}, "qwen"),
        ({"persistentVolumeClaim": {"claimName": "models"}}, "models"),
    ],
)
def test_the_model_column_says_which_model(world: World, kubectl: Kubectl, model: dict[str, Any], shown: str) -> None:
    world.make_server(model=model)
    header, row = kubectl("get", "ms").splitlines()
    # Nobody has written a status: Ready and Replicas are empty, and the model is the first word after the name.
    assert header.split() == ["NAME", "READY", "MODEL", "REPLICAS", "AGE"]
    assert row.split()[:2] == ["demo", shown]


def test_explain_reads_well(kubectl: Kubectl) -> None:
    raw = kubectl("explain", "modelserver.spec.cache")
    print(raw)
    text = " ".join(raw.split())
    assert "DESCRIPTION: cache is a volume that keeps what was downloaded;" in text
    assert "accessMode <string> enum: ReadWriteOnce, ReadWriteMany" in text
    assert "size <Object> -required- size of the volume; it can grow" in text


def test_scale_sets_the_number_of_pods(world: World, kubectl: Kubectl) -> None:
    world.make_server()
    kubectl("scale", "ms/demo", "--replicas=3")
    assert replicas(kubectl) == 3


def test_scale_is_held_to_the_rules(world: World, kubectl: Kubectl) -> None:
    world.make_server(model=HUB, cache=cache())
    with pytest.raises(DevclusterError, match=r"replicas may be at most 1 where cache\.accessMode is ReadWriteOnce"):
        kubectl("scale", "ms/demo", "--replicas=2")
    with pytest.raises(DevclusterError, match="less than or equal to 1000"):
        kubectl("scale", "ms/demo", "--replicas=1001")
    kubectl("scale", "ms/demo", "--replicas=0")
    assert replicas(kubectl) == 0


def test_scale_beside_a_scaler_is_stored(world: World, kubectl: Kubectl) -> None:
    """The number waits for the day on which autoscaling is removed; until then the operator ignores it."""
    world.make_server(autoscaling=scaled(1, 4))
    kubectl("scale", "ms/demo", "--replicas=3")
    assert replicas(kubectl) == 3


def replicas(kubectl: Kubectl) -> int:
    """spec.replicas of the server."""
    found: int = json.loads(kubectl("get", "ms", "demo", "--output=json"))["spec"]["replicas"]
    return found


def test_scale_waits_while_a_scaler_decides(
    world: World, kubectl: Kubectl, own_operator: Callable[..., Operator]
) -> None:
    """And then it is what was asked for."""
    own_operator().start()
    world.serve(autoscaling=scaled(2, 4))
    kubectl("scale", "ms/demo", "--replicas=3")
    server = world.wait_for("demo", "Ready", "True")
    assert world.child("Deployment")["spec"]["replicas"] == 2
    effective = {each["name"]: each["value"] for each in server["status"]["effective"]}
    assert effective["autoscaling.minReplicas"] == "2"
    assert "replicas" not in effective

    world.kube.patch("ModelServer", "demo", world.namespace, {"spec": {"autoscaling": None, "replicas": 1}})
    server = world.wait_for("demo", "Ready", "True")
    assert world.child("Deployment")["spec"]["replicas"] == 1
    assert "ScalingActive" not in {each["type"] for each in server["status"]["conditions"]}
