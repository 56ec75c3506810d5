"""What is seen of a ModelServer's children in one pass, with the questions that the checks ask of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from modelserver_operator.resolve import Refusal, Resolved, identity
from modelserver_operator.status.answers import Document, Steering
from modelserver_operator.status.counts import Counts, counts, revision
from modelserver_operator.status.load import Load
from modelserver_operator.status.pods import Seen, answering, condition, is_leaving, is_over, is_ready
from modelserver_operator.status.scalers import Scalers


@dataclass(frozen=True)
class Failure:
    """An apply that the API server or we ourselves refused: a Reason's word, and what to say."""

    reason: str
    message: str


@dataclass(frozen=True)
class Turn:
    """A server's place among those that its changed class rolls, a few at a time.

    generation: the class's, to which the server rolls. rolling: whether it is this server's turn, from before its
    Deployment is changed until all its pods are new and serve; if not, its Deployment is left as it is. others:
    "namespace/name" of the servers that roll now, for the waiting one's message.
    """

    generation: int
    rolling: bool
    others: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Children:
    """The children as read after this pass's applies; `failure` is the apply that did not succeed.

    pods_unread: the API server does not let us read pods, so none are here, which says nothing of how many there are.
    turn: None where the class's change needs none, and when the turn is over.
    complaints: what the kubelet says of pods that it cannot start, by the pod's uid.
    heard: what pods say that are not ready though something runs in them, by uid; nothing of the silent ones.
    steering: what the ready pods say of how they steer; None without vectors.
    scalers: who sets the number of pods. load: how much they have to do; None where nothing follows it.
    """

    deployment: Seen | None = None
    replica_sets: Sequence[Seen] = ()
    pods: Sequence[Seen] = ()
    pods_unread: bool = False
    failure: Failure | None = None
    turn: Turn | None = None
    complaints: Mapping[str, str] = field(default_factory=dict)
    heard: Mapping[str, Document] = field(default_factory=dict)
    steering: Steering | None = None
    scalers: Scalers = field(default_factory=Scalers)
    load: Load | None = None


@dataclass(frozen=True)
class Observed:
    """Everything that a check may look at."""

    outcome: Resolved | Refusal
    children: Children
    now: datetime
    previous: Seen = field(default_factory=dict)  # the status as stored
    generation: int = 0  # of the ModelServer

    @cached_property
    def deployed(self) -> Seen:
        """The Deployment's status; empty while there is none."""
        found: Seen = (self.children.deployment or {}).get("status", {})
        return found

    @cached_property
    def counts(self) -> Counts:
        """How many pods there are, and of which template."""
        return counts(self.children.deployment, self.children.replica_sets)

    @cached_property
    def wanted(self) -> int:
        """The number of pods that Ready needs: what a scaler adds may be on its way for minutes."""
        if not isinstance(self.outcome, Resolved):
            return 0
        least, live = self.outcome.least_replicas, self.replicas
        if self.outcome.autoscaling or ignored_replicas(self.children.deployment) is None:
            return least
        return min(live, max(least, 1)) if self.children.scalers.on_pods else live

    @property
    def replicas(self) -> int:
        """The number of pods that the Deployment is told to have."""
        return int((self.children.deployment or {}).get("spec", {}).get("replicas", 1))

    @property
    def is_respecified(self) -> bool:
        """Whether the stored status is about another generation."""
        return self.previous.get("observedGeneration") != self.generation

    @property
    def paused(self) -> bool:
        """Whether nothing is to be changed."""
        return isinstance(self.outcome, Resolved) and self.outcome.paused

    @property
    def rolls_for_class(self) -> bool:
        """Whether it is this server's turn to follow its class."""
        return self.children.turn is not None and self.children.turn.rolling

    @property
    def waits_for_turn(self) -> bool:
        """Whether the Deployment is as the class's former generation wants it, until others have followed."""
        return self.children.turn is not None and not self.children.turn.rolling

    @cached_property
    def in_force(self) -> bool:
        """Whether this generation runs on as many pods as asked for, and no pod runs an older one.

        Pods beyond the wanted number may still be on their way.
        """
        deployment = self.children.deployment
        if deployment is None or self.rolls_for_class:
            return False
        enough = int(deployment["spec"].get("replicas", 1)) >= self.wanted
        return self.counts.only_new and enough and self.serving >= self.wanted

    @property
    def serving(self) -> int:
        """How many pods answer: what is counted as available, and is there. Whoever has just deleted a pod counts it
        once more. Where pods may not be read its word is all there is."""
        if self.children.pods_unread:
            return self.counts.available
        return min(self.counts.available, len(self.ready_pods))

    @cached_property
    def current_pods(self) -> list[Seen]:
        """The newest ReplicaSet's pods that nobody has deleted or given up."""
        return [pod for pod in self.children.pods if self.is_current(pod) and not is_over(pod)]

    @property
    def pods_on_their_way(self) -> list[Seen]:
        """Those of the newest ReplicaSet that are not ready."""
        return [pod for pod in self.current_pods if not is_ready(pod)]

    @cached_property
    def ready_pods(self) -> list[Seen]:
        """The pods that answer, of whatever generation."""
        return answering(self.children.pods)

    @cached_property
    def draining_pods(self) -> list[Seen]:
        """The pods that are about to end."""
        return [pod for pod in self.children.pods if is_leaving(pod, self.now)]

    @cached_property
    def older_pods(self) -> list[Seen]:
        """The pods of older ReplicaSets that nobody has deleted or given up."""
        return [pod for pod in self.children.pods if not self.is_current(pod) and not is_over(pod)]

    def complaint(self, pod: Seen) -> str:
        """What the kubelet says of the pod's volumes; empty when it does not complain."""
        return self.children.complaints.get(pod["metadata"].get("uid", ""), "")

    def said(self, pod: Seen) -> Document:
        """What the pod says of itself; empty when it was not asked, or says nothing."""
        return self.children.heard.get(pod["metadata"].get("uid", ""), {})

    def deployment_condition(self, kind: str) -> Seen:
        """A condition of the Deployment; empty when it has none of that kind."""
        return condition(self.deployed, kind)

    def is_current(self, pod: Seen) -> bool:
        """Before the Deployment's controller has made a ReplicaSet for the newest template, every pod counts."""
        newest = self._newest_replica_set
        return newest is None or newest in {owner["uid"] for owner in pod["metadata"].get("ownerReferences", ())}

    @cached_property
    def _newest_replica_set(self) -> str | None:
        newest = revision(self.children.deployment or {})
        return next(
            (each["metadata"]["uid"] for each in self.children.replica_sets if newest and revision(each) == newest),
            None,
        )


def ignored_replicas(deployment: Seen | None) -> int | None:
    """The value of spec.replicas that does not count, since a scaler has set or had set the number; None: it counts."""
    annotations: Seen = (deployment or {}).get("metadata", {}).get("annotations") or {}
    text = str(annotations.get(identity.REPLICAS_IGNORED, ""))
    return int(text) if text.isdecimal() else None
