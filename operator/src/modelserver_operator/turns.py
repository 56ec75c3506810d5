"""Whether a ModelServer may roll now, by what one pass has found out."""

from collections.abc import Hashable
from datetime import datetime
from typing import TypeVar

from modelserver_operator.resolve import Resolved
from modelserver_operator.rolls import Rolls, is_whole, needs_turn
from modelserver_operator.situation import Situation, is_acted_on
from modelserver_operator.status import Turn
from modelserver_operator.wishes import has_asked, is_alike

K = TypeVar("K", bound=Hashable)


def take_turn(rolls: Rolls[K], key: K, found: Situation, now: datetime) -> Turn | None:
    """Its place in the line of its class; None: it needs none, or needs it no longer."""
    outcome, family, generation = found.outcome, found.family, found.decision.class_generation
    if not is_acted_on(outcome) or generation is None:
        return None
    name, deployment = outcome.class_name, family.deployment()
    alike, asked = is_alike(deployment, outcome), has_asked(deployment, outcome)
    known = "status" in family.server  # if not, it is another of the same name that had a turn
    done = deployment is not None and alike and is_whole(deployment, family.replica_sets(), least(outcome, found))
    under_way = known and rolls.rolls(key, name) and not done
    if not under_way and not needs_turn(family.server, deployment, alike=alike, asked=asked, now=now):
        return None
    rolling = rolls.ask(key, name, outcome.placement.max_concurrent_rollouts)
    others = () if rolling else tuple(map(str, rolls.rolling(name)))
    return Turn(generation=generation, rolling=rolling, others=others)


def least(outcome: Resolved, found: Situation) -> int:
    """How many serving pods make it whole: nobody waits for those that have found no room for a while.
    One must serve, or it may be the change that leaves room for none."""
    asked = outcome.least_replicas
    return max(min(asked, 1), asked - found.room.unplaced)
