"""Directions from texts by mean difference: where the residual stream lies, on average, for one kind and the other."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.hooks import decoder_layers, recording
from modelserver_runtime.vectors.passages import Passage, batch
from modelserver_runtime.vectors.vector import Floats

METHOD = "mean-difference"


def means(model: Any, passages: Sequence[Passage]) -> Floats:
    """The mean residual stream after each layer over the positions that count: layers × hidden size."""
    ids, counts = batch(passages)
    with torch.inference_mode(), recording(layers := decoder_layers(model)) as outputs:
        model(ids)
        return _stack([outputs[index][counts].mean(0) for index in range(len(layers))])


def norms(model: Any, passages: Sequence[Passage]) -> Floats:
    """The median length of the residual stream after each layer; a text's first position, an outlier, is left out."""
    ids, _ = batch(passages)
    inside = torch.zeros_like(ids, dtype=torch.bool)
    for row, passage in enumerate(passages):
        inside[row, 1 : len(passage.tokens)] = True
    with torch.inference_mode(), recording(layers := decoder_layers(model)) as outputs:
        model(ids)
        return _stack([outputs[index][inside].norm(dim=-1).median() for index in range(len(layers))])


def directions(wanted: Floats, others: Floats) -> Floats:
    """Unit directions (layers × hidden size) that lead from the means `others` to the means `wanted`.

    Raises:
        VectorError: at some layer the two do not differ.
    """
    difference = wanted - others
    lengths = np.linalg.norm(difference, axis=1, keepdims=True)
    if not (lengths > 0).all():
        raise VectorError("the two sets of texts look the same to the model: there is no direction between them")
    return np.asarray(difference / lengths, dtype=np.float32)


def _stack(rows: list[Any]) -> Floats:
    return np.asarray(torch.stack(rows).float().numpy(), dtype=np.float32)
