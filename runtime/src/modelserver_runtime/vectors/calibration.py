"""Measures how strongly a vector steers a Hugging Face model, and so finds the factor of scale 1.0."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from modelserver_runtime.vectors.hooks import adding, decoder_layers
from modelserver_runtime.vectors.passages import Passage, batch
from modelserver_runtime.vectors.strength import solve
from modelserver_runtime.vectors.vector import Band, Floats


def factor(model: Any, direction: Floats, norm: Floats, band: Band, neutral: Sequence[Passage]) -> float:
    """How much of a layer's norm the unit direction is multiplied with at scale 1.0.

    Args:
        model: a Hugging Face causal language model in eval mode.
        direction: layers × hidden size, unit length.
        norm: layers.
        band: the layers to which the addition goes.
        neutral: held-out neutral texts, measured at the positions that count.

    Raises:
        VectorError: no factor gives the reference strength.
    """
    unit = {layer: torch.tensor(norm[layer] * direction[layer]) for layer in band.layers}
    return solve(strength_of(model, unit, neutral))


def strength_of(model: Any, unit: dict[int, Any], neutral: Sequence[Passage]) -> Callable[[float], float]:
    """A function from a factor to the mean KL per token (nats) when `factor × unit[i]` is added after layer i."""
    ids, counts = batch(neutral)
    layers = decoder_layers(model)

    def log_probabilities() -> Any:
        return torch.log_softmax(model(ids).logits[counts].float(), dim=-1)

    with torch.inference_mode():
        plain = log_probabilities()

    def measure(value: float) -> float:
        with torch.inference_mode(), adding(layers, {layer: value * delta for layer, delta in unit.items()}):
            steered = log_probabilities()
        return float((steered.exp() * (steered - plain)).sum(-1).mean())

    return measure
