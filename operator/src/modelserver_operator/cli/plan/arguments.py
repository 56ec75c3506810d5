"""vLLM's command line, each option with its reason.

The runtime makes that command line from the start config, in a process that this one may not import. What it adds by
itself stands here once more, with the reasons; tests/unit/cli/test_plan_arguments.py holds both sides together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from modelserver_operator.cli.plan.contents import Argument, source
from modelserver_operator.desired import model
from modelserver_operator.desired.volumes import MODELS
from modelserver_operator.resolve import Resolved, ResolvedEngine, Valued

HARMONY = "gpt_oss"  # the model_type of models whose answers have channels, of which callers see some only
EXECUTOR = "distributed-executor-backend"

# vLLM's name, ours, and how vLLM writes the value.
_FIELDS = (
    ("max-model-len", "max_context_tokens"),
    ("max-num-seqs", "max_sequences"),
    ("gpu-memory-utilization", "accelerator_memory_percent"),
    ("tensor-parallel-size", "tensor_parallel_size"),
    ("pipeline-parallel-size", "pipeline_parallel_size"),
    ("stream-interval", "stream_interval_tokens"),
)


def engine_arguments(resolved: Resolved, model_type: str = "") -> tuple[Argument, ...]:
    """In the order in which vLLM gets them. model_type: as the model's config.json has it; empty: not known."""
    chosen = dict(_chosen(resolved)) | dict(_added(resolved, model_type)) | dict(resolved.engine.arguments)
    return tuple(
        Argument(f"--{name}", valued.value, source(valued.reason), valued.reason) for name, valued in chosen.items()
    )


def _chosen(resolved: Resolved) -> Iterator[tuple[str, Valued[str]]]:
    """What every server has."""
    yield "model", Valued(model.path(resolved.model, MODELS), f"spec.model.{_source_field(resolved)}")
    yield "served-model-name", Valued(resolved.served_names[0], "metadata.name; the runtime knows the other names")
    yield "dtype", resolved.engine.dtype
    for option, name in _FIELDS:
        valued: Valued[int] = getattr(resolved.engine, name)
        yield option, Valued(_written(name, valued.value), valued.reason)


def _written(name: str, number: int) -> str:
    return str(number / 100) if name == "accelerator_memory_percent" else str(number)


def _source_field(resolved: Resolved) -> str:
    if resolved.model.hugging_face:
        return "huggingFace"
    return "persistentVolumeClaim" if resolved.model.persistent_volume_claim else "image"


def _added(resolved: Resolved, model_type: str) -> Iterator[tuple[str, Valued[str]]]:
    """What the runtime adds by the device, the model and the vectors."""
    if resolved.engine.device.value == "Cpu":
        yield from _on_cpu(resolved.engine)
    if model_type == HARMONY:
        yield from _for_harmony()
    if resolved.emotions.vectors:
        yield from _for_steering(resolved.engine)


def _on_cpu(engine: ResolvedEngine) -> Iterator[tuple[str, Valued[str]]]:
    yield "no-enable-chunked-prefill", Valued("", "fixed on CPU: a seed with a partly prefilled prompt ends the engine")
    if is_in_process(engine):
        yield EXECUTOR, Valued("uni", "on CPU without parallelism the engine needs no process more")


def is_in_process(engine: ResolvedEngine) -> bool:
    """Whether the engine computes in its own process, which only a CPU does."""
    one = engine.accelerators == 1
    asked = engine.arguments.get(EXECUTOR)
    return one and (asked is None or asked.value == "uni")


def _for_harmony() -> Iterator[tuple[str, Valued[str]]]:
    fixed = {"reasoning-parser": "openai_gptoss", "tool-call-parser": "openai", "enable-auto-tool-choice": ""}
    for name, text in fixed.items():
        yield name, Valued(text, f"fixed for models of type {HARMONY}: reasoning stays hidden")


def _for_steering(engine: ResolvedEngine) -> Iterator[tuple[str, Valued[str]]]:
    rows = 1 + engine.max_sequences.value
    shapes: dict[str, Any] = {"modelserver_steering": {"rows": rows}}
    yield (
        "additional-config",
        Valued(json.dumps(shapes), "with vectors: a row for each of maxSequences, and one for what nothing steers"),
    )
    worker = "modelserver_runtime.steering.worker.SteeringWorker"
    yield "worker-extension-cls", Valued(worker, "with vectors: by it workers steer")
