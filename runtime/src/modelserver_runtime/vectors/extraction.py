"""Where the residual stream lies after each layer while a model reads texts, and the way from some texts to others."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from modelserver_runtime.vectors.hooks import decoder_layers, recording
from modelserver_runtime.vectors.passages import BATCH_SIZE, Passage, batch, by_length
from modelserver_runtime.vectors.vector import Floats, unit

METHOD = "mean-difference"


def means(model: Any, passages: Sequence[Passage]) -> Floats:
    """The mean residual stream after each layer over the positions that count: layers × hidden size."""
    ids, counts = batch(passages)
    with torch.inference_mode(), recording(layers := decoder_layers(model)) as outputs:
        model(ids)
        return _stack([outputs[index][counts].mean(0) for index in range(len(layers))])


def text_means(model: Any, passages: Sequence[Passage], batch_size: int = BATCH_SIZE) -> Iterator[tuple[int, Floats]]:
    """Each passage's index, and its mean residual stream over the positions that count: layers × hidden size.

    They come by length, and no more than a batch of them is in memory at once.
    """
    for chosen, outputs, counts in _read(model, passages, batch_size):
        for row, index in enumerate(chosen):
            yield index, _stack([output[row][counts[row]].float().mean(0) for output in outputs])


def norms(model: Any, passages: Sequence[Passage], batch_size: int = BATCH_SIZE) -> Floats:
    """The median length of the residual stream after each layer; a text's first position, an outlier, is left out."""
    inside = [Passage(passage.tokens, 1) for passage in passages]
    lengths = [
        torch.stack([output[counts].float().norm(dim=-1) for output in outputs]).cpu()
        for _, outputs, counts in _read(model, inside, batch_size)
    ]
    return np.asarray(torch.cat(lengths, dim=1).median(dim=1).values.numpy(), dtype=np.float32)


def directions(wanted: Floats, others: Floats) -> Floats:
    """Unit directions (layers × hidden size) that lead from the means `others` to the means `wanted`.

    Raises:
        VectorError: at some layer the two do not differ.
    """
    return unit(wanted.astype(np.float64) - others)


def _read(model: Any, passages: Sequence[Passage], batch_size: int) -> Iterator[tuple[list[int], list[Any], Any]]:
    """Per batch: which passages, the stream after each layer (batch × positions × hidden), and what counts."""
    layers = decoder_layers(model)
    for chosen in by_length(passages, batch_size):
        ids, counts = batch([passages[index] for index in chosen])
        with torch.inference_mode(), recording(layers) as outputs:
            model(ids.to(model.device))
        yield chosen, [outputs[index] for index in range(len(layers))], counts.to(model.device)


def _stack(rows: list[Any]) -> Floats:
    return np.asarray(torch.stack(rows).float().cpu().numpy(), dtype=np.float32)
