"""Which pods `plan` says would be replaced, why, and in whose turn: against children as an operator has made them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.crd_cases import variants
from tests.unit.operator.made import resolved

from modelserver_operator.children import Family
from modelserver_operator.cli.plan.contents import Difference, Rollout
from modelserver_operator.cli.plan.replaced import replaced, room
from modelserver_operator.cli.plan.rollout import rollout
from modelserver_operator.desired import Owner, desired
from modelserver_operator.resolve import Resolved

NOW = datetime(2026, 11, 21, tzinfo=UTC)
OWNER = Owner("demo", "default", "6ed08dcc")
REVISION = "deployment.kubernetes.io/revision"


def made(of: Resolved, *others: dict[str, Any]) -> Family:
    """What lives, as it was made of this server."""
    server = {"metadata": {"name": "demo", "namespace": "default", "uid": OWNER.uid}, "status": {}}
    members = desired(of, OWNER)
    for each in members:
        each["metadata"]["uid"] = each["metadata"]["name"]
        if each["kind"] == "Deployment":
            each["spec"]["replicas"] = 2
    return Family(server, [*members, *others])


def told(before: Resolved, after: Resolved, then: dict[str, Any] | None = None) -> Rollout:
    """What is said of the pods."""
    return replaced(rollout(after), after, made(before), then, NOW)


def test_nothing_differs() -> None:
    found = told(resolved(), resolved())
    assert (found.rolls, found.pods, found.because, found.live) == (False, 2, (), ())


def test_a_value_of_the_start_configuration() -> None:
    found = told(resolved(), resolved(engine={"maxSequences": 3}, admission={"maxRunning": 64}))
    assert (found.rolls, found.turn) == (True, "it waits for no other server")
    assert found.because == (Difference("engine.maxSequences", 64, 3),)


def test_what_running_pods_take_over() -> None:
    before, after = resolved(emotions=variants("gay")), resolved(emotions=variants("gay", "grave"))
    found = told(before, after)
    assert (found.rolls, found.because) == (False, ())
    assert [each.field for each in found.live] == ["emotions.variants[grave]"]


def test_a_mix_is_no_reason_for_new_pods_where_another_value_is() -> None:
    before = resolved(emotions=variants("gay"))
    found = told(before, resolved(emotions=variants("gay", "grave"), rollout={"drainSeconds": 500}))
    assert [each.field for each in found.because] == ["drain.drainSeconds"]
    assert [each.field for each in found.live] == ["emotions.variants[grave]"]


def test_a_class_waits_for_its_turn_and_names_the_pods_field() -> None:
    image = {"image": "registry.example.com/runtime:2"}
    after = resolved(image)
    then = next(each for each in desired(after, OWNER) if each["kind"] == "Deployment")
    found = told(resolved(), after, then | {"spec": then["spec"] | {"replicas": 2}})
    assert found.because == (
        Difference("pod.spec.containers[runtime].image", "registry.example.com/runtime:1", image["image"]),
    )
    assert found.turn.startswith("it has not asked for this itself")


def test_without_a_deployment_nothing_is_replaced() -> None:
    after = resolved()
    empty = replace(made(after), members=[])
    assert replaced(rollout(after), after, empty, None, NOW) == rollout(after)


@pytest.mark.parametrize(("strategy", "allowed"), [("Replace", 2), ("Surge", 1)])
def test_what_is_allowed_on_a_full_pool_is_no_difference(strategy: str, allowed: int) -> None:
    """An old pod serves, and a new one of which there should be one more finds no room."""
    of = resolved(rollout={"strategy": strategy})
    sets = [owned("ReplicaSet", name, "Deployment", "demo") for name in ("old", "new")]
    for each, revision in zip(sets, ("1", "2"), strict=True):
        each["metadata"]["annotations"] = {REVISION: revision}
    serving, waiting = (owned("Pod", f"{each}-a", "ReplicaSet", each) for each in ("old", "new"))
    serving["spec"] = {"nodeName": "one"}
    family = made(of, *sets, serving, waiting)
    deployment = family.deployment()
    assert deployment is not None
    deployment["metadata"]["annotations"][REVISION] = "2"
    deployment["spec"]["strategy"] = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 2}}
    assert room(of, family, NOW).unavailable == allowed


def owned(kind: str, name: str, owner_kind: str, owner: str) -> dict[str, Any]:
    """A child's child."""
    reference = {"kind": owner_kind, "name": owner, "uid": owner, "controller": True}
    metadata = {"name": name, "uid": name, "ownerReferences": [reference]}
    return {"kind": kind, "metadata": metadata, "spec": {}, "status": {}}
