"""How a model is spread over the accelerators of one replica."""

from __future__ import annotations

from modelserver_operator.api import ModelServer, ModelServerClass, Reason
from modelserver_operator.api.engine import Accelerators
from modelserver_operator.resolve.outcome import Refusal, Valued


def parallelism(spread: Accelerators | None) -> tuple[Valued[int], Valued[int]]:
    """(tensor parallel size, pipeline parallel size); their product is count, as the object's rules hold.

    Tensor parallelism is the default: it uses all accelerators for each token, so it is faster for one request.
    """
    if spread is None:
        return Valued(1, "one accelerator"), Valued(1, "one accelerator")
    tensor, pipeline = spread.tensor_parallel_size, spread.pipeline_parallel_size
    return _tensor(spread.count, tensor, pipeline), _pipeline(spread.count, tensor, pipeline)


def heads_can_be_split(server: ModelServer, _: ModelServerClass) -> Refusal | None:
    """Each of the accelerators that share a layer gets as many attention heads; vLLM ends at start otherwise."""
    heads, tensor = _heads(server), parallelism(server.spec.accelerators)[0]
    if heads is None or heads % tensor.value == 0:
        return None
    message = (
        f"The model's {heads} attention heads cannot be dealt out evenly to {tensor.value} accelerators "
        f"({tensor.reason}); choose a tensorParallelSize that divides {heads}."
    )
    return Refusal(Reason.SPEC_INVALID, message, "spec.accelerators")


def _heads(server: ModelServer) -> int | None:
    facts = server.spec.model.facts
    return facts.attention_heads if facts else None


def _tensor(count: int, tensor: int | None, pipeline: int | None) -> Valued[int]:
    if tensor is not None:
        return Valued(tensor, "spec.accelerators.tensorParallelSize")
    if pipeline is not None:
        return Valued(count // pipeline, f"count {count} divided by pipelineParallelSize {pipeline}")
    return Valued(count, f"count {count}: each layer is split over all")


def _pipeline(count: int, tensor: int | None, pipeline: int | None) -> Valued[int]:
    if pipeline is not None:
        return Valued(pipeline, "spec.accelerators.pipelineParallelSize")
    if tensor is not None:
        return Valued(count // tensor, f"count {count} divided by tensorParallelSize {tensor}")
    return Valued(1, "each layer is split over all accelerators")
