"""What exists around one ModelServer and whose it is. Pure; owner references count, for anybody can set a label."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from modelserver_operator.cluster import CONFIG_MAP, DEPLOYMENT, MODEL_SERVER, POD, REPLICA_SET, Manifest


class Whose(Enum):
    """To whom an object belongs, seen from one ModelServer."""

    OURS = "it was made for this ModelServer"
    FORMER = "it was made for a deleted ModelServer of the same name and is about to be garbage-collected"
    FOREIGN = "it was made by somebody else"


def whose(child: Manifest, server: Manifest) -> Whose:
    """Whose an object is, by the owner reference of its controller."""
    owner = _controller(child)
    if owner.get("uid") == server["metadata"]["uid"]:
        return Whose.OURS
    if _is_model_server(owner) and owner["name"] == server["metadata"]["name"]:
        return Whose.FORMER
    return Whose.FOREIGN


@dataclass
class Family:
    """A ModelServer and all objects that carry its labels or its children's names, as they were read."""

    server: Manifest
    members: list[Manifest] = field(default_factory=list)

    def find(self, wanted: Manifest) -> Manifest | None:
        """The member with this manifest's kind and name."""
        return next((member for member in self.members if _identity(member) == _identity(wanted)), None)

    def put(self, manifest: Manifest) -> None:
        """Take over a newer reading of a member, or a new member."""
        self.members = [member for member in self.members if _identity(member) != _identity(manifest)] + [manifest]

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
        """Our ConfigMaps that are neither wanted nor used by a pod, nor by a ReplicaSet that could make one again."""
        kept = {manifest["metadata"]["name"] for manifest in wanted if manifest["kind"] == CONFIG_MAP.name}
        kept |= _config_maps_used(self.replica_sets(), self.pods())
        return [
            member
            for member in self._of(CONFIG_MAP.name)
            if whose(member, self.server) is Whose.OURS and member["metadata"]["name"] not in kept
        ]

    def _of(self, kind: str) -> list[Manifest]:
        return [member for member in self.members if member["kind"] == kind]

    def _made_by(self, makers: Sequence[Manifest | None], kind: str) -> list[Manifest]:
        uids = {maker["metadata"]["uid"] for maker in makers if maker}
        return [member for member in self._of(kind) if _controller(member).get("uid") in uids]


def _is_model_server(owner: Mapping[str, Any]) -> bool:
    """Other groups may have a kind of this name, too; the version says nothing about whose an object is."""
    group = owner.get("apiVersion", "").rpartition("/")[0]
    return (group, owner.get("kind")) == (MODEL_SERVER.group, MODEL_SERVER.name)


def _controller(child: Manifest) -> dict[str, Any]:
    references = child["metadata"].get("ownerReferences") or []
    return next((reference for reference in references if reference.get("controller")), {})


def _identity(manifest: Manifest) -> tuple[str, str]:
    return manifest["kind"], manifest["metadata"]["name"]


def _config_maps_used(replica_sets: Iterable[Manifest], pods: Iterable[Manifest]) -> set[str]:
    templates = (one["spec"]["template"]["spec"] for one in replica_sets)
    return {
        volume["configMap"]["name"]
        for spec in [*templates, *(pod["spec"] for pod in pods)]
        for volume in spec.get("volumes") or ()
        if "configMap" in volume
    }
