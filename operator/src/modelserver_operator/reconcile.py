"""One ModelServer, one pass: get, resolve, observe, make room, take a turn, apply, prune, ask pods, status, nudge.

A pass trusts nothing that an earlier one has found out, so it may be interrupted anywhere and repeated at any time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from modelserver_operator.blocked import Blocked
from modelserver_operator.cluster import MODEL_SERVER, Cluster, ClusterError, Kind, Manifest, Unavailable
from modelserver_operator.decide import decide
from modelserver_operator.desired import Owner, live_digest
from modelserver_operator.enforce import Enforcer
from modelserver_operator.nudges import Nudges
from modelserver_operator.observe import child_kinds, observe, running_kinds
from modelserver_operator.repairs import Repairs
from modelserver_operator.report import Reporter
from modelserver_operator.resolve import Facts, Resolved
from modelserver_operator.rolls import Rolls, holds_turn, rolls_nothing
from modelserver_operator.room import Room, Rooms
from modelserver_operator.rounds import Rounds
from modelserver_operator.situation import Decision, Situation, is_acted_on
from modelserver_operator.status import Load, Steering, Turn, changes_within
from modelserver_operator.turns import least, take_turn
from modelserver_operator.wishes import is_alike, wishes
from modelserver_operator.workqueue import Done, Retry

# Each new message of a failure is a write of status, which would wake the operator at once.
FAILING_SECONDS = 5.0


class Key(NamedTuple):
    """Which ModelServer."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


def key_of(server: Mapping[str, Any]) -> Key:
    """The key of a manifest."""
    return Key(server["metadata"]["namespace"], server["metadata"]["name"])


@dataclass
class Reconciler:
    """Makes the cluster as a ModelServer wants it, and says how far it is.

    facts: what is known of the cluster. load: how much a ModelServer's pods have to do; None where nobody asked for a
    scaler. missing: hears of a kind that turns out not to be served.
    """

    cluster: Cluster
    reporter: Reporter
    rolls: Rolls[Key]
    rounds: Rounds[Key]
    nudges: Nudges[Key]
    now: Callable[[], datetime]
    facts: Callable[[], Facts]
    load: Callable[[Key], Load | None]
    missing: Callable[[Kind], None]
    rejected_retry_seconds: float
    repairs: Repairs = field(default_factory=Repairs)
    rooms: Rooms[Key] = field(default_factory=Rooms)
    _enforcers: dict[Key, Enforcer] = field(default_factory=dict)

    async def __call__(self, key: Key) -> Done | Retry:
        """One pass. What the API server refuses for good becomes a condition, all else is tried again."""
        try:
            return await self._pass(key)
        except Unavailable as error:
            return Retry(str(error), not_before=error.retry_after, cause=type(error).__name__)
        except ClusterError as error:
            return Retry(str(error), cause=type(error).__name__)

    async def _pass(self, key: Key) -> Done | Retry:
        server = await self.cluster.get(MODEL_SERVER, key.namespace, key.name)
        if server is None or "deletionTimestamp" in server["metadata"]:
            return self._forget(key)  # the children go with their owner: the garbage collector sees to it
        decision = await decide(self.cluster, server, self.facts())
        found = await self._observe(key, server, decision)
        found = replace(found, room=self._make_room(key, found))
        found = replace(found, turn=await self._take_turn(key, found))
        found = await self._enforce(key, found)
        found = replace(found, steering=await self._steering(key, found))
        current = await self.reporter.report(found)
        nudged = await self._nudge(key, found)  # which may take long; the status is told by now
        again = changes_within(current), found.room.again, nudged
        return when_again(found.blocked, again, rejected=self.rejected_retry_seconds)

    def _forget(self, key: Key) -> Done:
        self.rolls.leave(key)
        self.rooms.forget(key)
        self.rounds.forget(key)
        self.nudges.forget(key)
        self.reporter.forget(*key)
        if enforcer := self._enforcers.pop(key, None):
            enforcer.forget()
        return Done()

    async def _observe(self, key: Key, server: Manifest, decision: Decision) -> Situation:
        facts = decision.outcome.facts if isinstance(decision.outcome, Resolved) else None
        kinds = child_kinds(decision.outcome.facts) if is_acted_on(decision.outcome) else running_kinds(facts)
        family = await observe(self.cluster, server, kinds)
        return Situation(decision=decision, family=family, load=self.load(key))

    async def _take_turn(self, key: Key, found: Situation) -> Turn | None:
        """The server's turn to roll, if its class makes it roll; it is told before the first pod goes."""
        turn = take_turn(self.rolls, key, found, self.now())
        if turn is None:
            self.rolls.leave(key)
        elif turn.rolling and not holds_turn(found.family.server):
            steering = await self._steering(key, found)
            await self.reporter.report(replace(found, turn=turn, steering=steering))
        return turn

    def _make_room(self, key: Key, found: Situation) -> Room:
        """How many pods may be away, and how many wait for room."""
        if not is_acted_on(found.outcome):
            self.rooms.forget(key)
            return Room()
        return self.rooms.room(key, found.seen(self.now()))

    async def _enforce(self, key: Key, found: Situation) -> Situation:
        outcome, family, turn = found.outcome, found.family, found.turn
        if not is_acted_on(outcome):
            return found
        owner = Owner(key.name, key.namespace, family.server["metadata"]["uid"])
        held = turn is not None and not turn.rolling
        enforcer = self._enforcer(key)
        wanted = wishes(outcome, owner, family, held=held, room=found.room)
        blocked = await enforcer.enforce(wanted, family)
        made = family.deployment()
        needed = least(outcome, found)
        if turn and turn.rolling and rolls_nothing(made, family.replica_sets(), needed, alike=is_alike(made, outcome)):
            self.rolls.leave(key)  # others need not wait; the status keeps it, or each attempt would be news
        return replace(found, blocked=blocked, repaired=enforcer.take_repaired())

    async def _steering(self, key: Key, found: Situation) -> Steering | None:
        """What the pods say of how they steer, where there is anything to steer with."""
        outcome = found.outcome
        wanted = live_digest(outcome) if isinstance(outcome, Resolved) and outcome.steering else None
        return await self.rounds.look(key, wanted, found.family.pods(), generation=found.generation)

    def _enforcer(self, key: Key) -> Enforcer:
        if key not in self._enforcers:
            self._enforcers[key] = Enforcer(self.cluster, self.now, self.repairs, self.missing)
        return self._enforcers[key]

    async def _nudge(self, key: Key, found: Situation) -> float | None:
        """Tell kubelets of a change of the live part; after how many seconds to tell them again."""
        if found.steering is None or not is_acted_on(found.outcome):
            return None
        return await self.nudges.nudge(key, found.family, found.steering)


def when_again(blocked: Blocked | None, again: Iterable[float | None], *, rejected: float) -> Done | Retry:
    """When to look again, of what no event will tell. again: the seconds of each who asks for it. rejected: after how
    many to try again what was refused."""
    if blocked and blocked.unanswered:
        pause = max(FAILING_SECONDS, blocked.unanswered.retry_after)
        return Retry(blocked.message, not_before=pause, cause=type(blocked.unanswered).__name__)
    waits = (*again, (blocked.again or rejected) if blocked else None)
    return Done(again=min((each for each in waits if each is not None), default=None))


def holders(servers: Iterable[Manifest]) -> list[tuple[Key, str]]:
    """The ModelServers that roll because of their class, and that class."""
    return [(key_of(server), server["spec"].get("className", "")) for server in servers if holds_turn(server)]
