"""A field that somebody else keeps changing back: put back five times, then left alone and said."""

import pytest
from tests.controlplane.kube import eventually
from tests.controlplane.policy import mutation
from tests.controlplane.process import Operator
from tests.controlplane.world import World

TUNER = "tuner"
OURS, THEIRS = 2, 7


def history(world: World) -> int:
    limit: int = world.child("Deployment")["spec"]["revisionHistoryLimit"]
    return limit


def change(world: World, manager: str, **spec: int) -> None:
    """Change fields of the Deployment that are the operator's, as a manager with a name."""
    place = f"/apis/apps/v1/namespaces/{world.namespace}/deployments/demo"
    world.kube.raw(
        "PATCH",
        place,
        json={"spec": spec},
        params={"fieldManager": manager},
        headers={"Content-Type": "application/merge-patch+json"},
    ).raise_for_status()


def tune(world: World) -> None:
    change(world, TUNER, revisionHistoryLimit=THEIRS)


def test_a_contested_field_is_left_alone_and_said(world: World, operator: Operator) -> None:
    world.serve()
    for _ in range(5):
        tune(world)
        eventually(lambda: history(world) == OURS, "it is put back")
    tune(world)
    condition = world.wait_for("demo", "Reconciled", "False", "Contested")
    for said in ("spec.revisionHistoryLimit", "Deployment demo", TUNER):
        assert said in condition["message"]

    # All others go on, and what is contested stays as it is meanwhile.
    world.kube.delete("Service", "demo", world.namespace)
    eventually(lambda: world.kube.get("Service", "demo", world.namespace), "the Service is there again")
    assert history(world) == THEIRS
    assert operator.metrics()["modelserver_operator_contested"] == 1
    assert operator.metrics()["modelserver_operator_drift_repairs_total"] >= 6

    # Another wish is another matter.
    world.make_server(engine={"maxSequences": 3})
    world.wait_for("demo", "Ready", "True")
    assert history(world) == OURS
    assert operator.metrics()["modelserver_operator_contested"] == 0


@pytest.mark.usefixtures("operator")
def test_what_stops_by_itself_is_no_contest(world: World) -> None:
    world.serve()
    for _ in range(4):
        tune(world)
        eventually(lambda: history(world) == OURS, "it is put back")
    assert world.condition("demo", "Reconciled")["status"] == "True"


@pytest.mark.usefixtures("operator")
def test_other_fields_are_put_back_while_the_contested_one_is_as_wished(world: World) -> None:
    world.serve()
    for _ in range(5):
        tune(world)
        eventually(lambda: history(world) == OURS, "it is put back")
    before = world.child("Deployment")["spec"]["progressDeadlineSeconds"]
    change(world, "somebody", progressDeadlineSeconds=before + 1)
    eventually(lambda: world.child("Deployment")["spec"]["progressDeadlineSeconds"] == before, "it is put back, too")
    assert world.condition("demo", "Reconciled")["status"] == "True"

    # The contest itself is not over, and is about its own writer.
    tune(world)
    condition = world.wait_for("demo", "Reconciled", "False", "Contested")
    assert TUNER in condition["message"]


def have_looked_at(world: World, operator: Operator, seen: str) -> None:
    """Change what is nobody's matter, and wait until the operator has passed."""

    def passes() -> float:
        return operator.metrics()["modelserver_operator_reconcile_seconds_count"]

    before = passes()
    world.kube.patch("Deployment", "demo", world.namespace, {"metadata": {"labels": {"seen": seen}}})
    eventually(lambda: passes() > before, "it was looked at")


def test_what_an_admission_policy_makes_of_our_applies_is_nobodys_change(world: World, operator: Operator) -> None:
    """Policy engines do so with images, for instance; the server is well, and there is nobody to fight."""
    pod = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": pod}
    metadata = {"name": "tried", "namespace": world.namespace}
    tried = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}

    def in_force() -> bool:
        return bool(world.kube.apply(tried, dry_run=True)["spec"]["revisionHistoryLimit"] == THEIRS)

    rule = {"apiGroups": ["apps"], "resources": ["deployments"], "operations": ["CREATE", "UPDATE"]}
    change = f"Object{{spec: Object.spec{{revisionHistoryLimit: {THEIRS}}}}}"
    with mutation(world, rule, change, probe=in_force):
        world.serve()
        # The children of another test's server may go before it does, and are missed until then.
        eventually(lambda: len(world.kube.list("ModelServer")) == 1, "there is no other server")
        repairs = operator.metrics()["modelserver_operator_drift_repairs_total"]
        for number in range(6):
            have_looked_at(world, operator, str(number))
        assert history(world) == THEIRS
        assert world.condition("demo", "Reconciled")["status"] == "True"
        assert operator.metrics()["modelserver_operator_drift_repairs_total"] == repairs
