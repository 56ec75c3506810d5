"""Hooks on the decoder layers of a Hugging Face model: read the residual stream after a layer, or add to it.

This is the reference for what the engine does: layer i counts from 0, and the addition follows the layer.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

from modelserver_runtime.vectors.errors import VectorError

Tensor = Any  # torch is not installed where types are checked
Module = Any


def decoder_layers(model: Module) -> list[Module]:
    """The model's decoder layers in order, found by structure: the one list of `num_hidden_layers` modules.

    Raises:
        VectorError: there is no such list, or more than one.
    """
    count = model.config.get_text_config().num_hidden_layers
    found = [part for part in model.modules() if isinstance(part, torch.nn.ModuleList) and len(part) == count]
    if len(found) != 1:
        raise VectorError(f"{type(model).__name__} has {len(found)} lists of {count} layers, and must have one")
    return list(found[0])


@contextmanager
def recording(layers: list[Module]) -> Iterator[dict[int, Tensor]]:
    """While open, each forward pass leaves every layer's output (batch × positions × hidden) in the yielded dict."""
    outputs: dict[int, Tensor] = {}

    def keep(index: int) -> Any:
        return lambda _module, _inputs, output: outputs.__setitem__(index, _stream(output))

    with ExitStack() as hooks:
        for index, layer in enumerate(layers):
            hooks.callback(layer.register_forward_hook(keep(index)).remove)
        yield outputs


@contextmanager
def adding(layers: list[Module], deltas: Mapping[int, Tensor]) -> Iterator[None]:
    """While open, `deltas[i]` (broadcast to batch × positions × hidden) is added to the output of layer i.

    The mapping is read at every forward pass, so that a training step may change what is added.
    """

    def add(index: int) -> Any:
        def hook(_module: Module, _inputs: Any, output: Any) -> Any:
            return _with_stream(output, _stream(output) + deltas[index]) if index in deltas else output

        return hook

    with ExitStack() as hooks:
        for index, layer in enumerate(layers):
            hooks.callback(layer.register_forward_hook(add(index)).remove)
        yield


def _stream(output: Any) -> Tensor:
    return output[0] if isinstance(output, tuple) else output


def _with_stream(output: Any, stream: Tensor) -> Any:
    return (stream, *output[1:]) if isinstance(output, tuple) else stream
