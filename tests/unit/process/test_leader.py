"""Leader election under a virtual clock: what several replicas do to one Lease, and when each may write."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.clock import VirtualClock

from modelserver_operator.cluster import Conflict, Manifest, Unavailable
from modelserver_operator.leader import Election, LeaseLostError, Periods, identity

START = 1000.0
LATEST = 15 + 2 * 2  # the whole duration from when the last renewal was seen, at the next look but one
TODAY = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Kept:
    """A Lease as the API server keeps one: who has not read the newest version cannot write."""

    lease: Manifest | None = None
    away: bool = False
    writes: int = 0
    _versions: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def read(self) -> Manifest | None:
        self._answer()
        return self.lease

    async def write(self, spec: dict[str, Any], read: Manifest | None) -> Manifest:
        self._answer()
        if version(read) != version(self.lease):
            raise Conflict("it has changed")
        self.lease = {"metadata": {"resourceVersion": next(self._versions)}, "spec": spec}
        self.writes += 1
        return self.lease

    def put(self, **spec: Any) -> None:
        """Somebody else writes."""
        old = self.lease["spec"] if self.lease else {}
        self.lease = {"metadata": {"resourceVersion": next(self._versions)}, "spec": old | spec}

    def spec(self) -> dict[str, Any]:
        assert self.lease is not None
        spec: dict[str, Any] = self.lease["spec"]
        return spec

    def _answer(self) -> None:
        if self.away:
            raise Unavailable("away")


def version(lease: Manifest | None) -> int:
    return int(lease["metadata"]["resourceVersion"]) if lease else 0


@dataclass
class Replica:
    """One process: it stands by, leads, and ends when the Lease is lost. `skew`: how wrong its wall clock is."""

    election: Election
    task: "asyncio.Task[None]"

    def leads(self) -> bool:
        return self.election.leading()

    def kill(self) -> None:
        self.task.cancel()


@dataclass
class Scene:
    clock: VirtualClock
    kept: Kept
    replicas: list[Replica] = field(default_factory=list)
    periods: Periods = field(default_factory=Periods)

    async def replica(self, name: str, skew: timedelta = timedelta()) -> Replica:
        def today() -> datetime:
            return TODAY + timedelta(seconds=self.clock.now - START) + skew

        election = Election(self.kept, name, self.clock.time(), today, chance=lambda: 0.0, periods=self.periods)

        async def live() -> None:
            await election.acquire()
            await election.hold()

        self.replicas.append(Replica(election, asyncio.create_task(live())))
        await self.clock.settle()
        return self.replicas[-1]

    async def until(self, reached: Callable[[], bool], seconds: float) -> float:
        """Turn the clock until it is so; after how many seconds it was, at the latest `seconds`."""
        begun = self.clock.now
        while not reached() and self.clock.now - begun < seconds:
            await self.clock.advance(0.25)
        return self.clock.now - begun


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene(VirtualClock(), Kept())
    yield scene
    for replica in scene.replicas:
        replica.kill()
    await asyncio.gather(*(replica.task for replica in scene.replicas), return_exceptions=True)


async def test_the_first_makes_the_lease_as_client_go_does(scene: Scene) -> None:
    one = await scene.replica("one")
    assert one.leads()
    assert scene.kept.spec() == {
        "holderIdentity": "one",
        "leaseDurationSeconds": 15,
        "acquireTime": "2026-11-21T12:00:00.000000Z",
        "renewTime": "2026-11-21T12:00:00.000000Z",
        "leaseTransitions": 0,
    }


async def test_it_is_renewed_every_two_seconds_and_stays_acquired_when_it_was(scene: Scene) -> None:
    one = await scene.replica("one")
    await scene.clock.advance(60)
    assert one.leads()
    assert scene.kept.writes == 31
    assert scene.kept.spec()["acquireTime"] == "2026-11-21T12:00:00.000000Z"
    assert scene.kept.spec()["renewTime"] == "2026-11-21T12:01:00.000000Z"
    assert scene.kept.spec()["leaseTransitions"] == 0


async def test_a_second_one_stands_by_and_writes_nothing(scene: Scene) -> None:
    await scene.replica("one")
    two = await scene.replica("two")
    await scene.clock.advance(120)
    assert not two.leads()
    assert two.election.seen
    assert scene.kept.spec()["holderIdentity"] == "one"
    assert scene.kept.writes == 61


async def test_after_a_crash_another_takes_over_within_the_duration_and_a_retry(scene: Scene) -> None:
    one, two = await scene.replica("one"), await scene.replica("two")
    await scene.clock.advance(7)
    one.kill()
    assert 11 <= await scene.until(two.leads, 60) <= LATEST
    assert scene.kept.spec()["leaseTransitions"] == 1
    assert scene.kept.spec()["acquireTime"] == scene.kept.spec()["renewTime"]


async def test_what_is_given_back_is_taken_at_once(scene: Scene) -> None:
    one, two = await scene.replica("one"), await scene.replica("two")
    one.kill()
    await one.election.release()
    assert not one.leads()
    assert scene.kept.spec() | {"acquireTime": "", "renewTime": ""} == {
        "holderIdentity": "",
        "leaseDurationSeconds": 1,
        "acquireTime": "",
        "renewTime": "",
        "leaseTransitions": 0,
    }
    assert await scene.until(two.leads, 60) <= 2.25
    assert scene.kept.spec()["leaseTransitions"] == 1
    assert scene.kept.spec()["leaseDurationSeconds"] == 15


@pytest.mark.parametrize("hours", [-3, 3])
async def test_no_wall_clock_is_believed(scene: Scene, hours: int) -> None:
    """Neither is a Lease taken from a living holder whose clock is slow, nor left to a dead one whose clock is fast."""
    one, two = await scene.replica("one", skew=timedelta(hours=hours)), await scene.replica("two")
    await scene.clock.advance(60)
    assert one.leads()
    assert not two.leads()
    one.kill()
    assert 11 <= await scene.until(two.leads, 60) <= LATEST


async def test_a_dead_holders_duration_counts_from_when_it_was_seen(scene: Scene) -> None:
    """The holder may have renewed it in the moment before; what is written in it does not say when that was here."""
    long_ago = "2020-01-01T00:00:00.000000Z"
    scene.kept.put(holderIdentity="gone", leaseDurationSeconds=40, renewTime=long_ago, leaseTransitions=6)
    one = await scene.replica("one")
    assert 38 <= await scene.until(one.leads, 120) <= 42.5
    assert scene.kept.spec()["leaseTransitions"] == 7


async def test_it_stops_writing_before_anybody_may_begin(scene: Scene) -> None:
    """Cut off from the API server, the holder knows by its own clock; never do two lead."""
    one = await scene.replica("one")
    await scene.clock.advance(20)
    scene.kept.away = True
    assert await scene.until(lambda: not one.leads(), 60) <= 10.25
    assert not one.task.done() or isinstance(one.task.exception(), LeaseLostError)
    scene.kept.away = False
    two = await scene.replica("two")
    both = await scene.until(lambda: one.leads() and two.leads(), 60)
    assert both == 60
    assert isinstance(one.task.exception(), LeaseLostError)


async def test_a_short_absence_of_the_api_server_costs_nothing(scene: Scene) -> None:
    one = await scene.replica("one")
    scene.kept.away = True
    await scene.clock.advance(7)
    scene.kept.away = False
    await scene.clock.advance(60)
    assert one.leads()


async def test_a_lease_taken_away_ends_the_holder(scene: Scene) -> None:
    one = await scene.replica("one")
    scene.kept.put(holderIdentity="thief", leaseDurationSeconds=15)
    assert await scene.until(one.task.done, 60) <= 2.25
    with pytest.raises(LeaseLostError, match="thief"):
        one.task.result()
    assert not one.leads()
    assert scene.kept.spec()["holderIdentity"] == "thief"


async def test_what_it_does_not_know_of_stays_in_the_lease(scene: Scene) -> None:
    scene.kept.put(preferredHolder="two", strategy="OldestEmulationVersion")
    one = await scene.replica("one")
    await scene.clock.advance(10)
    assert one.leads()
    assert scene.kept.spec()["strategy"] == "OldestEmulationVersion"


async def test_of_many_one_leads(scene: Scene) -> None:
    replicas = [await scene.replica(f"replica-{number}") for number in range(5)]
    for _ in range(4):
        await scene.until(lambda: any(replica.leads() for replica in replicas), 60)
        leaders = [replica for replica in replicas if replica.leads()]
        assert len(leaders) == 1
        leaders[0].kill()
        await scene.clock.advance(10)
    assert scene.kept.spec()["leaseTransitions"] == 3


async def test_a_lease_that_was_deleted_is_made_again(scene: Scene) -> None:
    one = await scene.replica("one")
    scene.kept.lease = None
    await scene.clock.advance(3)
    assert one.leads()
    assert scene.kept.spec()["holderIdentity"] == "one"


async def test_its_age_grows_when_it_hangs(scene: Scene) -> None:
    one = await scene.replica("one")
    await scene.clock.advance(30)
    assert one.election.age() <= 2
    one.kill()
    await scene.clock.advance(30)
    assert one.election.age() >= 30


def test_no_two_processes_have_the_same_name() -> None:
    assert identity("host") != identity("host")
    assert identity("host").startswith("host_")


async def test_other_periods(scene: Scene) -> None:
    """As an installation may choose them: each of the three is used, for what it is."""
    scene.periods = Periods(duration=60, renew=40, retry=5)
    one, two = await scene.replica("one"), await scene.replica("two")
    assert scene.kept.spec()["leaseDurationSeconds"] == 60
    await scene.clock.advance(60)
    assert scene.kept.writes == 1 + 60 // 5
    scene.kept.away = True
    assert 35 <= await scene.until(lambda: not one.leads(), 100) <= 40.25
    scene.kept.away = False
    one.kill()
    # The last renewal may be one that the other had not seen yet: it waits from its own next look on.
    assert 60 - 40 <= await scene.until(two.leads, 100) <= 60 + 2 * 6
    assert Periods(renew=40).call == 20
