"""What is asked for no longer is removed, and nothing else is."""

import pytest
from tests.controlplane.kube import eventually
from tests.controlplane.world import World

pytestmark = pytest.mark.usefixtures("optional_kinds", "operator")

INGRESS = {"ingress": {"host": "demo.example.com"}}
ROUTE = {"httpRoute": {"parentRefs": [{"name": "gateway"}], "hostnames": ["demo.example.com"]}}
BASE = {"ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount"}


def wait_for_kinds(world: World, kinds: set[str]) -> None:
    eventually(lambda: {child["kind"] for child in world.made()} == kinds, f"the children are {sorted(kinds)}")


@pytest.fixture
def hosted(world: World) -> World:
    world.make_class(allowed={"hosts": ["demo.example.com"]})
    return world


def test_ways_in_come_and_go(hosted: World) -> None:
    quiet = {"serviceMonitor": "Disabled", "alerts": "Disabled"}
    hosted.make_server(expose=INGRESS, monitoring=quiet)
    wait_for_kinds(hosted, BASE | {"Ingress"})
    hosted.make_server(expose=ROUTE, monitoring=quiet)
    wait_for_kinds(hosted, BASE | {"HTTPRoute"})
    hosted.make_server(monitoring=quiet)
    wait_for_kinds(hosted, BASE)


def test_what_prometheus_operator_reads_comes_and_goes(world: World) -> None:
    world.make_class()
    world.make_server()
    wait_for_kinds(world, BASE | {"ServiceMonitor", "PrometheusRule"})
    world.make_server(monitoring={"serviceMonitor": "Disabled"})
    wait_for_kinds(world, BASE | {"PrometheusRule"})
    world.make_server(monitoring={"serviceMonitor": "Enabled", "alerts": "Disabled"})
    wait_for_kinds(world, BASE | {"ServiceMonitor"})


def test_nobody_is_told_of_a_server_without_pods(world: World) -> None:
    world.make_class()
    world.make_server()
    wait_for_kinds(world, BASE | {"ServiceMonitor", "PrometheusRule"})
    world.make_server(replicas=0)
    wait_for_kinds(world, BASE | {"ServiceMonitor"})


def test_the_alerts_follow_what_is_promised(world: World) -> None:
    """The API server takes what the longest ModelServer asks for, and the status says so."""
    world.make_class()
    promised = {"ttftP95Milliseconds": 6000, "e2eP95Milliseconds": 20000, "maxErrorRate": "0.5%"}
    world.make_server(monitoring={"alerts": "Enabled", "slo": {"maxErrorRate": "0.5%"}})
    eventually(lambda: burns(world) == {"ModelServerErrorBurn"}, "there is an alert for what is promised")
    world.make_server(monitoring={"alerts": "Enabled", "slo": promised})
    eventually(lambda: len(burns(world)) == len(promised), "there is one for each of them")
    told = {each["name"]: each["value"] for each in world.wait_for("demo", "Reconciled", "True")["status"]["effective"]}
    assert (told["monitoring.alerts"], told["monitoring.slo.maxErrorRate"]) == ("Enabled", "0.5%")


def burns(world: World) -> set[str]:
    """The names of the alerts about promises."""
    rule = world.kube.get("PrometheusRule", "demo", world.namespace) or {"spec": {"groups": []}}
    names = {each["alert"] for group in rule["spec"]["groups"] for each in group["rules"]}
    return {name for name in names if name.endswith("Burn")}


def test_a_service_account_goes_when_the_class_names_one(world: World) -> None:
    """And not before the last pod that uses it is gone."""
    world.serve(monitoring={"serviceMonitor": "Disabled", "alerts": "Disabled"})
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "team", "namespace": world.namespace}}
    world.kube.apply(account)
    world.make_class(serviceAccountName="team")
    wait_for_kinds(world, BASE - {"ServiceAccount"})
    world.wait_for("demo", "Ready", "True")
    assert [pod["spec"]["serviceAccountName"] for pod in world.pods()] == ["team"]


def test_a_foreign_object_with_the_name_of_a_toggle_stays(hosted: World) -> None:
    """Neither while it is in the way nor when it is not any more: it is not ours to remove."""
    rule = {"host": "other.example.com"}
    metadata = {"name": "demo", "namespace": hosted.namespace}
    ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": {"rules": [rule]}}
    theirs = hosted.kube.apply(ingress)
    hosted.make_server(expose=INGRESS)
    condition = hosted.wait_for("demo", "Reconciled", "False", "ForeignObject")
    assert "Ingress demo" in condition["message"]
    hosted.make_server()
    hosted.wait_for("demo", "Ready", "True")
    assert hosted.child("Ingress")["metadata"]["resourceVersion"] == theirs["metadata"]["resourceVersion"]
