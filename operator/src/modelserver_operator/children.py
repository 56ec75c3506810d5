"""What exists around one ModelServer and whose it is. Pure; owner references count, for anybody can set a label."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from modelserver_operator.cluster import (
    CONFIG_MAP,
    DEPLOYMENT,
    MODEL_SERVER,
    PERSISTENT_VOLUME_CLAIM,
    POD,
    REPLICA_SET,
    SERVICE_ACCOUNT,
    Manifest,
)
from modelserver_operator.resolve import identity


class Whose(Enum):
    """To whom an object belongs, seen from one ModelServer."""

    OURS = "it was made for this ModelServer"
    FORMER = "it was made for a deleted ModelServer of the same name and is about to be garbage-collected"
    RETAINED = "it is a cache that was to outlive a ModelServer of this name"
    FOREIGN = "it was made by somebody else"


def whose(child: Manifest, server: Manifest) -> Whose:
    """Whose an object is, by the owner reference of its controller; a retained cache has none, and an annotation."""
    owner = _controller(child)
    if not owner and _is_retained(child, server):
        return Whose.RETAINED
    if owner.get("uid") == server["metadata"]["uid"]:
        return Whose.OURS
    if is_model_server(owner) and owner["name"] == server["metadata"]["name"]:
        return Whose.FORMER
    return Whose.FOREIGN


@dataclass
class Family:
    """A ModelServer and all objects that carry its labels or its children's names, as they were read.

    unread: the kinds that the API server does not let us read, each with its words.
    """

    server: Manifest
    members: list[Manifest] = field(default_factory=list)
    unread: Mapping[str, str] = field(default_factory=dict)

    def find(self, wanted: Manifest) -> Manifest | None:
        """The member with this manifest's kind and name."""
        return next((member for member in self.members if _identity(member) == _identity(wanted)), None)

    def put(self, manifest: Manifest) -> None:
        """Take over a newer reading of a member, or a new member."""
        self.members = [member for member in self.members if _identity(member) != _identity(manifest)] + [manifest]

    def leave(self, members: Iterable[Manifest]) -> None:
        """These are about to go, though they may be there for a while."""
        for each in members:
            self.put(each | {"metadata": {"deletionTimestamp": "now"} | each["metadata"]})

    def former(self) -> Manifest | None:
        """A member that the garbage collector has yet to remove."""
        return next((member for member in self.members if whose(member, self.server) is Whose.FORMER), None)

    def deployment(self) -> Manifest | None:
        """The Deployment, if it is ours."""
        return next((member for member in self._of(DEPLOYMENT.name) if whose(member, self.server) is Whose.OURS), None)

    def replica_sets(self) -> list[Manifest]:
        """The ReplicaSets of our Deployment."""
        return self._made_by([self.deployment()], REPLICA_SET.name)

    def pods(self) -> list[Manifest]:
        """The pods of those ReplicaSets."""
        return self._made_by(self.replica_sets(), POD.name)

    def superfluous(self, wanted: Iterable[Manifest]) -> list[Manifest]:
        """Our objects that are neither wanted nor in use, and that nobody has deleted yet."""
        kept = {_identity(manifest) for manifest in wanted} | self._used()
        return [
            member
            for member in self.members
            if whose(member, self.server) is Whose.OURS
            and _identity(member) not in kept
            and "deletionTimestamp" not in member["metadata"]
        ]

    def _used(self) -> set[tuple[str, str]]:
        """What a pod uses, or a ReplicaSet that will make one again; ConfigMaps stay for rolling back, too."""
        replica_sets, pods = self.replica_sets(), self.pods()
        idle = [each["spec"]["template"]["spec"] for each in replica_sets if not each["spec"].get("replicas", 1)]
        busy = [each["spec"]["template"]["spec"] for each in replica_sets if each["spec"].get("replicas", 1)]
        running = {use for spec in [*busy, *(pod["spec"] for pod in pods)] for use in _uses(spec)}
        return running | {use for spec in idle for use in _uses(spec) if use[0] == CONFIG_MAP.name}

    def _of(self, kind: str) -> list[Manifest]:
        return [member for member in self.members if member["kind"] == kind]

    def _made_by(self, makers: Sequence[Manifest | None], kind: str) -> list[Manifest]:
        uids = {maker["metadata"]["uid"] for maker in makers if maker}
        return [member for member in self._of(kind) if _controller(member).get("uid") in uids]


def is_model_server(owner: Mapping[str, Any]) -> bool:
    """Whether an owner reference names one of our ModelServers.

    Other groups may have a kind of this name, too; the version says nothing about whose an object is.
    """
    group = owner.get("apiVersion", "").rpartition("/")[0]
    return (group, owner.get("kind")) == (MODEL_SERVER.group, MODEL_SERVER.name)


def _controller(child: Manifest) -> dict[str, Any]:
    references = child["metadata"].get("ownerReferences") or []
    return next((reference for reference in references if reference.get("controller")), {})


def _identity(manifest: Manifest) -> tuple[str, str]:
    return manifest["kind"], manifest["metadata"]["name"]


def _uses(pod_spec: Manifest) -> Iterator[tuple[str, str]]:
    """Kind and name of the objects that may be children of ours and that a pod cannot start without."""
    for volume in pod_spec.get("volumes") or ():
        if "configMap" in volume:
            yield CONFIG_MAP.name, volume["configMap"]["name"]
        if "persistentVolumeClaim" in volume:
            yield PERSISTENT_VOLUME_CLAIM.name, volume["persistentVolumeClaim"]["claimName"]
    if account := pod_spec.get("serviceAccountName"):
        yield SERVICE_ACCOUNT.name, account


def _is_retained(child: Manifest, server: Manifest) -> bool:
    annotations = child["metadata"].get("annotations") or {}
    claim = child.get("kind") == PERSISTENT_VOLUME_CLAIM.name
    return claim and annotations.get(identity.RETAINED_FOR) == server["metadata"]["name"]
