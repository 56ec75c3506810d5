"""How many pods may be away while others are replaced where there is no room for all: by what the cluster shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.unit.operator.seen import NOW, OLD, REPLICA_SETS, deployment, pod, wanted

from modelserver_operator.places import asks_no_more
from modelserver_operator.room import PATIENCE, Room, Rooms
from modelserver_operator.status import Children, Observed

Pod = dict[str, Any]

FULL = "0/3 nodes are available: 1 Insufficient nvidia.com/gpu, 2 node(s) had untolerated taint {a: b}."
ELSEWHERE = "0/3 nodes are available: 2 Insufficient nvidia.com/gpu, 1 node(s) had volume node affinity conflict."
NOWHERE = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector."
CLAIM = [{"name": "model", "persistentVolumeClaim": {"claimName": "weights"}}]
LATER = PATIENCE + timedelta(seconds=1)


REPLACED = wanted(rollout={"strategy": "Replace"})


def asks(gpus: str = "1", **spec: Any) -> dict[str, Any]:
    requests = {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": gpus}
    return {"containers": [{"name": "runtime", "resources": {"requests": requests}}]} | spec


def old(uid: str, **spec: Any) -> Pod:
    """One that serves."""
    made = pod(owner=OLD, ready=True, uid=uid)
    return made | {"spec": asks(nodeName="one") | spec}


def new(uid: str, message: str = "", **spec: Any) -> Pod:
    """One that has a node, or of which the scheduler says why it has none."""
    made = pod(scheduled=message, uid=uid)
    return made | {"spec": asks() | ({} if message else {"nodeName": "one"}) | spec}


def leaving(made: Pod) -> Pod:
    return made | {"metadata": made["metadata"] | {"deletionTimestamp": "2026-03-01T12:05:00Z"}}


def seen(*pods: Pod, asked: int = 3, allowed: int = 1, after: timedelta = timedelta(0)) -> Observed:
    made = deployment(asked=asked)
    made["spec"]["strategy"] = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": allowed}}
    return Observed(REPLACED, Children(deployment=made, replica_sets=REPLICA_SETS, pods=pods), NOW + after)


def finally_(*pods: Pod, asked: int = 3, allowed: int = 1) -> int:
    """What is allowed when these have been so for long."""
    rooms = Rooms[str]()
    rooms.room("demo", seen(*pods, asked=asked, allowed=allowed))
    found = rooms.room("demo", seen(*pods, asked=asked, allowed=allowed, after=LATER))
    assert found.again is None
    return found.unavailable


def test_who_finds_no_room_for_long_is_allowed_for_on_top() -> None:
    pods, rooms = (old("a"), old("b"), new("c", FULL)), Rooms[str]()
    assert rooms.room("demo", seen(*pods)) == Room(1, again=30.0)
    assert rooms.room("demo", seen(*pods, after=timedelta(seconds=20))) == Room(1, again=10.0)
    assert rooms.room("demo", seen(*pods, after=timedelta(seconds=30))) == Room(2, unplaced=1)
    assert rooms.room("demo", seen(*pods, allowed=2, after=timedelta(seconds=31))) == Room(2, unplaced=1)


def test_whatever_moves_starts_the_time_again() -> None:
    rooms, half = Rooms[str](), PATIENCE / 2
    rooms.room("demo", seen(old("a"), old("b"), new("c", FULL), asked=4))
    rooms.room("demo", seen(old("a"), old("b"), new("c", FULL), new("d", FULL), asked=4, after=half))
    found = rooms.room("demo", seen(old("a"), old("b"), new("c", FULL), new("d", FULL), asked=4, after=LATER))
    assert found == Room(1, again=(half + PATIENCE - LATER).total_seconds())


def test_an_operator_that_starts_anew_takes_nothing_back_and_adds_nothing_at_once() -> None:
    pods = old("a"), new("b"), new("c", FULL), new("d", FULL)
    assert Rooms[str]().room("demo", seen(*pods, asked=4, allowed=3)) == Room(3, again=30.0)
    assert Rooms[str]().room("demo", seen(*pods, asked=4, allowed=2)) == Room(2, again=30.0)


@pytest.mark.parametrize(
    "pods",
    [
        [old("a"), old("b"), new("c")],  # it has a place and starts
        [old("a"), old("b"), leaving(old("x")), new("c", FULL)],  # one that drains makes room
        [old("a"), old("b"), leaving(new("x")), new("c", FULL)],  # a former new one, too
        [old("a"), old("b"), new("c", NOWHERE)],  # no node is to have it
        [old("a"), old("b"), new("c", ELSEWHERE, volumes=CLAIM)],  # an old pod leaves it no volume
        [old("a"), old("b"), new("c", FULL) | {"spec": asks("2")}],  # it would not fit into an old one's place
        [old("a"), old("b"), new("c", FULL, nodeSelector={"gpu": "new"})],
        [old("a"), old("b")],  # the new one is not made: a quota, or it is about to be
        [new("a"), new("b"), new("c", FULL)],  # nothing is left to be replaced
        [new("c", FULL), new("d", FULL), new("e", FULL)],
        [],
    ],
)
def test_in_all_other_cases_one_at_a_time(pods: list[Pod]) -> None:
    assert finally_(*pods) == 1


def test_the_moment_after_a_long_drain_is_no_standstill() -> None:
    """The new pod has waited for minutes then, and no old one that ends is to be seen any more."""
    rooms = Rooms[str]()
    waits = old("a"), old("b"), new("c", FULL)
    rooms.room("demo", seen(*waits, leaving(old("x"))))
    rooms.room("demo", seen(*waits, leaving(old("x")), after=PATIENCE * 10))
    assert rooms.room("demo", seen(*waits, after=PATIENCE * 10)).unavailable == 1


@pytest.mark.parametrize(
    ("pods", "asked", "expected"),
    [
        ([old("a"), old("b"), leaving(old("x")), new("c", FULL)], 4, 2),  # for the second there is no place
        ([old("a"), old("b"), new("c"), new("d", FULL), new("e", FULL)], 5, 3),  # two have none
        ([old("a"), old("b"), new("c"), new("d", FULL), new("e", FULL)], 4, 2),  # fewer are wanted now
        ([old("a"), old("b"), new("c"), new("d")], 4, 1),  # there is room again
        ([old("a"), old("b"), leaving(old("x"))], 8, 5),  # the new ones are about to be made
        ([new("a"), new("b"), new("c", FULL)], 3, 1),  # it is done
    ],
)
def test_what_was_allowed_stays_only_as_long_as_there_is_no_room(pods: list[Pod], asked: int, expected: int) -> None:
    assert Rooms[str]().room("demo", seen(*pods, asked=asked, allowed=5)).unavailable == expected


def test_more_is_added_only_where_new_pods_have_found_places() -> None:
    """Else somebody else takes what becomes free, and every pod would be lost to them."""
    assert finally_(old("a"), new("c", FULL), new("d", FULL), allowed=2) == 2
    assert finally_(old("a"), new("b"), new("c", FULL), new("d", FULL), asked=4, allowed=2) == 3


def test_pods_that_ask_for_more_are_believed_once_one_has_found_a_place() -> None:
    larger = asks("2", nodeName="one")
    assert finally_(old("a"), new("b") | {"spec": larger}, new("c", FULL) | {"spec": asks("2")}) == 2


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        (asks(), True),
        (asks("0"), True),
        (asks("2"), False),
        (asks(nodeSelector={"a": "b"}), False),
        (asks(tolerations=[{"operator": "Exists"}]), False),
        (asks(initContainers=[{"resources": {"requests": {"memory": "16384Mi"}}}]), True),
        (asks(initContainers=[{"resources": {"requests": {"memory": "17Gi"}}}]), False),
        (asks(initContainers=[{"resources": {"requests": {"example.com/other": "1"}}}]), False),
        ({"containers": [*asks()["containers"], {"resources": {"requests": {"cpu": "1m"}}}]}, False),
    ],
)
def test_what_has_room_where_another_was(then: dict[str, Any], expected: bool) -> None:
    assert asks_no_more(then, asks()) is expected


def waiting(*pods: Pod, asked: int) -> int:
    """How many have found no place when these have been so for long."""
    rooms = Rooms[str]()
    rooms.room("demo", seen(*pods, asked=asked))
    return rooms.room("demo", seen(*pods, asked=asked, after=LATER)).unplaced


def test_who_has_found_no_place_is_a_new_pod_that_waits_for_an_amount() -> None:
    pods = old("a"), new("b"), new("c", FULL), new("d", NOWHERE)
    assert waiting(*pods, asked=4) == 1
    assert waiting(*pods, asked=2) == 0  # more than are wanted, as with Surge
    assert waiting(*pods, leaving(new("e", FULL)), asked=4) == 1


def test_nobody_is_without_a_place_before_a_drain_is_over_and_a_while_has_passed() -> None:
    """The last pod of a rollout on a full pool waits for the place of one that ends."""
    rooms, pods = Rooms[str](), (new("a"), new("c", FULL))
    assert rooms.room("demo", seen(*pods, leaving(old("x")), asked=2)) == Room(1)
    assert rooms.room("demo", seen(*pods, leaving(old("x")), asked=2, after=LATER)) == Room(1)
    assert rooms.room("demo", seen(*pods, asked=2, after=LATER)) == Room(1, again=30.0)


def test_nothing_is_added_while_a_pod_drains() -> None:
    drains = old("a"), old("b"), leaving(old("x")), new("c", FULL)
    assert finally_(*drains, asked=4) == 1
    assert waiting(*drains, asked=4) == 0


def test_a_pod_of_a_lost_node_makes_no_room_and_has_none() -> None:
    """It stays, though its time to end was over at 12:05, until somebody removes the node or the pod."""
    pods = old("a"), old("b"), leaving(old("x")), new("c", FULL)
    rooms, over = Rooms[str](), timedelta(minutes=5) + PATIENCE
    assert rooms.room("demo", seen(*pods, after=over)) == Room(1)
    assert rooms.room("demo", seen(*pods, after=over + timedelta(seconds=1))) == Room(1, again=30.0)
    assert rooms.room("demo", seen(*pods, after=over + LATER)) == Room(2, unplaced=1)


def test_a_volume_that_old_pods_have_too_is_no_hindrance() -> None:
    """Elsewhere there may be room, but where the volume is it is an old pod that has it."""
    assert finally_(*(old(each, volumes=CLAIM) for each in "ab"), new("c", ELSEWHERE, volumes=CLAIM)) == 2


def test_with_surge_no_old_pod_makes_room() -> None:
    surging = wanted(rollout={"strategy": "Surge"})
    rooms, stuck = Rooms[str](), seen(old("a"), old("b"), new("c", FULL))
    rooms.room("demo", replace(stuck, outcome=surging))
    assert rooms.room("demo", replace(stuck, outcome=surging, now=NOW + LATER)) == Room(1, unplaced=1)


class Shared:
    """One server's rollout, looked at again and again when nothing has moved for long."""

    def __init__(self) -> None:
        self.rooms, self.allowed, self.past = Rooms[str](), 1, timedelta(0)

    def then(self, *pods: Pod, asked: int = 4) -> int:
        """What is allowed, which the Deployment says from then on."""
        for _ in range(2):
            found = seen(*pods, asked=asked, allowed=self.allowed, after=self.past)
            self.allowed = self.rooms.room("demo", found).unavailable
            self.past += LATER
        return self.allowed


def test_more_is_added_only_when_what_was_given_up_has_come_to_a_new_pod() -> None:
    """Of a pool that is shared each freed place may go to somebody else."""
    shared, waits = Shared(), (new("c", FULL), new("d", FULL))
    assert shared.then(new("n"), old("a"), old("b"), waits[0]) == 2
    assert shared.then(new("n"), old("b"), *waits) == 2  # the place of a has gone elsewhere
    assert shared.then(new("n"), old("b"), *waits, new("e", FULL), asked=5) == 4  # more are wanted
    assert shared.then(new("n"), new("c"), old("b"), new("e", FULL), new("f", FULL), asked=5) == 3
