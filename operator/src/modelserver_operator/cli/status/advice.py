"""What to do about each reason that a condition can have, and whether anybody has to do anything at all."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from modelserver_operator.api import Reason


class State(StrEnum):
    """How a ModelServer is, from the best to the worst."""

    WELL = "Well"  # it serves, and nothing is left to be done
    AS_ASKED = "AsAsked"  # something is left out, since its owner wants it so
    ON_ITS_WAY = "OnItsWay"  # it passes without anybody's help
    NEEDS_HELP = "NeedsHelp"  # somebody must do something

    @property
    def rank(self) -> int:
        """The worse, the higher."""
        return list(State).index(self)


class Advice(NamedTuple):
    """What a reason amounts to. todo may hold {name} and {namespace}; empty: nothing is to be done.

    told: whether the operator's message says as much already, in more detail.
    """

    state: State
    todo: str
    told: bool = False


def _well() -> Advice:
    return Advice(State.WELL, "")


def _as_asked(todo: str) -> Advice:
    return Advice(State.AS_ASKED, todo)


def _wait(todo: str = "Wait.") -> Advice:
    return Advice(State.ON_ITS_WAY, todo)


def _help(todo: str, *, told: bool = False) -> Advice:
    return Advice(State.NEEDS_HELP, todo, told)


PODS = "-n {namespace} -l app.kubernetes.io/instance={name}"  # as kubectl selects the pods

ADVICE: Mapping[str, Advice] = {
    Reason.READY: _well(),
    Reason.APPLIED: _well(),
    Reason.SERVING: _well(),
    Reason.COMPLETE: _well(),
    Reason.SCALING: _well(),
    Reason.STEERING: _well(),
    # The object cannot be acted on.
    Reason.CLASS_NOT_FOUND: _help(
        "Correct spec.className (`kubectl get msc` lists the classes), or have it made.", told=True
    ),
    Reason.CLASS_INVALID: _help("Have the platform team correct the class where the message says."),
    Reason.SPEC_INVALID: _help(
        "Correct the field that is named; `modelserver validate` checks a file beforehand.", told=True
    ),
    Reason.FORBIDDEN_BY_CLASS: _help("Leave out what the class forbids, or name another class in spec.className."),
    Reason.KUBERNETES_TOO_OLD: _help("Take the model from another source, or have the cluster upgraded."),
    Reason.PAUSED: _as_asked("Set spec.paused to false when it is to follow changes again."),
    # One thing of it cannot be had.
    Reason.KIND_NOT_SERVED: _help("Have the missing kind installed, or leave the field out.", told=True),
    Reason.NOT_SERVED: _help("Ask for what the message says is possible, or leave the field out.", told=True),
    # The API server said no.
    Reason.REJECTED_BY_API_SERVER: _help(
        "Have what the message names mended, such as a quota; it is tried again by itself."
    ),
    Reason.FOREIGN_OBJECT: _help(
        "Remove the object that has the name, or give this ModelServer another one.", told=True
    ),
    Reason.CONTESTED: _help("Let only one of the two write the field that the message names."),
    # A pod is on its way, or stuck.
    Reason.WAITING_FOR_TURN: _wait("Wait; `modelserver status -A` shows how far those are that it waits for."),
    Reason.DRAINING: _wait("Wait until the old pod has finished its requests."),
    Reason.UNSCHEDULABLE: _help("Make room for it (free nodes, or add some), or ask for less."),
    Reason.VOLUME_MISSING: _help(
        "Make the PersistentVolumeClaim that is named, or correct the field that names it.", told=True
    ),
    Reason.SECRET_MISSING: _help("Create what is named, or correct the field that names it.", told=True),
    Reason.CONTAINER_CREATING: _wait("Wait; if it takes long, `kubectl describe pod " + PODS + "` says why."),
    Reason.IMAGE_PULL_FAILED: _help(
        "Have the image, its registry or the pull secrets corrected where the message says.", told=True
    ),
    Reason.DOWNLOADING: _wait(),
    Reason.DOWNLOAD_FAILED: _help("Mend what the last words name; the download then goes on where it stopped."),
    Reason.CONTAINER_REFUSED: _help("Mend what the message names, such as a Secret that is not there."),
    Reason.CRASH_LOOPING: _help(
        "Mend what the last words name; `kubectl logs " + PODS + " --previous` has those before them."
    ),
    Reason.LOADING: _wait(),
    Reason.ENGINE_STALLED: _help("Look at `kubectl logs " + PODS + "`; the pod is restarted if it lasts."),
    Reason.ENGINE_FAILING: _help("Look at `kubectl logs " + PODS + "`, which has the engine's errors."),
    Reason.ENGINE_BROKEN: _help("Look at `kubectl logs " + PODS + "`; the pod is restarted by itself."),
    Reason.NOT_READY: _wait("Wait; if it lasts, `kubectl logs " + PODS + "` may say why."),
    Reason.PROGRESS_DEADLINE_EXCEEDED: _help("See what the newest pod lacks: `kubectl describe pod " + PODS + "`."),
    # The number of pods.
    Reason.ROLLOUT_IN_PROGRESS: _wait(),
    Reason.ADDING_PODS: _wait(),
    Reason.SCALED_TO_ZERO: _as_asked("Set spec.replicas to 1 or more when it is to serve."),
    Reason.NO_PODS: _help("See what `kubectl describe ms {name} -n {namespace}` says of the other conditions."),
    Reason.LOAD_UNKNOWN: _help("Let the operator reach port 9000 of the pods, which a NetworkPolicy may forbid."),
    Reason.METRICS_NOT_SERVED: _help(
        "Have somebody tell the scaler the load, as the message names, or remove spec.autoscaling.", told=True
    ),
    Reason.METRIC_UNREADABLE: _help("Mend what the scaler complains of."),
    Reason.SCALER_PENDING: _wait(),
    Reason.SCALER_FAILING: _help("Mend what the scaler complains of."),
    Reason.FOREIGN_SCALER: _help("Delete the other scaler, or remove spec.autoscaling.", told=True),
    Reason.REPLICAS_KEPT: _as_asked("Set spec.replicas to the number that you want."),
    # The live part.
    Reason.EMOTIONS_PENDING: _wait(),
    Reason.EMOTIONS_REFUSED: _help("Correct spec.emotions, or the folder of vectors, where the message says."),
    Reason.EMOTIONS_DIFFER: _wait("Wait ten seconds; if it lasts, give all pods the same folder of vectors."),
    Reason.EMOTIONS_UNKNOWN: _help("Let the operator reach port 9000 of the pods, and have the class's image current."),
}

# A reason of a newer operator than this command.
UNKNOWN = _help("See `kubectl describe ms {name} -n {namespace}`.")
