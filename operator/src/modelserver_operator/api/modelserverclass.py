"""ModelServerClass: what the platform team writes, once for each kind of hardware.

It holds everything that could harm the cluster (image, volumes, accounts, environment), so that the right to create
a ModelServer is not the right to run any pod.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from modelserver_operator.api.fields import (
    AbsolutePath,
    ArgumentName,
    Arguments,
    LabelKey,
    LabelValue,
    NamespaceName,
    ObjectName,
    Quantity,
    VariableName,
    VolumeName,
)
from modelserver_operator.api.metadata import Metadata
from modelserver_operator.api.parse import parse
from modelserver_operator.api.rules import Rule
from modelserver_operator.api.sources import SourceName
from modelserver_operator.api.struct import Keyed, Ordered, Struct, Unique

# Folders that the server's own volumes take; another volume there would hide them.
OWN_FOLDERS = ("/models", "/vectors", "/etc/modelserver", "/dev/shm", "/tmp", "/var/cache/modelserver")  # noqa: S108


def _hides_own_folder(path: str) -> bool:
    return any(path == own or path.startswith(f"{own}/") or own.startswith(f"{path}/") for own in OWN_FOLDERS)


class PullSecret(Struct):
    """A Secret by name."""

    name: ObjectName
    """name of a Secret for the image's registry, in the ModelServer's namespace."""


class AllowedArgument(Struct):
    """An engine option that ModelServers may set."""

    name: ArgumentName
    """name of the option, without dashes."""

    pattern: Annotated[str, Field(max_length=256)] = ".*"
    """pattern is a regular expression that the whole value must match."""


class ClassEngine(Struct):
    """The engine and what may be changed of it."""

    kind: Literal["vLLM"] = "vLLM"
    """kind of engine that the image holds."""

    arguments: Arguments = Field(default_factory=dict)
    """arguments are options that every server of this class gets and no ModelServer can change."""

    allowed_arguments: Annotated[tuple[AllowedArgument, ...], Field(max_length=64), Keyed("name")] = ()
    """allowedArguments are the options that ModelServers may set; others are refused, for an option can run code."""


class Accelerator(Struct):
    """The accelerator of this class's nodes."""

    resource_name: LabelKey
    """resourceName is the extended resource that a pod asks for, such as nvidia.com/gpu."""

    memory: Quantity | None = None
    """memory of one accelerator."""

    compute_capability: Annotated[str, Field(max_length=8, pattern=r"^[0-9]{1,2}\.[0-9]$")] | None = None
    """computeCapability as NVIDIA states it, such as 8.0; from 8.0 on models compute in bfloat16."""


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


class Allowed(Struct):
    """Who may use the class; an empty list allows all."""

    namespaces: Annotated[tuple[NamespaceName, ...], Field(max_length=256), Unique()] = ()
    """namespaces whose ModelServers may use the class."""

    sources: Annotated[tuple[SourceName, ...], Field(max_length=3), Unique()] = ()
    """sources that models may come from."""


class ModelServerClassSpec(Struct):
    """The hardware, the image and the limits of one kind of server."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            message="accelerator must be set where device is Cuda",
            cel="self.device != 'Cuda' || has(self.accelerator)",
            holds=lambda spec: spec.device != "Cuda" or spec.accelerator is not None,
        ),
    )

    image: Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[^\s]+$")]
    """image is the runtime's image, best by digest."""

    image_pull_secrets: Annotated[tuple[PullSecret, ...], Field(max_length=8), Keyed("name")] = ()
    """imagePullSecrets are the Secrets that the image is pulled with."""

    engine: ClassEngine | None = None
    """engine is what the image holds, and which of its options are fixed or free."""

    device: Literal["Cuda", "Cpu"]
    """device is what the engine computes on: Cuda or Cpu."""

    accelerator: Accelerator | None = None
    """accelerator is what one unit of a server gets; required where device is Cuda."""

    resources: UnitResources | None = None
    """resources are what a server gets for each of its accelerators, or units."""

    node_selector: Annotated[dict[LabelKey, LabelValue], Field(max_length=16)] = Field(default_factory=dict)
    """nodeSelector are labels of the nodes that servers may run on."""

    tolerations: Annotated[tuple[Toleration, ...], Field(max_length=16), Ordered()] = ()
    """tolerations of the nodes' taints."""

    runtime_class_name: ObjectName | None = None
    """runtimeClassName is the container runtime's configuration."""

    priority_class_name: ObjectName | None = None
    """priorityClassName is the servers' scheduling priority."""

    service_account_name: ObjectName | None = None
    """serviceAccountName is the account in the ModelServer's namespace; its token is not mounted."""

    security_context: SecurityContext | None = None
    """securityContext is who the server runs as."""

    volumes: Annotated[tuple[ClassVolume, ...], Field(max_length=16), Keyed("name")] = ()
    """volumes are further read-only volumes."""

    environment: Annotated[tuple[Variable, ...], Field(max_length=64), Keyed("name")] = ()
    """environment of the server."""

    allowed: Allowed | None = None
    """allowed says who may use the class; left out, everybody."""


class ModelServerClass(Struct):
    """ModelServerClass is a kind of hardware and image that ModelServers can ask for by name."""

    api_version: Literal["modelserver.dev/v1alpha1"]
    """apiVersion is modelserver.dev/v1alpha1."""

    kind: Literal["ModelServerClass"]
    """kind is ModelServerClass."""

    metadata: Metadata
    """metadata is the object's name and labels."""

    spec: ModelServerClassSpec
    """spec is the class."""

    @classmethod
    def parse(cls, manifest: Mapping[str, Any], *, strict: bool) -> Self:
        """The manifest as a ModelServerClass.

        strict: unknown keys are errors. Raises InvalidObject with every problem's field path.
        """
        return parse(cls, manifest, strict=strict)
