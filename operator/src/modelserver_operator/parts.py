"""What the operator consists of: every part is made here and handed the others. Nothing begins yet."""

import socket
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from modelserver_operator import watch
from modelserver_operator.announcing import Announcer
from modelserver_operator.autoscale.api import Place
from modelserver_operator.autoscale.telling import Offer, Telling
from modelserver_operator.cluster import Cluster, Login, Manifest
from modelserver_operator.discovery import Discovery
from modelserver_operator.health import Bound, Health, within
from modelserver_operator.leader import Alone, Election, LeaseLock, Periods, identity
from modelserver_operator.metrics import Metrics, Servers, State
from modelserver_operator.nudges import Nudges
from modelserver_operator.observe import OPTIONAL
from modelserver_operator.podstats import PodStats
from modelserver_operator.reconcile import Key, Reconciler, holders
from modelserver_operator.report import Reporter
from modelserver_operator.resync import Resync
from modelserver_operator.rolls import Rolls
from modelserver_operator.rounds import Rounds
from modelserver_operator.settings import Settings
from modelserver_operator.streams import Streams
from modelserver_operator.users import Users
from modelserver_operator.workqueue import WorkQueue

STUCK_SECONDS = 900.0  # a pass makes some thirty calls, each with a deadline of its own; one that takes longer hangs
MISSED_RESYNCS = 3
GATHER_SECONDS = 0.15  # for what seldom happens alone; far less than the second within which drift is repaired
STUCK_READING_SECONDS = 60.0  # pods are asked every two seconds
STUCK_RENEWALS = 6.0  # of lease_renew_seconds: a look and the pause before it take at most two of them


@dataclass(frozen=True)
class Parts:
    """The parts that work together."""

    settings: Settings
    login: Login
    cluster: Cluster
    election: Election | Alone
    metrics: Metrics
    queue: WorkQueue[Key]
    reconciler: Reconciler
    discovery: Discovery
    resync: Resync
    streams: Streams
    users: Users
    rounds: Rounds[Key]
    telling: Telling

    @classmethod
    def assemble(
        cls,
        settings: Settings,
        login: Login,
        cluster: Cluster,
        election: Election | Alone,
        metrics: Metrics,
        *,
        podstats: PodStats,
        for_scalers: Cluster,
    ) -> "Parts":
        """Make the parts; nothing begins yet. `for_scalers` is not barred from writing by the election."""

        def wake(key: Key) -> None:  # made before the queue that it wakes
            queue.add(key)

        def wake_soon(key: Key) -> None:
            queue.add_after(key, GATHER_SECONDS)

        def look_at_all() -> None:
            resync.nudge()

        def metrics_elsewhere() -> None:
            discovery.nudge()

        def listed(servers: list[Manifest]) -> None:
            rolls.seed(holders(servers))

        users, rolls, rounds = Users(), Rolls[Key](wake), Rounds[Key](podstats, wake_soon)
        telling = Telling(for_scalers, podstats, _offer(settings), metrics_elsewhere, namespaces=settings.namespaces)
        discovery = Discovery(
            cluster,
            look_at_all,
            period=settings.discovery_seconds,
            operator_namespace=settings.pod_namespace,
            monitoring_namespaces=settings.monitoring_namespaces,
            runbook_url=settings.runbook_url,
            metrics=telling.facts,
        )
        reconciler = Reconciler(
            cluster,
            Reporter(cluster, podstats, Announcer(cluster, _now, socket.gethostname()), _now),
            rolls,
            rounds,
            Nudges[Key](cluster),
            now=_now,
            facts=discovery.facts,
            load=telling.loads.load,
            missing=discovery.doubt,
            rejected_retry_seconds=settings.rejected_retry_seconds,
        )
        queue = WorkQueue[Key](metrics.timed(reconciler), workers=settings.workers)
        resync = Resync(
            cluster,
            queue.add,
            users,
            listed,
            namespaces=settings.namespaces,
            period=settings.resync_seconds,
        )
        streams = Streams(
            expected=watch.paths(settings.namespaces),
            optional=OPTIONAL,
            relisted=resync.nudge,
            missing=discovery.doubt,
        )
        return cls(
            settings,
            login,
            cluster,
            election,
            metrics,
            queue,
            reconciler,
            discovery,
            resync,
            streams,
            users,
            rounds,
            telling,
        )

    def health(self, registry: CollectorRegistry) -> Health:
        """The probes' server."""
        late = MISSED_RESYNCS * self.settings.resync_seconds + self.settings.request_timeout_seconds
        live = within(
            Bound("no look at the Lease", self.election.age, STUCK_RENEWALS * self.settings.lease_renew_seconds),
            Bound("no resync", self.resync.age, late),
            Bound(
                "the loop that asks pods for their load has not turned", self.telling.loads.age, STUCK_READING_SECONDS
            ),
            Bound("a reconcile has been running", self.queue.longest_pass, STUCK_SECONDS),
            Bound("ModelServers have been waiting and none taken up", self.queue.standstill, STUCK_SECONDS),
        )
        return Health(
            self.settings.health_port, live=live, ready=self._unready, registry=registry, known=self.telling.loads
        )

    def state(self) -> State:
        """What each scrape asks for."""
        return State(
            queue_depth=self.queue.depth,
            queue_oldest_seconds=self.queue.oldest,
            last_resync=lambda: self.resync.listed_at,
            leader=self.election.leading,
            drift_repairs=lambda: self.reconciler.repairs.total,
            contested=lambda: self.reconciler.repairs.contested(_now()),
        )

    def servers(self) -> Servers:
        """What each scrape is told about ModelServers."""
        return Servers(lambda: self.reconciler.reporter.standings)

    def _unready(self) -> str | None:
        """A replica that stands by is ready to take over."""
        if not self.election.seen:
            return "the Lease was not yet read"
        if why := self.telling.unready():
            return why
        return "the ModelServers were not yet listed" if self.election.leading() and not self.resync.listed else None


def _offer(settings: Settings) -> Offer:
    place = Place(
        settings.metrics_api_port,
        settings.pod_namespace,
        settings.metrics_api_service,
        settings.metrics_api_certificate_seconds,
    )
    return Offer(place, settings.load_url, settings.keda_prometheus_url)


def election_for(settings: Settings, cluster: Cluster) -> Election | Alone:
    """Outside a cluster there is nothing to be elected with."""
    if not settings.pod_namespace:
        return Alone()
    lock = LeaseLock(cluster, settings.pod_namespace, settings.lease_name)
    return Election(lock, identity(socket.gethostname()), periods=lease_periods(settings))


def lease_periods(settings: Settings) -> Periods:
    """The Lease's, as the installation has chosen them."""
    return Periods(settings.lease_duration_seconds, settings.lease_renew_seconds, settings.lease_retry_seconds)


def _now() -> datetime:
    return datetime.now(UTC)
