"""What the engine is told."""

from __future__ import annotations

from modelserver_operator.api import ModelServer, ModelServerClass
from modelserver_operator.api.engine import Engine
from modelserver_operator.resolve.arguments import arguments
from modelserver_operator.resolve.choice import Choice
from modelserver_operator.resolve.outcome import ResolvedEngine, Valued
from modelserver_operator.resolve.parallelism import parallelism
from modelserver_operator.resolve.precision import dtype


def engine(server: ModelServer, server_class: ModelServerClass) -> ResolvedEngine:
    """Every value from the spec, the class or the profile."""
    choose = _choice(server)
    tensor, pipeline = parallelism(server.spec.accelerators)
    return ResolvedEngine(
        device=Valued(server_class.spec.device, f"class {server_class.metadata.name}"),
        dtype=dtype(server, server_class),
        max_context_tokens=choose.asked_or_profile("max_context_tokens"),
        max_sequences=max_sequences(server),
        accelerator_memory_percent=choose.asked_or_profile("accelerator_memory_percent"),
        tensor_parallel_size=tensor,
        pipeline_parallel_size=pipeline,
        stream_interval_tokens=choose.asked_or_profile("stream_interval_tokens"),
        system_date=_system_date(server),
        arguments=arguments(server, server_class),
    )


def max_sequences(server: ModelServer) -> Valued[int]:
    """How many sequences are computed in one batch."""
    return _choice(server).asked_or_profile("max_sequences")


def _system_date(server: ModelServer) -> Valued[str] | None:
    """The day that prompts speak of, where a model's template has one. All pods must say the same, today and tomorrow:
    else the cache of prompts would be lost at midnight. No day but this one stays as long as the object, so that it
    replaces no pods by itself; what was never stored has none, and the runtime takes the day of its start."""
    created = server.metadata.created
    return Valued(created.isoformat(), "the day of metadata.creationTimestamp") if created else None


def _choice(server: ModelServer) -> Choice:
    return Choice(server.spec.profile, server.spec.engine or Engine(), "spec.engine")
