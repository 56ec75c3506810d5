"""Which replica works: the one that holds a Lease, taken, renewed and given back as client-go does it.

Whoever holds the Lease renews it. Another replica takes it when it has seen it unchanged for its whole duration by its
own monotonic clock: the times written into it are for people, and no two clocks need agree. The holder counts from
before it sent its last renewal and stops writing long before anybody else may begin.
"""

import asyncio
import logging
import math
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from modelserver_operator.cluster import LEASE, Cluster, ClusterError, Manifest
from modelserver_operator.workqueue import Time

log = logging.getLogger(__name__)


class LeaseLostError(Exception):
    """The Lease is another's, or could not be renewed in time."""


@dataclass(frozen=True)
class Periods:
    """Of the Lease, in seconds, with client-go's defaults; there they are called lease duration, renew deadline and
    retry period.

    duration: how long it must be seen unchanged by who takes it from another. renew: how long its holder may write
    after a renewal. retry: from one look to the next.
    """

    duration: int = 15
    renew: float = 10.0
    retry: float = 2.0

    @property
    def call(self) -> float:
        """How long a call may take: one that hangs does not cost the Lease. As controller-runtime does."""
        return self.renew / 2


class Lock(Protocol):
    """Where the Lease is kept. Both raise ClusterError."""

    async def read(self) -> Manifest | None:
        """The Lease, or None where there is none."""

    async def write(self, spec: dict[str, Any], read: Manifest | None) -> Manifest:
        """Replace what was read, or create it; Conflict when it has changed since."""


@dataclass(frozen=True)
class LeaseLock:
    """A Lease in a cluster. `cluster` must not be barred from writing by the election, and its calls must be short."""

    cluster: Cluster
    namespace: str
    name: str

    async def read(self) -> Manifest | None:
        """The Lease, or None where there is none."""
        return await self.cluster.get(LEASE, self.namespace, self.name)

    async def write(self, spec: dict[str, Any], read: Manifest | None) -> Manifest:
        """Replace what was read, or create it; Conflict when it has changed since."""
        if read is not None:
            return await self.cluster.replace(read | {"spec": spec})
        metadata = {"namespace": self.namespace, "name": self.name}
        return await self.cluster.create(
            {"apiVersion": LEASE.api_version, "kind": LEASE.name, "metadata": metadata, "spec": spec}
        )


@dataclass
class Election:
    """One replica's part in the election. `identity` is no other process's; `today` is the clock on the wall."""

    lock: Lock
    identity: str
    time: Time = field(default_factory=Time)
    today: Callable[[], datetime] = lambda: datetime.now(UTC)
    chance: Callable[[], float] = random.random
    periods: Periods = Periods()

    def __post_init__(self) -> None:
        self._lease: Manifest | None = None
        self._since = -math.inf  # when it was first seen as it is
        self._until = -math.inf  # until when we may write
        self._turned = self.time.now()
        self.seen = False
        """Whether the API server was ever asked for the Lease and has answered."""

    def leading(self) -> bool:
        """Whether this replica may write, now."""
        return self.time.now() < self._until

    def age(self) -> float:
        """Seconds since it last began to look at the Lease."""
        return self.time.now() - self._turned

    async def acquire(self) -> None:
        """Return when the Lease is ours, however long that takes."""
        while not await self._try():
            await self.time.sleep(self.periods.retry * (1 + self.chance() / 5))  # replicas need not ask in step
        log.info("this replica leads, as %s", self.identity)

    async def hold(self) -> None:
        """Renew the Lease until cancelled. Raises LeaseLostError."""
        while self.leading():
            await self.time.sleep(self.periods.retry)
            await self._try()
        raise LeaseLostError(f"this replica leads no longer; {self._holder() or 'nobody'} holds the Lease")

    async def release(self) -> None:
        """Write no more, and give the Lease back so that another replica need not wait; best effort."""
        leading, self._until = self.leading(), -math.inf
        if not leading:
            return
        try:
            self._see(await self.lock.read())
            if self._holder() == self.identity:
                await self.lock.write(self._released(), self._lease)
        except ClusterError as error:
            log.warning("cannot give the Lease back: %s", error)

    async def _try(self) -> bool:
        """Take or renew it; whether it is ours now."""
        self._turned = self.time.now()
        try:
            self._see(await self.lock.read())
            if self._is_anothers():
                self._until = -math.inf
                return False
            sent = self.time.now()
            self._see(await self.lock.write(self._claim(), self._lease))
        except ClusterError as error:
            log.warning("cannot %s the Lease: %s", "renew" if self.leading() else "take", error)
            return False
        self._until = sent + self.periods.renew
        return True

    def _see(self, lease: Manifest | None) -> None:
        before, holder = self._spec(), self._holder()
        self._lease, self.seen = lease, True
        if self._spec() != before:
            self._since = self.time.now()
        if self._holder() not in (holder, "", self.identity):
            log.info("%s leads", self._holder())

    def _is_anothers(self) -> bool:
        """Whether somebody else holds it, and its duration has not passed since it was first seen as it is."""
        if self._holder() in ("", self.identity):
            return False
        duration = self._spec().get("leaseDurationSeconds") or self.periods.duration
        return self.time.now() < self._since + duration

    def _claim(self) -> dict[str, Any]:
        spec, now = self._spec(), self._now()
        renewed = {"holderIdentity": self.identity, "leaseDurationSeconds": self.periods.duration, "renewTime": now}
        if self._holder() == self.identity:
            return spec | renewed
        transitions = spec.get("leaseTransitions", 0) + 1 if self._lease else 0
        return spec | renewed | {"acquireTime": now, "leaseTransitions": transitions}

    def _released(self) -> dict[str, Any]:
        """As client-go leaves it: held by nobody, and short."""
        now = self._now()
        return self._spec() | {"holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": now, "acquireTime": now}

    def _spec(self) -> dict[str, Any]:
        return (self._lease or {}).get("spec") or {}

    def _holder(self) -> str:
        return self._spec().get("holderIdentity") or ""

    def _now(self) -> str:
        """Kubernetes' MicroTime: RFC 3339, UTC, six digits after the point."""
        return self.today().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Alone:
    """No election: outside a cluster there is nowhere to keep the Lease, and whoever starts two must know why."""

    seen = True

    def leading(self) -> bool:
        """Always."""
        return True

    def age(self) -> float:
        """Nothing can be late."""
        return 0.0

    async def acquire(self) -> None:
        """At once."""

    async def hold(self) -> None:
        """Until cancelled."""
        await asyncio.Event().wait()

    async def release(self) -> None:
        """Nothing to give back."""


def identity(host: str) -> str:
    """A name for this process that no other has had, as client-go makes them: the host's and something random."""
    return f"{host}_{secrets.token_hex(8)}"
