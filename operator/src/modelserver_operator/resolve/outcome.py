"""What resolving gives: every value with its reason, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from modelserver_operator.api import InvalidObject, Reason
from modelserver_operator.api.autoscaling import Source
from modelserver_operator.api.cache import Cache
from modelserver_operator.api.emotions import Emotions
from modelserver_operator.api.expose import Expose
from modelserver_operator.api.generation import Effort
from modelserver_operator.api.modelserverclass import ModelServerClassSpec
from modelserver_operator.api.secrets import SecretKey
from modelserver_operator.api.sources import ModelSource
from modelserver_operator.resolve.facts import HORIZONTAL_POD_AUTOSCALER, SCALED_OBJECT, Facts

Value_co = TypeVar("Value_co", covariant=True)


@dataclass(frozen=True)
class Valued(Generic[Value_co]):
    """A value and the sentence that says where it comes from."""

    value: Value_co
    reason: str


@dataclass(frozen=True)
class Refusal:
    """Why a ModelServer is not acted on; what runs is left as it is.

    field: the place in the ModelServer, such as spec.engine.arguments; empty when no field of it is at fault.
    """

    reason: Reason
    message: str
    field: str = ""


@dataclass(frozen=True)
class Shortcoming:
    """One thing that a ModelServer asks for and does not get, while everything else is done.

    kind: the optional kind that the cluster lacks; empty where it is for another reason.
    """

    reason: Reason
    field: str
    message: str
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class ResolvedEngine:
    """What the engine is told; `dtype` is vLLM's word, `system_date` a day such as 2026-11-21."""

    device: Valued[str]
    dtype: Valued[str]
    max_context_tokens: Valued[int]
    max_sequences: Valued[int]
    accelerator_memory_percent: Valued[int]
    tensor_parallel_size: Valued[int]
    pipeline_parallel_size: Valued[int]
    stream_interval_tokens: Valued[int]
    system_date: Valued[str] | None
    arguments: Mapping[str, Valued[str]]

    @property
    def accelerators(self) -> int:
        """Of one replica, or the units of its CPU."""
        return self.tensor_parallel_size.value * self.pipeline_parallel_size.value


@dataclass(frozen=True, kw_only=True)
class ResolvedAdmission:
    """The bounds of the load; times in seconds, sizes in bytes. 100 percent refuse nothing early."""

    max_running: Valued[int]
    max_waiting: Valued[int]
    queue_timeout_seconds: Valued[int]
    request_timeout_seconds: Valued[int]
    max_body_bytes: Valued[int]
    refuse_early_above_percent: Valued[int]


@dataclass(frozen=True, kw_only=True)
class ResolvedGeneration:
    """What requests get that say nothing of it (None: the engine's own default), and the most that they may ask for."""

    max_tokens: Valued[int] | None
    max_tokens_limit: Valued[int]
    temperature: Valued[float] | None
    top_p: Valued[float] | None
    reasoning_effort: Valued[Effort]


@dataclass(frozen=True)
class ResolvedAuth:
    """The Secret whose entries are the clients' keys."""

    api_keys_secret: Valued[str]


@dataclass(frozen=True, kw_only=True)
class ResolvedRateLimit:
    """What bounds each client: at least one of the two numbers; and where pods count together, None: each alone."""

    requests_per_minute_per_client: Valued[int] | None
    tokens_per_minute_per_client: Valued[int] | None
    redis: Valued[SecretKey] | None


@dataclass(frozen=True)
class ResolvedSteering:
    """Whether callers may send emotions of their own, and how many mixes a pod's unfinished requests may have."""

    per_request: Valued[str]
    max_active_mixes: Valued[int]


@dataclass(frozen=True, kw_only=True)
class ResolvedRollout:
    """How pods are replaced. strategy is Surge or Replace; times in seconds."""

    strategy: Valued[str]
    startup_timeout_seconds: Valued[int]
    drain_seconds: Valued[int]
    lame_duck_seconds: Valued[int]
    grace_period_seconds: Valued[int]
    progress_deadline_seconds: Valued[int]


@dataclass(frozen=True, kw_only=True)
class ResolvedAutoscaling:
    """Between which numbers of pods; target: the unfinished requests that one pod should have; source: who tells the
    scaler how many there are."""

    min_replicas: Valued[int]
    max_replicas: Valued[int]
    target: Valued[int]
    scale_down_window_seconds: Valued[int]
    source: Valued[Source]


@dataclass(frozen=True, kw_only=True)
class ResolvedObjectives:
    """The service that is promised and can be measured: what 95 % of the requests keep within, and the share of them
    that may fail, in percent; None where nothing is."""

    ttft_p95_milliseconds: Valued[int] | None
    e2e_p95_milliseconds: Valued[int] | None
    max_error_rate: Valued[str] | None


@dataclass(frozen=True, kw_only=True)
class ResolvedResources:
    """What one pod gets, all units together; None where the class says nothing."""

    units: Valued[int]
    cpu: Valued[str] | None
    memory: Valued[str] | None
    ephemeral_storage: Valued[str] | None
    shared_memory: Valued[str]


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A ModelServer with every choice made.

    served_names: the base model's names, the object's own first.
    model: exactly one source is set.
    cache: None where none is asked for.
    steering: None without vectors, where nothing can be steered.
    auth, rate_limit, allowed_origins: None where everybody may ask, as much as they like, and from no page but its own.
    expose: None where no way in is asked for, or the cluster lacks its kind.
    fit: whether the model fits its accelerators, in words.
    replicas: what spec.replicas says; a scaler does not ask for it.
    autoscaling: None where none is asked for: `replicas` is the number of pods, or a former scaler's stays.
    asked: a digest of what the ModelServer itself asks of its pods.
    facts: what was known of the cluster.
    shortcomings: what is asked for and not done.
    placement: the class's spec, for what is taken from it as it stands (image, volumes, node selector, ...).
    """

    name: str
    namespace: str
    class_name: str
    served_names: tuple[str, ...]
    profile: str
    model: ModelSource
    cache: Cache | None
    emotions: Emotions
    steering: ResolvedSteering | None
    engine: ResolvedEngine
    admission: ResolvedAdmission
    generation: ResolvedGeneration
    auth: ResolvedAuth | None
    rate_limit: ResolvedRateLimit | None
    allowed_origins: Valued[tuple[str, ...]] | None
    rollout: ResolvedRollout
    resources: ResolvedResources
    fit: Valued[str]
    replicas: Valued[int]
    autoscaling: ResolvedAutoscaling | None
    expose: Expose | None
    service_monitor: Valued[bool]
    alerts: Valued[bool]
    objectives: ResolvedObjectives
    paused: bool
    asked: str
    facts: Facts
    shortcomings: tuple[Shortcoming, ...]
    placement: ModelServerClassSpec = field(repr=False)

    @property
    def scaler(self) -> str | None:
        """The kind of the object that scales; None where none is asked for, or KEDA is and cannot."""
        if self.autoscaling is None:
            return None
        if self.autoscaling.source.value != "KEDA":
            return HORIZONTAL_POD_AUTOSCALER
        return SCALED_OBJECT if SCALED_OBJECT in self.facts.kinds and self.facts.metrics.for_keda else None

    @property
    def least_replicas(self) -> int:
        """The number of pods to begin with, and the least that there should be."""
        return self.autoscaling.min_replicas.value if self.autoscaling else self.replicas.value


def class_not_found(name: str) -> Refusal:
    """The refusal for a class that does not exist."""
    return Refusal(
        Reason.CLASS_NOT_FOUND,
        f"No ModelServerClass is called {name}. Set spec.className to one that "
        "`kubectl get modelserverclasses` lists, or ask the platform team for it.",
        "spec.className",
    )


def class_invalid(name: str, error: InvalidObject) -> Refusal:
    """The refusal for a stored class that does not parse."""
    return Refusal(
        Reason.CLASS_INVALID,
        f"The ModelServerClass {name} is not valid, which the platform team must repair: {error}.",
        "spec.className",
    )


def spec_invalid(error: InvalidObject) -> Refusal:
    """The refusal for a stored ModelServer that does not parse, such as one that a newer version wrote."""
    return Refusal(Reason.SPEC_INVALID, f"This object is not valid here: {error}.", error.problems[0].field)
