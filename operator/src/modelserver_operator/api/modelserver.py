"""ModelServer: what an application team writes to have a model served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from modelserver_operator.api import naming
from modelserver_operator.api.emotions import Emotions
from modelserver_operator.api.fields import Arguments, ModelName, ObjectName, Seconds
from modelserver_operator.api.metadata import Metadata
from modelserver_operator.api.parse import parse
from modelserver_operator.api.rules import Rule
from modelserver_operator.api.serverstatus import ModelServerStatus
from modelserver_operator.api.sources import ModelSource
from modelserver_operator.api.struct import Struct, Unique

Profile = Literal["LatencyFirst", "Balanced", "QualityFirst"]
Dtype = Literal["Auto", "Bfloat16", "Float16", "Float32"]
Strategy = Literal["Auto", "Surge", "Replace"]


class Accelerators(Struct):
    """How many accelerators one replica uses, and how the model is spread over them."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            message="tensorParallelSize times pipelineParallelSize must be count",
            cel="!has(self.tensorParallelSize) || !has(self.pipelineParallelSize)"
            " || self.tensorParallelSize * self.pipelineParallelSize == self.count",
            holds=lambda spread: (
                None in (spread.tensor_parallel_size, spread.pipeline_parallel_size)
                or spread.tensor_parallel_size * spread.pipeline_parallel_size == spread.count
            ),
        ),
        Rule(
            message="count must be a multiple of tensorParallelSize and of pipelineParallelSize",
            cel="(!has(self.tensorParallelSize) || self.count % self.tensorParallelSize == 0)"
            " && (!has(self.pipelineParallelSize) || self.count % self.pipelineParallelSize == 0)",
            holds=lambda spread: (
                spread.count % (spread.tensor_parallel_size or 1) == 0
                and spread.count % (spread.pipeline_parallel_size or 1) == 0
            ),
        ),
    )

    count: Annotated[int, Field(ge=1, le=64)] = 1
    """count is the number of accelerators of one replica; where the class has none, the number of its units of cpu
    and memory."""

    tensor_parallel_size: Annotated[int, Field(ge=1, le=64)] | None = None
    """tensorParallelSize is over how many accelerators each layer is split; left out, over all that
    pipelineParallelSize leaves."""

    pipeline_parallel_size: Annotated[int, Field(ge=1, le=64)] | None = None
    """pipelineParallelSize is over how many accelerators the layers are dealt out; left out, what
    tensorParallelSize leaves, else 1."""


class Engine(Struct):
    """What the engine is told; each field left out is filled by the profile or the class."""

    max_context_tokens: Annotated[int, Field(ge=16, le=16_777_216)] | None = None
    """maxContextTokens is the longest prompt and answer together; left out, the profile's. It may not exceed the
    model's own limit."""

    dtype: Dtype | None = None
    """dtype is the precision that the model computes in; Auto, also when left out, chooses by the class's device."""

    max_sequences: Annotated[int, Field(ge=1, le=4096)] | None = None
    """maxSequences is how many sequences the engine computes in one batch."""

    accelerator_memory_percent: Annotated[int, Field(ge=10, le=99)] | None = None
    """acceleratorMemoryPercent is the share of each accelerator's memory that the engine may take; on a CPU
    it means nothing."""

    stream_interval_tokens: Annotated[int, Field(ge=1, le=1024)] | None = None
    """streamIntervalTokens is how many tokens a stream's events hold; 1 streams each token as it is made."""

    arguments: Arguments = Field(default_factory=dict)
    """arguments are further options of the engine, without dashes, as far as the class allows them; an empty value
    is a flag."""


class Admission(Struct):
    """How much load is accepted; what is more gets a clean 429 with Retry-After."""

    max_running: Annotated[int, Field(ge=1, le=4096)] | None = None
    """maxRunning is how many requests are in the engine at once; left out, the engine's maxSequences."""

    max_waiting: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """maxWaiting is how many accepted requests may wait in line; further ones are refused."""

    queue_timeout_seconds: Seconds | None = None
    """queueTimeoutSeconds is how long a request may wait in line."""

    request_timeout_seconds: Seconds | None = None
    """requestTimeoutSeconds is how long a request may run in the engine."""

    max_body_bytes: Annotated[int, Field(ge=1024, le=1_073_741_824)] | None = None
    """maxBodyBytes is the largest request body."""


class Rollout(Struct):
    """How a new version takes the place of the old one, and how long its steps may take."""

    strategy: Strategy = "Auto"
    """strategy is Surge (start the new pod, then stop the old one), Replace (stop first: needs no spare
    accelerator), or Auto: Replace where the class has accelerators, else Surge."""

    startup_timeout_seconds: Seconds | None = None
    """startupTimeoutSeconds is how long a pod may take to load the model before it is restarted."""

    drain_seconds: Seconds | None = None
    """drainSeconds is how long a stopping pod may finish the requests that it has accepted."""


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

    emotions: Emotions | None = None
    """emotions are steered variants of the model."""

    admission: Admission | None = None
    """admission bounds the load; what is more is refused cleanly."""

    replicas: Annotated[int, Field(ge=0, le=1000)] = 1
    """replicas is the number of pods; 0 stops serving and keeps the object."""

    rollout: Rollout | None = None
    """rollout says how new versions replace old ones."""


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
