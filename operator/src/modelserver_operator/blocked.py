"""Why a child cannot be made as wanted: who or what stands in the way, in words. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from modelserver_operator.api import Reason
from modelserver_operator.children import Family, Whose, whose
from modelserver_operator.cluster import Manifest, Rejected, Unavailable
from modelserver_operator.fields import spelled
from modelserver_operator.repairs import REPAIRS, WITHIN, Contest
from modelserver_operator.wish import Wish

PASSING_SECONDS = 1.0  # what goes away by itself, such as a former server's children, takes about as long


@dataclass(frozen=True)
class Blocked:
    """Why a child could not be made as wanted.

    `again`: after so many seconds it may be different; None: when somebody has done something about it. `unanswered`:
    the API server has failed, and may not the next time.
    """

    reason: Reason
    message: str
    again: float | None = None
    unanswered: Unavailable | None = None


def failed(message: str, error: Rejected | Unavailable) -> Blocked:
    """Somebody must know of a failing admission webhook, which is a 5xx for ever. Raises what is no such answer."""
    if isinstance(error, Rejected):
        return Blocked(Reason.REJECTED_BY_API_SERVER, message)
    if error.status < 500:
        raise error
    return Blocked(Reason.REJECTED_BY_API_SERVER, message, unanswered=error)


def unread(family: Family) -> Blocked | None:
    """What we may not read is unknown, as is whether pods need it: nothing is changed."""
    kinds = [f"Objects of kind {kind} could not be read: {why}" for kind, why in family.unread.items()]
    return Blocked(Reason.REJECTED_BY_API_SERVER, " ".join(kinds)) if kinds else None


def unmade(failures: Mapping[str, Blocked]) -> Blocked | None:
    """What pods need and do not find: they are left alone then. A contested object is there, if not as it should be."""
    return next((each for each in failures.values() if each.reason != Reason.CONTESTED), None)


def not_ours(wishes: Iterable[Wish], family: Family) -> Blocked | None:
    """Something stands in the way: a former ModelServer's child, or somebody else's object under a child's name."""
    if former := family.former():
        message = f"{title(former)} of the deleted ModelServer of this name is being garbage-collected"
        return Blocked(Reason.DRAINING, message, again=PASSING_SECONDS)
    for wish in wishes:
        live = family.find(wish.manifest)
        if live is not None and whose(live, family.server) is Whose.FOREIGN:
            message = f"{title(live)} exists and was not made for this ModelServer; rename or delete one of the two"
            return Blocked(Reason.FOREIGN_OBJECT, message)
    return None


def contested(wish: Wish, contest: Contest, now: datetime) -> Blocked:
    """Somebody changes it again and again."""
    name, minutes = title(wish.manifest), int(WITHIN.total_seconds()) // 60
    again = (contest.until - now).total_seconds()
    what = f"field {spelled(contest.path)} of {name} was changed" if contest.path else f"{name} was deleted"
    message = (
        f"{what[0].upper()}{what[1:]} {REPAIRS} times within {minutes} minutes by {contest.manager or 'somebody else'} "
        f"and put back as often; it is left alone until {contest.until:%H:%M:%S} UTC. Find out who changes it."
    )
    return Blocked(Reason.CONTESTED, message, again=max(again, PASSING_SECONDS))


def title(manifest: Manifest) -> str:
    """Kind and name of an object."""
    return f"{manifest['kind']} {manifest['metadata']['name']}"
