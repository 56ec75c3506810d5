"""A volume that keeps a downloaded model, and the rules about who may share it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from modelserver_operator.api.fields import ObjectName, Quantity
from modelserver_operator.api.rules import Rule, Transition
from modelserver_operator.api.struct import Struct

if TYPE_CHECKING:
    from modelserver_operator.api.modelserver import ModelServerSpec

AccessMode = Literal["ReadWriteOnce", "ReadWriteMany"]
WhenDeleted = Literal["Delete", "Retain"]


class Cache(Struct):
    """A PersistentVolumeClaim of the server's own."""

    transitions: ClassVar[tuple[Transition, ...]] = (
        Transition(
            message="storageClassName may not be changed, added or removed: a volume stays of the class that it was"
            " made with",
            cel="has(self.storageClassName) == has(oldSelf.storageClassName)"
            " && (!has(self.storageClassName) || self.storageClassName == oldSelf.storageClassName)",
            field="storageClassName",
        ),
        Transition(
            message="accessMode may not be changed: a volume keeps the one that it was made with",
            cel="self.accessMode == oldSelf.accessMode",
            field="accessMode",
        ),
    )

    size: Quantity
    """size of the volume; it can grow where the storage class allows it, and never shrink."""

    storage_class_name: ObjectName | None = None
    """storageClassName of the volume; left out, the cluster's default. It cannot be changed."""

    access_mode: AccessMode = "ReadWriteOnce"
    """accessMode is ReadWriteOnce (one node mounts the volume, so one pod has it) or ReadWriteMany. It cannot be
    changed."""

    when_deleted: WhenDeleted = "Delete"
    """whenDeleted says what becomes of the volume with the ModelServer: Delete it, or Retain it for a later ModelServer
    of the same name."""


def _of_one_node(spec: ModelServerSpec) -> bool:
    return spec.cache is not None and spec.cache.access_mode == "ReadWriteOnce"


_SHARED = "!has(self.cache) || self.cache.accessMode != 'ReadWriteOnce'"
_WHY = "a pod on another node could not mount it, as ReadWriteMany could"

CACHE_RULES: tuple[Rule, ...] = (
    Rule(
        message="cache may only be set with model.huggingFace: nothing else is downloaded",
        cel="!has(self.cache) || has(self.model.huggingFace)",
        holds=lambda spec: spec.cache is None or spec.model.hugging_face is not None,
        field="cache",
    ),
    Rule(
        message=f"replicas may be at most 1 where cache.accessMode is ReadWriteOnce: {_WHY}",
        cel=f"{_SHARED} || self.replicas <= 1",
        holds=lambda spec: not _of_one_node(spec) or spec.replicas <= 1,
        field="replicas",
    ),
    Rule(
        message=f"autoscaling.maxReplicas may be at most 1 where cache.accessMode is ReadWriteOnce: {_WHY}",
        cel=f"{_SHARED} || !has(self.autoscaling) || self.autoscaling.maxReplicas <= 1",
        holds=lambda spec: not _of_one_node(spec) or spec.autoscaling is None or spec.autoscaling.max_replicas <= 1,
        field="autoscaling",
    ),
    Rule(
        message=f"rollout.strategy may not be Surge where cache.accessMode is ReadWriteOnce: {_WHY}",
        cel=f"{_SHARED} || !has(self.rollout) || self.rollout.strategy != 'Surge'",
        holds=lambda spec: not _of_one_node(spec) or spec.rollout is None or spec.rollout.strategy != "Surge",
        field="rollout",
    ),
)
