"""What the weights take on the accelerator that has the most of them."""

from __future__ import annotations

from modelserver_operator.resolve.memory.setting import Setting
from modelserver_operator.resolve.memory.shape import ModelShape, Stage, Tensors


def weight_bytes(shape: ModelShape, setting: Setting) -> int:
    """Bytes on one accelerator. Where the layers are dealt out, the fullest has its share of them, rounded up, and the
    larger of what stands before and behind them: where the head is the embedding, the last has it, too."""
    stages: dict[Stage, int] = {"first": 0, "layers": 0, "last": 0}
    for tensors in _loaded(shape):
        stages[tensors.stage] += _share(tensors, setting)
    if setting.pipeline_parallel_size == 1:
        return sum(stages.values())
    layers = -(-shape.layers // setting.pipeline_parallel_size)
    return stages["layers"] * layers // shape.layers + max(stages["first"], stages["last"])


def families(shape: ModelShape, setting: Setting) -> dict[str, int]:
    """Bytes of each family, of all accelerators of a replica together, as loaded."""
    return {tensors.family: _share(tensors, setting) * setting.tensor_parallel_size for tensors in _loaded(shape)}


def _loaded(shape: ModelShape) -> list[Tensors]:
    return [tensors for tensors in shape.tensors if tensors.loaded]


def _share(tensors: Tensors, setting: Setting) -> int:
    parts = min(setting.tensor_parallel_size, tensors.parts or setting.tensor_parallel_size)
    return -(-tensors.size(setting.plain_bytes) // parts)
