"""ModelServer: what an application team writes to have a model served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from modelserver_operator.api import naming
from modelserver_operator.api.admission import Admission
from modelserver_operator.api.auth import Auth, Cors
from modelserver_operator.api.autoscaling import Autoscaling
from modelserver_operator.api.cache import CACHE_RULES, Cache
from modelserver_operator.api.emotions import Emotions
from modelserver_operator.api.engine import Accelerators, Engine
from modelserver_operator.api.expose import Expose
from modelserver_operator.api.fields import ModelName, ObjectName
from modelserver_operator.api.generation import Generation
from modelserver_operator.api.metadata import Metadata
from modelserver_operator.api.monitoring import Monitoring
from modelserver_operator.api.parse import parse
from modelserver_operator.api.rollout import Rollout
from modelserver_operator.api.rules import Rule
from modelserver_operator.api.serverstatus import ModelServerStatus
from modelserver_operator.api.sources import ModelSource
from modelserver_operator.api.struct import Struct, Unique

Profile = Literal["LatencyFirst", "Balanced", "QualityFirst"]


def _longest_request(spec: ModelServerSpec) -> int:
    admission = spec.admission or Admission()
    return (admission.queue_timeout_seconds or 0) + (admission.request_timeout_seconds or 0)


class ModelServerSpec(Struct):
    """What is asked for: which model, under which names, for how much load."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            message="rollout.drainSeconds must be at least admission.queueTimeoutSeconds plus "
            "admission.requestTimeoutSeconds, or accepted requests would be cut",
            cel="!has(self.rollout) || !has(self.rollout.drainSeconds) || !has(self.admission)"
            " || self.rollout.drainSeconds >="
            " (has(self.admission.queueTimeoutSeconds) ? self.admission.queueTimeoutSeconds : 0)"
            " + (has(self.admission.requestTimeoutSeconds) ? self.admission.requestTimeoutSeconds : 0)",
            holds=lambda spec: (
                spec.rollout is None
                or spec.rollout.drain_seconds is None
                or spec.rollout.drain_seconds >= _longest_request(spec)
            ),
        ),
        *CACHE_RULES,
    )

    class_name: ObjectName = "default"
    """className names the ModelServerClass: the platform team's choice of image, device and limits."""

    model: ModelSource
    """model says where the model's files are; exactly one source is set."""

    served_names: Annotated[tuple[ModelName, ...], Field(max_length=16), Unique()] = ()
    """servedNames are names that clients may write as the model, besides the object's own name."""

    profile: Profile = "Balanced"
    """profile is a set of values for what the other fields leave out: LatencyFirst, Balanced or QualityFirst."""

    accelerators: Accelerators | None = None
    """accelerators is how many of them one replica uses, and how; left out, one."""

    engine: Engine | None = None
    """engine overrides what the profile and the class choose for the engine."""

    generation: Generation | None = None
    """generation is what requests get that say nothing of it, and the most that they may ask for."""

    emotions: Emotions | None = None
    """emotions are steered variants of the model, and what steers it otherwise."""

    admission: Admission | None = None
    """admission bounds the load; what is more is refused cleanly."""

    auth: Auth | None = None
    """auth says who may use the server and how much; left out, everybody who reaches it, as much as it takes."""

    cors: Cors | None = None
    """cors lets pages of other origins use the server from a browser; left out, pages of its own origin only."""

    replicas: Annotated[int, Field(ge=0, le=1000)] = 1
    """replicas is the number of pods; 0 stops serving and keeps the object. It is ignored while autoscaling is
    set."""

    autoscaling: Autoscaling | None = None
    """autoscaling lets the number of pods follow the load; left out, it is replicas."""

    rollout: Rollout | None = None
    """rollout says how new versions replace old ones."""

    expose: Expose | None = None
    """expose leads traffic from outside of the cluster to the server; left out, only the cluster reaches it."""

    cache: Cache | None = None
    """cache is a volume that keeps what was downloaded; left out, each new pod downloads the model again."""

    monitoring: Monitoring | None = None
    """monitoring says what is made for Prometheus, and which service is promised."""

    paused: bool = False
    """paused stops the operator from changing anything of this server but its status; what runs goes on."""


class ModelServer(Struct):
    """ModelServer is a language model, served to OpenAI and Anthropic clients."""

    rules: ClassVar[tuple[Rule, ...]] = naming.RULES

    api_version: Literal["modelserver.dev/v1alpha1"]
    """apiVersion is modelserver.dev/v1alpha1."""

    kind: Literal["ModelServer"]
    """kind is ModelServer."""

    metadata: Metadata
    """metadata is the object's name, namespace and labels."""

    spec: ModelServerSpec
    """spec is what is asked for."""

    status: ModelServerStatus | None = None
    """status is what the operator has found and done."""

    @classmethod
    def parse(cls, manifest: Mapping[str, Any], *, strict: bool) -> Self:
        """The manifest as a ModelServer.

        strict: unknown keys are errors, as suits a file that a person has just written; the operator ignores them,
            since a stored object may come from a newer version.
        Raises InvalidObject with every problem's field path.
        """
        return parse(cls, manifest, strict=strict)
