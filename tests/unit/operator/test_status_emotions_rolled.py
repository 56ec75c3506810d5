"""What is told of how pods steer in the moment before the Deployment's controller has looked at a new template."""

import pytest
from tests.crd_cases import variants
from tests.unit.operator.seen import NEW, REPLICA_SETS, all_up, pod, told, wanted

from modelserver_operator.resolve import identity
from modelserver_operator.status import Children, Seen, Steering, Steers, condition

LATE = Steers("b" * 64, "rev-0", frozenset({"cheerful"}))


def using(config: str) -> dict[str, Seen]:
    """A pod's spec with that live configuration."""
    return {"spec": {"volumes": [{"name": identity.LIVE_VOLUME, "configMap": {"name": config}}]}}


@pytest.mark.parametrize(
    ("config", "reason"), [("demo-live-old", "RolloutInProgress"), ("demo-live-new", "EmotionsPending")]
)
def test_only_a_pod_with_the_configmap_of_the_newest_template_is_waited_for(config: str, reason: str) -> None:
    deployment = all_up(1)
    deployment["spec"]["template"] = using("demo-live-new")
    there = pod(ready=True, name="pod-0", uid="pod-0", owner=NEW) | using(config)
    steering = Steering("a" * 64, {"pod-0": LATE}, 7)
    children = Children(deployment=deployment, replica_sets=REPLICA_SETS, pods=[there], steering=steering)
    found = told(wanted(emotions=variants("cheerful")), children)
    assert condition(found, "EmotionsLive")["reason"] == reason
