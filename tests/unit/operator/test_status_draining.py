"""What is told of a server while one of its pods has been told to end."""

from __future__ import annotations

from tests.unit.operator.seen import NEW, OLD, STARTING, all_up, deployment, pod, ready_of, running

from modelserver_operator.api import Reason


def test_a_new_pod_waits_for_an_old_ones_place() -> None:
    old = pod(running(5), owner=OLD, deletionTimestamp="2026-03-01T12:05:00Z")
    found = ready_of(deployment(**STARTING), pod(scheduled="0/1 nodes: Insufficient nvidia.com/gpu"), old)
    assert found["reason"] == Reason.DRAINING
    assert "until 2026-03-01T12:05:00Z" in found["message"]


def test_a_pod_of_a_lost_node_is_not_waited_for() -> None:
    """It should have ended ten minutes ago."""
    lost = pod(running(5), owner=OLD, deletionTimestamp="2026-03-01T11:50:00Z")
    found = ready_of(deployment(**STARTING), pod(scheduled="0/1 nodes: Insufficient nvidia.com/gpu"), lost)
    assert found["reason"] == Reason.UNSCHEDULABLE


def test_no_pod_is_called_added_while_it_takes_the_place_of_one_that_drains() -> None:
    for owner in (OLD, NEW):  # a rollout's last one, or one that a node's drain has told to end
        drains = pod(running(5), owner=owner, deletionTimestamp="2026-03-01T12:05:00Z")
        assert ready_of(all_up(2), drains, replicas=3)["reason"] == Reason.ROLLOUT_IN_PROGRESS
