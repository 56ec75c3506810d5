"""The API server of custom.metrics.k8s.io: its parts put together, and kept going whatever it lacks."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from modelserver_operator.autoscale import front_proxy
from modelserver_operator.autoscale.access import Access
from modelserver_operator.autoscale.answering import Answering
from modelserver_operator.autoscale.certificates import Authority
from modelserver_operator.autoscale.failures import Failures
from modelserver_operator.autoscale.front_proxy import Trust, UntrustworthyError
from modelserver_operator.autoscale.known import Known
from modelserver_operator.autoscale.registration import Registered, Registration
from modelserver_operator.autoscale.serving import Handshakes, Serving
from modelserver_operator.cluster import Cluster, ClusterError, Conflict, Rejected
from modelserver_operator.resolve.facts import MetricsApi as Api

REGISTERED_SECONDS = 5.0  # between two looks at the APIServices: for so long a bundle that was overwritten is missing
TRUST_TURNS = 6  # of those, from one look at the ConfigMap that says whom to trust to the next: 30 s
RETRY_SECONDS = 2.0  # while it is not known whom to trust, and so nobody can be served
# For so long nobody has served it, or the API server has refused to say who does, before that counts: a ModelServer
# that then takes another source of its load stays with that one. An uninstall and an APIService that is made anew last
# seconds, and so do the first refusals of an API server that has just begun.
SURE_SECONDS = 60.0

log = logging.getLogger(__name__)


def _today() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Place:
    """Where it is served: a port of this process, and the Service by whose name the API server reaches it."""

    port: int
    namespace: str
    service: str
    certificate_seconds: float

    @property
    def dns_name(self) -> str:
        """The name that the API server asks the certificate for."""
        return f"{self.service}.{self.namespace}.svc"


class Lasting:
    """Something that is believed once it has been so at every look for SURE_SECONDS."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._since: float | None = None

    def saw(self, *, so: bool) -> None:
        """What one look more has found; one that has found nothing has not seen it."""
        if not so:
            self._since = None
        elif self._since is None:
            self._since = self._now()

    @property
    def is_sure(self) -> bool:
        """Whether it is to be believed; asked after a look."""
        return self._since is not None and self._now() - self._since >= SURE_SECONDS


class MetricsApi:
    """Serves the load of ModelServers to HorizontalPodAutoscalers. It runs in every replica, whoever leads: `cluster`
    must not be barred from writing by the election. `changed` is called when `registered` is another than before.
    """

    def __init__(
        self,
        cluster: Cluster,
        known: Known,
        place: Place,
        *,
        changed: Callable[[], None] = lambda: None,
        today: Callable[[], datetime] = _today,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cluster = cluster
        self._known = known
        self._place = place
        self._changed = changed
        self._today = today
        self._authority = Authority(place.dns_name, today())
        self._registration = Registration(cluster, place.namespace, place.service)
        self._failures = Failures()
        self.registered = Registered()
        """Who serves the API, as its APIServices say; that nobody does is believed after SURE_SECONDS."""
        self.looked = asyncio.Event()
        """Set once the API server has said it, or has refused to for SURE_SECONDS: until then `registered` says
        nothing."""
        self._refused, self._absent = Lasting(now), Lasting(now)
        self._trusted = self._elsewhere = False

    @property
    def is_awaited(self) -> bool:
        """Whether the API server leads here, for all that is known, and this replica did not serve yet or was not yet
        trusted. Once it was, that is not taken back: to lead nobody to it any more would mend nothing."""
        return not self._trusted and not self._elsewhere

    async def run(self) -> None:
        """Serve until cancelled. Raises PortTakenError; everything else is logged and tried again."""
        self._current = await self._first_trust()
        answering = Answering(self._known, Access(self._cluster), self._failures, lambda: self._current, self._today)
        handshakes = Handshakes(
            self._authority, self._current.authority, seconds=self._place.certificate_seconds, today=self._today
        )
        serving = Serving(answering.answer, handshakes, self._place.port)
        await serving.start()
        log.info("custom.metrics.k8s.io is served on port %d", self._place.port)
        try:
            await self._keep(serving)
        finally:
            await serving.stop()

    async def _first_trust(self) -> Trust:
        """Whom to trust, as soon as that is known; who serves the API is known without that."""
        while True:
            await self._see(self._registration.look())
            trust = await self._trust()
            if trust is not None:
                return trust
            await asyncio.sleep(RETRY_SECONDS)

    async def _keep(self, serving: Serving) -> None:
        """See to it that the API server trusts this replica, and this replica the API server, for ever.

        The first time comes when the port is open: the API server looks at once at an APIService that has changed,
        and, where that fails, again only after up to half a minute.
        """
        for turn in count(1):
            is_trusted = await self._see(self._registration.trust(self._authority.certificate))
            self._trusted = self._trusted or is_trusted
            await asyncio.sleep(REGISTERED_SECONDS)
            if turn % TRUST_TURNS == 0:
                self._current = await self._trust() or self._current
                serving.trust(self._current.authority)

    async def _trust(self) -> Trust | None:
        """Whom to trust now; None where that cannot be learnt."""
        what = f"learn from ConfigMap {front_proxy.NAMESPACE}/{front_proxy.NAME} whom to trust"
        try:
            found = await front_proxy.read(self._cluster)
        except (ClusterError, UntrustworthyError) as error:
            self._failures.failed(what, error)
            return None
        self._failures.done(what)
        return found

    async def _see(self, looking: Awaitable[Registered]) -> bool:
        """Take what a look at the APIServices finds; whether it was done."""
        what = "register this replica's certificate for custom.metrics.k8s.io"
        try:
            found = await looking
        except Conflict:
            self._saw()
            log.info("an APIService has changed meanwhile, and is looked at again")
            return False
        except ClusterError as error:
            self._saw(refused=isinstance(error, Rejected))
            self._failures.failed(what, error)
            if self._refused.is_sure:
                self.looked.set()
            return False
        self._saw(absent=found.api is Api.ABSENT)
        self._take(found)
        self._failures.done(what)
        self.looked.set()
        return True

    def _saw(self, *, absent: bool = False, refused: bool = False) -> None:
        """Each look tells of both: while the API server was away, nobody knows that an APIService was."""
        self._absent.saw(so=absent)
        self._refused.saw(so=refused)

    def _take(self, found: Registered) -> None:
        registered = found if found.api is not Api.ABSENT or self._absent.is_sure else self._believed()
        self._elsewhere = registered.api is not Api.OURS
        if registered == self.registered:
            return
        holder = f" ({registered.holder})" if registered.holder else ""
        log.info("who serves custom.metrics.k8s.io: %s%s", registered.api.lower(), holder)
        self.registered = registered
        self._changed()

    def _believed(self) -> Registered:
        """Who serves it as long as it is not sure that nobody does: whoever did, and at first this operator, which was
        told to."""
        return self.registered if self.looked.is_set() else Registered(Api.OURS)
