"""Which pods are annotated so that their kubelets look for what has changed, and how often."""

import asyncio
import hashlib
import logging
from typing import Any

import pytest
from tests.clock import VirtualClock

from modelserver_operator import nudges
from modelserver_operator.children import Family
from modelserver_operator.cluster import Cluster, ClusterError, Conflict, NotFound, Rejected, Unavailable
from modelserver_operator.nudges import Nudges
from modelserver_operator.status import Answer, Mute, Steering, Steers

TEXT = "a: 1\n"
LIVE = "modelserver.dev/live"


class Applies(Cluster):
    """Takes applies, or fails as it is told to; one by one."""

    def __init__(self, *failures: ClusterError) -> None:
        self.failures, self.applied, self.written = list(failures), list[str](), list[str]()
        self.here = self.most = 0

    async def apply(self, manifest: dict[str, Any], **_: Any) -> dict[str, Any]:
        self.applied.append(manifest["metadata"]["name"])
        self.written.append(manifest["metadata"]["annotations"][LIVE])
        self.here += 1
        self.most = max(self.most, self.here)
        await asyncio.sleep(0)
        self.here -= 1
        if self.failures:
            raise self.failures.pop(0)
        return manifest


def made_by(maker: str) -> dict[str, Any]:
    owner = {"apiVersion": "modelserver.dev/v1alpha1", "kind": "ModelServer", "name": "demo", "uid": maker}
    return {"namespace": "team", "ownerReferences": [owner | {"controller": True}]}


def pod(name: str, **annotations: str) -> dict[str, Any]:
    metadata = made_by("replica-set") | {"uid": name, "name": name, "annotations": annotations}
    volumes = [{"name": "live", "configMap": {"name": "demo-live"}}]
    status = {"conditions": [{"type": "Ready", "status": "True"}]}
    return {"kind": "Pod", "metadata": metadata, "spec": {"volumes": volumes}, "status": status}


def family(*pods: dict[str, Any], text: str = TEXT) -> Family:
    deployment = {"kind": "Deployment", "metadata": made_by("server") | {"name": "demo", "uid": "deployment"}}
    replicas = {"kind": "ReplicaSet", "metadata": made_by("deployment") | {"name": "demo-1", "uid": "replica-set"}}
    config = {"kind": "ConfigMap", "metadata": {"name": "demo-live"}, "data": {"live.yaml": text}}
    server = {"metadata": {"name": "demo", "namespace": "team", "uid": "server"}}
    return Family(server, [deployment, replicas, config, *pods])


def says(**said: Answer) -> Steering:
    return Steering(hashlib.sha256(TEXT.encode()).hexdigest(), said, 1)


LATE = Steers("b" * 64, "0")


async def test_a_late_pod_is_told_again_and_each_time_later() -> None:
    """The annotation is another one each time, or it would be no change to the kubelet."""
    cluster, clock = Applies(), VirtualClock()
    told, said = Nudges[str](cluster, clock.time()), says(one=LATE)
    pauses = []
    while (again := await told.nudge("demo", family(pod("one")), said)) is not None:
        pauses.append(again)
        assert await told.nudge("demo", family(pod("one")), said) == again
        await clock.advance(again)
    assert pauses == [2, 4, 8, 16, 32]
    first = said.wanted[:12]
    assert cluster.written == [first, *(f"{first}-{number}" for number in range(2, 7))]


async def test_a_pod_that_has_taken_it_over_is_told_no_more() -> None:
    cluster, clock = Applies(), VirtualClock()
    told, said = Nudges[str](cluster, clock.time()), says(one=LATE)
    assert await told.nudge("demo", family(pod("one")), said) == 2
    await clock.advance(3)
    assert await told.nudge("demo", family(pod("one")), says(one=Steers(said.wanted, "0"))) is None
    assert cluster.applied == ["one"]


async def test_a_late_pod_is_told_once_also_where_somebody_takes_the_annotation_away() -> None:
    cluster = Applies()
    told = Nudges[str](cluster)
    for _ in range(3):
        await told.nudge("demo", family(pod("one")), says(one=LATE))
    assert cluster.applied == ["one"]


async def test_another_change_is_told_again() -> None:
    cluster = Applies()
    told = Nudges[str](cluster)
    await told.nudge("demo", family(pod("one")), says(one=LATE))
    other = Steering(hashlib.sha256(b"b: 1\n").hexdigest(), {"one": LATE}, 1)
    await told.nudge("demo", family(pod("one"), text="b: 1\n"), other)
    assert cluster.applied == ["one", "one"]


async def test_a_pod_of_which_nothing_is_known_is_left_alone() -> None:
    cluster = Applies()
    await Nudges[str](cluster).nudge("demo", family(pod("one"), pod("two")), says(one=Mute("it does not answer")))
    assert cluster.applied == []


async def test_a_pod_that_an_operator_before_has_told_is_not_told_again() -> None:
    cluster, said = Applies(), says(one=LATE)
    await Nudges[str](cluster).nudge("demo", family(pod("one", **{LIVE: said.wanted[:12]})), said)
    assert cluster.applied == []


async def test_what_an_operator_before_has_told_is_told_again_later() -> None:
    cluster, clock, said = Applies(), VirtualClock(), says(one=LATE)
    told, there = Nudges[str](cluster, clock.time()), pod("one", **{LIVE: f"{said.wanted[:12]}-3"})
    assert await told.nudge("demo", family(there), said) == 8
    await clock.advance(8)
    await told.nudge("demo", family(there), said)
    assert cluster.written == [f"{said.wanted[:12]}-4"]


async def test_many_refusals_are_one_line(caplog: pytest.LogCaptureFixture) -> None:
    names = ["one", "two", "three"]
    cluster = Applies(*[Rejected("annotations are not for you", status=403) for _ in names])
    with caplog.at_level(logging.WARNING):
        await Nudges[str](cluster).nudge("demo", family(*map(pod, names)), says(**dict.fromkeys(names, LATE)))
    assert [record.getMessage() for record in caplog.records] == [
        "one: its kubelet cannot be told of a change, nor those of 2 other pods: annotations are not for you"
    ]


async def test_a_refusal_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    cluster = Applies(Rejected("annotations are not for you", status=403))
    told = Nudges[str](cluster)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await told.nudge("demo", family(pod("one")), says(one=LATE))
    assert [record.getMessage() for record in caplog.records] == [
        "one: its kubelet cannot be told of a change: annotations are not for you"
    ]
    assert cluster.applied == ["one"]


@pytest.mark.parametrize("error", [Conflict("another uid", status=409), NotFound("gone", status=404)])
async def test_of_a_pod_that_has_ended_nothing_is_said(error: ClusterError, caplog: pytest.LogCaptureFixture) -> None:
    cluster = Applies(error)
    await Nudges[str](cluster).nudge("demo", family(pod("one")), says(one=LATE))
    assert (cluster.applied, caplog.records) == (["one"], [])


async def test_a_failure_is_tried_again_with_the_pods_that_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nudges, "AT_ONCE", 2)
    cluster, names = Applies(Unavailable("busy", status=503)), ["one", "two", "three"]
    told, said = Nudges[str](cluster), says(**dict.fromkeys(names, LATE))
    with pytest.raises(Unavailable, match="busy"):
        await told.nudge("demo", family(*map(pod, names)), said)
    assert cluster.applied == ["one", "two"]
    await told.nudge("demo", family(*map(pod, names)), said)
    assert cluster.applied == ["one", "two", "one", "three"]
    assert cluster.most == 2


async def test_a_server_that_is_gone_is_forgotten() -> None:
    cluster = Applies()
    told = Nudges[str](cluster)
    await told.nudge("demo", family(pod("one")), says(one=LATE))
    told.forget("demo")
    await told.nudge("demo", family(pod("one")), says(one=LATE))
    assert cluster.applied == ["one", "one"]
