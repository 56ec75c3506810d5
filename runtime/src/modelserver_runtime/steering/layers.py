"""The decoder layers of vLLM's model, found by structure, and the one forward of ours that torch.compile traces.

A layer gives the residual stream whole, or as a pair whose sum it is: then it takes a `residual`, too. The vector goes
to that second of the pair: between the first and the next layer's norm, vLLM fuses the all-reduce and the addition,
and finds that pattern only where nothing stands in between. Some layers give a second that nobody uses. Whether what
is taken for the stream is it, the self-test proves for each model that is served.
"""

import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any

from torch import Tensor, nn

# Of vLLM 0.32: take a residual, and give back one that the next layer throws away.
_STREAM_IS_FIRST = frozenset({"CohereDecoderLayer"})


class LayersError(Exception):
    """This model's decoder layers are not where a decoder has them; the text is one sentence."""


def find(model: nn.Module, count: int) -> list[nn.Module]:
    """The model's `count` decoder layers, first to last; of another pipeline rank's, vLLM's placeholders.

    Raises:
        LayersError: no list of layers has that length, or several have.
    """
    decoder = model.get_language_model() if hasattr(model, "get_language_model") else model
    lists = [each for each in decoder.named_modules() if isinstance(each[1], nn.ModuleList) and len(each[1]) == count]
    outermost = [(name, layers) for name, layers in lists if not any(_inside(name, other) for other, _ in lists)]
    if len(outermost) != 1:
        names = ", ".join(name for name, _ in outermost) or "none"
        raise LayersError(
            f"In {type(model).__name__}, one list of {count} decoder layers was expected; found: {names}."
        )
    return list(outermost[0][1])


def mine(layers: list[nn.Module]) -> list[int]:
    """The numbers of the layers that this pipeline rank computes."""
    from vllm.model_executor.models.utils import PPMissingLayer  # here, so that hooks can be tried without vLLM

    return [number for number, layer in enumerate(layers) if not isinstance(layer, PPMissingLayer)]


def hook(layer: nn.Module, table: Tensor, rows: Tensor) -> None:
    """Let `layer` add `table[rows]` to the stream from now on.

    table: rows × hidden size. rows: for each token of a step the number of its row. Both keep their addresses for
    the process's life: compiled code and CUDA graphs hold on to them.
    """
    layer.__class__ = _steered(type(layer))
    layer.register_buffer("steering_table", table, persistent=False)
    layer.register_buffer("steering_rows", rows, persistent=False)


def hooked(layers: list[nn.Module]) -> Iterator[int]:
    """The numbers of the layers that are hooked."""
    return (number for number, layer in enumerate(layers) if isinstance(layer, Steered))


class Steered:
    """Marks the classes made by `_steered`."""


def _steered(base: Any) -> Any:
    return base if issubclass(base, Steered) else _made(base)


@cache
def _made(base: Any) -> type:
    pair = "residual" in inspect.signature(base.forward).parameters and base.__name__ not in _STREAM_IS_FIRST

    class SteeredLayer(base, Steered):  # type: ignore[misc]
        def forward(self, *args: Any, **options: Any) -> Any:
            given = base.forward(self, *args, **options)
            if not isinstance(given, tuple):
                return _added(given, self.steering_table, self.steering_rows)
            if pair and given[1] is not None:
                return (given[0], _added(given[1], self.steering_table, self.steering_rows), *given[2:])
            return (_added(given[0], self.steering_table, self.steering_rows), *given[1:])

    SteeredLayer.__name__ = SteeredLayer.__qualname__ = f"Steered{base.__name__}"
    return SteeredLayer


def _added(stream: Tensor, table: Tensor, rows: Tensor) -> Tensor:
    # The last axis but one is the tokens': Transformers' own layers have one of length 1 before it.
    return stream + table.index_select(0, rows[: stream.shape[-2]])


def _inside(name: str, other: str) -> bool:
    return name.startswith(f"{other}.")
