"""The status of a ModelServer, as the CRD describes it; status.py writes it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from modelserver_operator.api.autoscaling import Source
from modelserver_operator.api.struct import Keyed, Ordered, Struct

LONGEST_TEXT = 4096  # characters, as both the CRD and Python count them
Bound = Literal["MaxReplicas", "MinReplicas", "ScaleUpPolicy", "ScaleDownPolicy", "ScaleDownWindow"]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class Condition(Struct):
    """One answer to one question about the server."""

    type: Annotated[str, Field(min_length=1, max_length=64)]
    """type is the question, such as Ready."""

    status: Literal["True", "False", "Unknown"]
    """status is the answer."""

    reason: Annotated[str, Field(min_length=1, max_length=128)]
    """reason is the answer's cause as one word, for programs."""

    message: Text
    """message is the cause for people, and what to do."""

    observed_generation: Annotated[int, Field(ge=0)]
    """observedGeneration is the generation of the spec that the answer is about."""

    last_transition_time: Annotated[str, Field(max_length=64, json_schema_extra={"format": "date-time"})]
    """lastTransitionTime is when status last changed."""


class EffectiveValue(Struct):
    """One value in force."""

    name: Annotated[str, Field(min_length=1, max_length=128)]
    """name is the value's place, such as engine.dtype."""

    value: Annotated[str, Field(max_length=1024)]
    """value is what is in force."""

    reason: Annotated[str, Field(max_length=512)]
    """reason says where the value comes from."""


class ClassRollout(Struct):
    """The replacing of a server's pods because its class has changed; few servers of a class have it at once."""

    generation: Annotated[int, Field(ge=0)]
    """generation of the class that the pods are brought to."""

    started_at: Annotated[str, Field(max_length=64, json_schema_extra={"format": "date-time"})]
    """startedAt is when it began."""


class ScalingDecision(Struct):
    """The scaler's last decision."""

    source: Source
    """source tells the scaler the load."""

    target: Annotated[int, Field(ge=1)] | None = None
    """target is how many unfinished requests one pod should have."""

    unfinished_requests: Annotated[int, Field(ge=0)] | None = None
    """unfinishedRequests there were, running and waiting."""

    desired_replicas: Annotated[int, Field(ge=0)] | None = None
    """desiredReplicas is the number of pods that came of it."""

    bounded_by: Bound | None = None
    """boundedBy is what kept it from being another."""


class ModelServerStatus(Struct):
    """What the operator has found and done."""

    observed_generation: Annotated[int, Field(ge=0)] | None = None
    """observedGeneration is the generation of the spec that this status is about."""

    class_generation: Annotated[int, Field(ge=0)] | None = None
    """classGeneration is the generation of the class that this status is about."""

    class_rollout: ClassRollout | None = None
    """classRollout is there while the pods are replaced because the class has changed."""

    conditions: Annotated[tuple[Condition, ...], Field(max_length=16), Keyed("type")] = ()
    """conditions answer questions such as Ready, each with a reason and a message."""

    replicas: Annotated[int, Field(ge=0)] | None = None
    """replicas is the number of pods."""

    ready_replicas: Annotated[int, Field(ge=0)] | None = None
    """readyReplicas is the number of pods that answer."""

    autoscaling: ScalingDecision | None = None
    """autoscaling is the scaler's last decision."""

    selector: Annotated[str, Field(max_length=512)] | None = None
    """selector selects the pods, as text, for scalers."""

    url: Annotated[str, Field(max_length=512)] | None = None
    """url is where clients in the cluster reach the server."""

    served_names: Annotated[tuple[Annotated[str, Field(max_length=128)], ...], Field(max_length=64), Ordered()] = ()
    """servedNames are the names that clients may write as the model."""

    effective: Annotated[tuple[EffectiveValue, ...], Field(max_length=128), Keyed("name")] = ()
    """effective lists the values in force and where each comes from."""
