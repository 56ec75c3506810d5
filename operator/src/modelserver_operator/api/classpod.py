"""What a class says of the pods: resources, volumes, environment, and who they run as."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from modelserver_operator.api.fields import (
    AbsolutePath,
    LabelKey,
    LabelValue,
    ObjectName,
    Quantity,
    VariableName,
    VolumeName,
)
from modelserver_operator.api.rules import Rule
from modelserver_operator.api.struct import Struct

# Folders that the server's own volumes take; another volume there would hide them.
OWN_FOLDERS = ("/models", "/vectors", "/etc/modelserver", "/dev/shm", "/tmp", "/var/cache/modelserver")  # noqa: S108


def _hides_own_folder(path: str) -> bool:
    return any(path == own or path.startswith(f"{own}/") or own.startswith(f"{path}/") for own in OWN_FOLDERS)


class PullSecret(Struct):
    """A Secret by name."""

    name: ObjectName
    """name of a Secret for the image's registry, in the ModelServer's namespace."""


class UnitResources(Struct):
    """What a pod gets for each accelerator, or for each unit where there is none."""

    cpu: Quantity | None = None
    """cpu is requested, not limited."""

    memory: Quantity | None = None
    """memory is requested and limited."""

    ephemeral_storage: Quantity | None = None
    """ephemeralStorage is requested and limited: caches and temporary files."""

    shared_memory: Quantity | None = None
    """sharedMemory is the size of /dev/shm; it counts as memory."""


class Toleration(Struct):
    """A taint of nodes that pods of this class tolerate."""

    key: LabelKey | None = None
    """key of the taint; left out with operator Exists, every taint."""

    operator: Literal["Exists", "Equal"] | None = None
    """operator relates key and value; Equal when left out."""

    value: LabelValue | None = None
    """value of the taint."""

    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """effect of the taint; left out, every effect."""

    toleration_seconds: Annotated[int, Field(ge=0, le=86400)] | None = None
    """tolerationSeconds is how long a NoExecute taint is tolerated; left out, for ever."""


class SecurityContext(Struct):
    """Who the server runs as; everything else is what restricted Pod Security demands."""

    run_as_user: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None
    """runAsUser is the user id; left out, 2000, the user of vLLM's images."""

    run_as_group: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None
    """runAsGroup is the group id; left out, runAsUser."""

    fs_group: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None
    """fsGroup is the group that owns writable volumes; left out, runAsGroup."""


class VolumeClaim(Struct):
    """A PersistentVolumeClaim by name."""

    claim_name: ObjectName
    """claimName names a PersistentVolumeClaim in the ModelServer's namespace."""


class ClassVolume(Struct):
    """A further volume, mounted read-only."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            message=f"mountPath may not hide a folder that the server mounts itself: {', '.join(OWN_FOLDERS)}",
            cel=f"!{list(OWN_FOLDERS)}.exists(own, self.mountPath == own"
            " || self.mountPath.startsWith(own + '/') || own.startsWith(self.mountPath + '/'))",
            holds=lambda volume: not _hides_own_folder(volume.mount_path),
            field="mountPath",
        ),
    )

    name: VolumeName
    """name of the volume, unique in the class."""

    persistent_volume_claim: VolumeClaim
    """persistentVolumeClaim is what is mounted."""

    mount_path: AbsolutePath
    """mountPath is where the volume's root appears in the container."""


class Variable(Struct):
    """An environment variable."""

    name: VariableName
    """name of the variable."""

    value: Annotated[str, Field(max_length=4096)] = ""
    """value of the variable; never a secret, for it can be read in the pod's manifest."""
