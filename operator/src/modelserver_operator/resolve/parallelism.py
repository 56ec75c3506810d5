"""How a model is spread over the accelerators of one replica."""

from __future__ import annotations

from modelserver_operator.api.engine import Accelerators
from modelserver_operator.resolve.outcome import Valued


def parallelism(spread: Accelerators | None) -> tuple[Valued[int], Valued[int]]:
    """(tensor parallel size, pipeline parallel size); their product is count, as the object's rules hold.

    Tensor parallelism is the default: it uses all accelerators for each token, so it is faster for one request.
    """
    if spread is None:
        return Valued(1, "one accelerator"), Valued(1, "one accelerator")
    tensor, pipeline = spread.tensor_parallel_size, spread.pipeline_parallel_size
    return _tensor(spread.count, tensor, pipeline), _pipeline(spread.count, tensor, pipeline)


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
