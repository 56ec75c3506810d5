"""Why a ModelServer is not Ready: ordered chains of small checks; the first that finds something is the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from modelserver_operator.api import Reason
from modelserver_operator.resolve import Refusal, Resolved
from modelserver_operator.status import downloads, emotions, engines, podchecks, rollout, secrets, volumes
from modelserver_operator.status.finding import Finding, quote
from modelserver_operator.status.observed import Observed
from modelserver_operator.status.pods import Seen

Check = Callable[[Observed], Finding | None]
PodCheck = Callable[[Observed, Seen], Finding | None]

# A message is for reading, and each change of it is a write.
MOST_NAMES = 3
# What a pod is for moments only, as a rule.
WAITS = (Reason.CONTAINER_CREATING, Reason.NOT_READY)


def refused(seen: Observed) -> Finding | None:
    """The object is not acted on."""
    if not isinstance(seen.outcome, Refusal):
        return None
    place = f"{seen.outcome.field}: " if seen.outcome.field else ""
    return Finding(seen.outcome.reason, f"{place}{seen.outcome.message}")


def paused(seen: Observed) -> Finding | None:
    """The owner wants everything left as it is."""
    if not seen.paused:
        return None
    text = (
        "spec.paused is true: what runs is left as it is, no change of the spec or of the class is followed, and "
        "nothing is repaired. Set spec.paused to false to go on."
    )
    return Finding(Reason.PAUSED, text)


def not_applied(seen: Observed) -> Finding | None:
    """A child could not be applied."""
    failure = seen.children.failure
    return Finding(failure.reason, failure.message) if failure else None


def scaled_to_zero(seen: Observed) -> Finding | None:
    """Nobody wants a pod."""
    if seen.wanted:
        return None
    return Finding(Reason.SCALED_TO_ZERO, "spec.replicas is 0, so no pod is wanted; set it to 1 or more to serve.")


def pods_rejected(seen: Observed) -> Finding | None:
    """Pods cannot be created: a quota, Pod Security, an admission webhook, a missing service account."""
    failure = seen.deployment_condition("ReplicaFailure")
    if failure.get("status") != "True":
        return None
    return Finding(Reason.REJECTED_BY_API_SERVER, f"Pods are refused: {quote(failure.get('message', ''))}")


def pods_on_their_way(seen: Observed) -> Finding | None:
    """The gravest cause among the pods that are not ready."""
    found = (check(seen, pod) for check in POD_CHECKS for pod in seen.pods_on_their_way)
    return next((finding for finding in found if finding), None)


def progress_deadline_exceeded(seen: Observed) -> Finding | None:
    """The Deployment's controller has given up waiting, and no pod has a cause of its own but that it waits."""
    progress, pods = seen.deployment_condition("Progressing"), pods_on_their_way(seen)
    if progress.get("reason") != "ProgressDeadlineExceeded" or (pods and pods.reason not in WAITS):
        return None
    why = pods.message if pods else quote(progress.get("message", ""))
    return Finding(Reason.PROGRESS_DEADLINE_EXCEEDED, f"The rollout has made no progress for its deadline. {why}")


def shortcomings(seen: Observed) -> Finding | None:
    """Something is asked for that this cluster or this release does not give; all of it is told at once."""
    found = seen.outcome.shortcomings if isinstance(seen.outcome, Resolved) else ()
    return Finding(found[0].reason, " ".join(each.message for each in found)) if found else None


def class_rolls(seen: Observed) -> Finding | None:
    """The class has changed, and it is this server's turn to follow."""
    if not seen.rolls_for_class or not isinstance(seen.outcome, Resolved):
        return None
    text = f"Class {seen.outcome.class_name} has changed, and the pods are replaced as it now says."
    return Finding(Reason.ROLLOUT_IN_PROGRESS, text)


def waits_for_turn(seen: Observed) -> Finding | None:
    """The class has changed, and other servers of it follow first."""
    turn = seen.children.turn
    if turn is None or turn.rolling or not isinstance(seen.outcome, Resolved):
        return None
    text = (
        f"Class {seen.outcome.class_name} has changed, and its servers follow a few at a time "
        f"(maxConcurrentRollouts of the class): this one serves as it is {_until(turn.others)}."
    )
    return Finding(Reason.WAITING_FOR_TURN, text)


NOT_ACTED_ON: tuple[Check, ...] = (
    refused,  # the class, or the object itself, forbids what is asked for
    paused,  # nothing is to be changed
    not_applied,  # the API server refused a child, or somebody else has its name
    scaled_to_zero,  # nothing is to run
)

OF_PODS: tuple[Check, ...] = (
    pods_rejected,  # no pod may be made
    progress_deadline_exceeded,  # nothing has moved for the progress deadline, and no pod says why
    pods_on_their_way,  # a pod says why it is not ready
)

NOT_IN_FORCE: tuple[Check, ...] = (
    *OF_PODS,
    class_rolls,  # the class has changed
    rollout.adding_pods,  # fewer answer than asked for, and nothing is replaced
    rollout.rolling_out,  # nothing is wrong, and it is not done
)

NOT_COMPLETE: tuple[Check, ...] = (
    shortcomings,  # the pods are as wanted, and something else is missing
    emotions.not_live,  # the pods are as wanted, and do not steer as wanted
)

POD_CHECKS: tuple[PodCheck, ...] = (
    volumes.missing,  # a claim does not exist or has no volume
    podchecks.waits_for_drain,  # an old pod has the place
    volumes.elsewhere,  # an old pod has the volume
    podchecks.unschedulable,  # no node has room
    podchecks.image_pull_failed,  # no image
    podchecks.container_refused,  # no container
    downloads.failed,  # no model
    podchecks.crash_looping,  # the server ends
    secrets.missing,  # a Secret does not exist or lacks an entry
    podchecks.creating,  # the kubelet is at work
    downloads.running,  # the model is on its way
    podchecks.loading,  # the engine is at work
    engines.ailing,  # the server says why it takes no requests
    engines.serving,  # it is about to be ready
    podchecks.not_ready,  # it has started and does not answer
)


def why_not_ready(seen: Observed) -> Finding | None:
    """The first cause, or None: everything asked for is in force."""
    return (
        first(NOT_ACTED_ON, seen) or (None if seen.in_force else first(NOT_IN_FORCE, seen)) or first(NOT_COMPLETE, seen)
    )


def first(checks: Iterable[Check], seen: Observed) -> Finding | None:
    """The first check's finding that finds anything."""
    return next((finding for check in checks if (finding := check(seen))), None)


def _until(others: tuple[str, ...]) -> str:
    names = ", ".join(others[:MOST_NAMES]) + (" and others" if len(others) > MOST_NAMES else "")
    return f"until {names} run{'s' if len(others) == 1 else ''} the new one" if others else "until it has its turn"
