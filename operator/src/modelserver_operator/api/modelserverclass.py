"""ModelServerClass: what the platform team writes, once for each kind of hardware.

It holds everything that could harm the cluster (image, volumes, accounts, environment), so that the right to create
a ModelServer is not the right to run any pod.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from modelserver_operator.api.classaccess import Allowed, ClassIngress
from modelserver_operator.api.classengine import Accelerator, ClassEngine
from modelserver_operator.api.classpod import (
    ClassVolume,
    PullSecret,
    SecurityContext,
    Toleration,
    UnitResources,
    Variable,
)
from modelserver_operator.api.fields import LabelKey, LabelValue, ObjectName
from modelserver_operator.api.metadata import Metadata
from modelserver_operator.api.parse import parse
from modelserver_operator.api.rules import Rule
from modelserver_operator.api.struct import Keyed, Ordered, Struct


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
    """allowed says who may use the class and for what; left out, everybody for any model, but under no host."""

    ingress: ClassIngress | None = None
    """ingress is what every Ingress of the class's servers has."""

    monitor_labels: Annotated[dict[LabelKey, LabelValue], Field(max_length=16)] = Field(default_factory=dict)
    """monitorLabels are the labels by which the cluster's Prometheus finds ServiceMonitors and rules."""

    max_concurrent_rollouts: Annotated[int, Field(ge=1, le=1000)] = 1
    """maxConcurrentRollouts is how many servers at once have their pods replaced when this class changes."""

    template_revision: Annotated[int, Field(ge=1, le=1000)] = 1
    """templateRevision is the shape of the pods; a newer operator knows more of them, and changes no pod until this
    is raised."""


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
