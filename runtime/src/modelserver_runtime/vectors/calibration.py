"""Measures how strongly a vector steers a Hugging Face model, and so finds the factor of scale 1.0."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from modelserver_runtime.vectors.hooks import adding, decoder_layers
from modelserver_runtime.vectors.passages import BATCH_SIZE, Passage, batch, by_length
from modelserver_runtime.vectors.strength import solve
from modelserver_runtime.vectors.vector import Band, Floats


def factor(
    model: Any,
    direction: Floats,
    norm: Floats,
    band: Band,
    neutral: Sequence[Passage],
    *,
    batch_size: int = BATCH_SIZE,
) -> float:
    """How much of a layer's norm the unit direction is multiplied with at scale 1.0.

    Args:
        model: a Hugging Face causal language model in eval mode.
        direction: layers × hidden size, unit length.
        norm: layers.
        band: the layers to which the addition goes.
        neutral: held-out neutral texts, measured at the positions that count.
        batch_size: texts read at once.

    Raises:
        VectorError: no factor gives the reference strength.
    """
    unit = {layer: torch.tensor(norm[layer] * direction[layer]) for layer in band.layers}
    return solve(strength_of(model, unit, neutral, batch_size))


def strength_of(
    model: Any, unit: dict[int, Any], neutral: Sequence[Passage], batch_size: int = BATCH_SIZE
) -> Callable[[float], float]:
    """A function from a factor to the mean KL per token (nats) when `factor × unit[i]` is added after layer i.

    It keeps the unsteered distributions in the host's memory: 4 bytes × positions that count × vocabulary.
    """
    layers = decoder_layers(model)
    unit = {layer: delta.to(model.device, model.dtype) for layer, delta in unit.items()}
    batches = [batch([neutral[index] for index in chosen]) for chosen in by_length(neutral, batch_size)]
    positions = sum(int(counts.sum()) for _, counts in batches)

    def log_probabilities(ids: Any, counts: Any) -> Any:
        logits = model(ids.to(model.device)).logits[counts.to(model.device)]
        return torch.log_softmax(logits.float(), dim=-1).cpu()

    with torch.inference_mode():
        plain = [log_probabilities(*each) for each in batches]

    def measure(value: float) -> float:
        total = 0.0
        with torch.inference_mode(), adding(layers, {layer: value * delta for layer, delta in unit.items()}):
            for each, before in zip(batches, plain, strict=True):
                steered = log_probabilities(*each)
                total += float((steered.exp() * (steered - before)).sum(-1).double().sum())
        return total / positions

    return measure
