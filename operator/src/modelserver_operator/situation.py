"""What one pass over a ModelServer has found out, from the object down to what its pods say."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeGuard

from modelserver_operator.blocked import Blocked
from modelserver_operator.children import Family
from modelserver_operator.repairs import Repair
from modelserver_operator.resolve import Refusal, Resolved
from modelserver_operator.room import Room
from modelserver_operator.status import Children, Load, Observed, Steering, Turn

Outcome = Resolved | Refusal


@dataclass(frozen=True)
class Decision:
    """What is to be done, or why not. class_generation: of the class that says so; None: none does."""

    outcome: Outcome
    class_generation: int | None = None


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Each step of a pass adds what it has found: `family` is brought up to date in place.

    load: how much its pods have to do; None where nothing follows it. turn: to roll; None where it needs none.
    room: for pods that take others' places. blocked: the child that could not be made as wanted. repaired: what others
    had changed in them.
    steering: what the pods say of how they steer.
    """

    decision: Decision
    family: Family
    load: Load | None = None
    turn: Turn | None = None
    room: Room = field(default_factory=Room)
    blocked: Blocked | None = None
    repaired: tuple[Repair, ...] = ()
    steering: Steering | None = None

    @property
    def outcome(self) -> Outcome:
        """What is to be done, or why not."""
        return self.decision.outcome

    @property
    def generation(self) -> int:
        """The ModelServer's."""
        return int(self.family.server["metadata"]["generation"])

    def seen(self, now: datetime) -> Observed:
        """The pods and what makes them, with the questions that can be asked of them."""
        deployment, sets, pods = self.family.deployment(), self.family.replica_sets(), self.family.pods()
        return Observed(self.outcome, Children(deployment=deployment, replica_sets=sets, pods=pods), now)


def is_acted_on(outcome: Outcome) -> TypeGuard[Resolved]:
    """What runs is left as it is where the object is refused or paused."""
    return isinstance(outcome, Resolved) and not outcome.paused
