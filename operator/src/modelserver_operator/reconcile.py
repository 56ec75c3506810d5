"""One ModelServer, one pass: get, resolve, observe, take a turn, apply desired, prune, ask pods, status, nudge.

A pass trusts nothing that an earlier one has found out, so it may be interrupted anywhere and repeated at any time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeGuard

from modelserver_operator.api import InvalidObject, ModelServer, ModelServerClass
from modelserver_operator.children import Family
from modelserver_operator.cluster import (
    MODEL_SERVER,
    MODEL_SERVER_CLASS,
    Cluster,
    ClusterError,
    Kind,
    Manifest,
    Unavailable,
)
from modelserver_operator.desired import Owner, live_digest
from modelserver_operator.enforce import Blocked, Enforcer
from modelserver_operator.nudges import Nudges
from modelserver_operator.observe import child_kinds, observe, running_kinds
from modelserver_operator.repairs import Repairs
from modelserver_operator.report import Reporter
from modelserver_operator.resolve import (
    Facts,
    Refusal,
    Resolved,
    class_invalid,
    class_not_found,
    resolve,
    spec_invalid,
)
from modelserver_operator.rolls import Rolls, holds_turn, is_whole, needs_turn, rolls_nothing
from modelserver_operator.rounds import Rounds
from modelserver_operator.status import Load, Steering, Turn, changes_within
from modelserver_operator.wishes import has_asked, is_alike, wishes
from modelserver_operator.workqueue import Done, Retry

# Each new message of a failure is a write of status, which would wake the operator at once.
FAILING_SECONDS = 5.0

Outcome = Resolved | Refusal


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
        outcome, class_generation = await self._resolve(server)
        family = await self._observe(server, outcome)
        turn = await self._take_turn(key, outcome, family, class_generation)
        blocked = await self._enforce(key, outcome, family, turn)
        steering = await self._steering(key, outcome, family)
        current = await self.reporter.report(
            outcome,
            family,
            blocked=blocked,
            turn=turn,
            steering=steering,
            load=self.load(key),
            class_generation=class_generation,
        )
        if steering and _is_acted_on(outcome):
            await self.nudges.nudge(key, family, steering)  # which may take long, and the status is told by now
        if blocked and blocked.unanswered:
            pause = max(FAILING_SECONDS, blocked.unanswered.retry_after)
            return Retry(blocked.message, not_before=pause, cause=type(blocked.unanswered).__name__)
        return Done(again=self._again(blocked) or changes_within(current))

    def _forget(self, key: Key) -> Done:
        self.rolls.leave(key)
        self.rounds.forget(key)
        self.nudges.forget(key)
        self.reporter.forget(*key)
        if enforcer := self._enforcers.pop(key, None):
            enforcer.forget()
        return Done()

    async def _resolve(self, server: Manifest) -> tuple[Outcome, int | None]:
        """What to do, or why not, and the generation of the class that says so."""
        try:
            parsed = ModelServer.parse(server, strict=False)
        except InvalidObject as error:
            return spec_invalid(error), None
        name = parsed.spec.class_name
        manifest = await self.cluster.get(MODEL_SERVER_CLASS, None, name)
        if manifest is None:
            return class_not_found(name), None
        generation = manifest["metadata"]["generation"]
        try:
            of_class, former = ModelServerClass.parse(manifest, strict=False), _former_source(server)
            return resolve(parsed, of_class, self.facts(), former_source=former), generation
        except InvalidObject as error:
            return class_invalid(name, error), generation

    async def _observe(self, server: Manifest, outcome: Outcome) -> Family:
        facts = outcome.facts if isinstance(outcome, Resolved) else None
        kinds = child_kinds(outcome.facts) if _is_acted_on(outcome) else running_kinds(facts)
        return await observe(self.cluster, server, kinds)

    async def _take_turn(self, key: Key, outcome: Outcome, family: Family, class_generation: int | None) -> Turn | None:
        """The server's turn to roll, if its class makes it roll; it is told before the first pod goes."""
        turn = self._turn(key, outcome, family, class_generation)
        if turn is None:
            self.rolls.leave(key)
        elif turn.rolling and not holds_turn(family.server):
            steering = await self._steering(key, outcome, family)
            await self.reporter.report(
                outcome,
                family,
                blocked=None,
                turn=turn,
                steering=steering,
                load=self.load(key),
                class_generation=class_generation,
            )
        return turn

    def _turn(self, key: Key, outcome: Outcome, family: Family, class_generation: int | None) -> Turn | None:
        if not _is_acted_on(outcome) or class_generation is None:
            return None
        name, deployment = outcome.class_name, family.deployment()
        alike, asked = is_alike(deployment, outcome), has_asked(deployment, outcome)
        known = "status" in family.server  # if not, it is another of the same name that had a turn
        done = deployment is not None and alike and is_whole(deployment, outcome.least_replicas)
        under_way = known and self.rolls.rolls(key, name) and not done
        if not under_way and not needs_turn(family.server, deployment, alike=alike, asked=asked, now=self.now()):
            return None
        rolling = self.rolls.ask(key, name, outcome.placement.max_concurrent_rollouts)
        others = () if rolling else tuple(map(str, self.rolls.rolling(name)))
        return Turn(generation=class_generation, rolling=rolling, others=others)

    async def _enforce(self, key: Key, outcome: Outcome, family: Family, turn: Turn | None) -> Blocked | None:
        if not _is_acted_on(outcome):
            return None
        owner = Owner(key.name, key.namespace, family.server["metadata"]["uid"])
        held = turn is not None and not turn.rolling
        blocked = await self._enforcer(key).enforce(wishes(outcome, owner, family, held=held), family)
        made = family.deployment()
        if turn and turn.rolling and rolls_nothing(made, outcome.least_replicas, alike=is_alike(made, outcome)):
            self.rolls.leave(key)  # others need not wait; the status keeps it, or each attempt would be news
        return blocked

    async def _steering(self, key: Key, outcome: Outcome, family: Family) -> Steering | None:
        """What the pods say of how they steer, where there is anything to steer with."""
        wanted = live_digest(outcome) if isinstance(outcome, Resolved) and outcome.steering else None
        generation = family.server["metadata"]["generation"]
        return await self.rounds.look(key, wanted, family.pods(), generation=generation)

    def _enforcer(self, key: Key) -> Enforcer:
        if key not in self._enforcers:
            self._enforcers[key] = Enforcer(self.cluster, self.now, self.repairs, self.missing)
        return self._enforcers[key]

    def _again(self, blocked: Blocked | None) -> float | None:
        if blocked is None:
            return None
        return self.rejected_retry_seconds if blocked.again is None else blocked.again


def holders(servers: Iterable[Manifest]) -> list[tuple[Key, str]]:
    """The ModelServers that roll because of their class, and that class."""
    return [(key_of(server), server["spec"].get("className", "")) for server in servers if holds_turn(server)]


def _former_source(server: Manifest) -> str:
    """Who has told the scaler the load until now; empty: nobody."""
    return str(server.get("status", {}).get("autoscaling", {}).get("source", ""))


def _is_acted_on(outcome: Outcome) -> TypeGuard[Resolved]:
    """What runs is left as it is where the object is refused or paused."""
    return isinstance(outcome, Resolved) and not outcome.paused
