"""A small decoder with the product's hooks, and the same sum written out: no mask, no cache, nothing but additions."""

from typing import Any

import numpy as np
import torch
from torch import nn

from modelserver_runtime.steering.layers import hook
from modelserver_runtime.steering.table import Floats, Table

HIDDEN = 64
ROWS = 9
TOKENS = 256
# What vLLM's decoder layers give: the stream whole, or a pair whose sum it is, of which one may be None.
SHAPES = ("whole", "pair", "pair with none")


class Layer(nn.Module):  # type: ignore[misc]
    """Adds to the stream what a norm and a matrix make of it."""

    def __init__(self, gives: str) -> None:
        super().__init__()
        self.gives = gives
        self.norm, self.linear = nn.LayerNorm(HIDDEN), nn.Linear(HIDDEN, HIDDEN)

    def forward(self, stream: Any, residual: Any = None) -> Any:
        """Tokens × hidden, in one of SHAPES."""
        whole = stream if residual is None else stream + residual
        added = self.linear(self.norm(whole))
        if self.gives == "pair":
            return added, whole
        return whole + added if self.gives == "whole" else (whole + added, None)


class Decoder:
    """Two layers of each shape on a device, hooked with a table of the product's."""

    def __init__(self, device: str) -> None:
        torch.manual_seed(1)
        self.layers = [Layer(gives).to(device) for gives in (*SHAPES, *SHAPES)]
        self.table = table(len(self.layers), HIDDEN, TOKENS, device)
        self.stream = torch.randn(TOKENS, HIDDEN, device=device)

    def hook(self, rows: Any) -> None:
        """Hook all layers with the table, and with `rows` for its map of tokens."""
        for place, layer in enumerate(self.layers):
            hook(layer, self.table.deltas[place], rows)

    def forward(self) -> Any:
        """The stream after the last layer, by the layers as they are."""
        given: Any = (self.stream,)
        for layer in self.layers:
            given = layer(*given)
            given = given if isinstance(given, tuple) else (given,)
        return sum(part for part in given if part is not None)

    def expected(self, deltas: Any, rows: Any) -> Any:
        """The same with `deltas[layer, rows]` added after each layer, and no hook in it."""
        whole = self.stream
        for layer, delta in zip(self.layers, deltas, strict=True):
            whole = whole + layer.linear(layer.norm(whole)) + delta[rows]
        return whole


def table(layers: int, hidden: int, tokens: int, device: str, dtype: Any = torch.float32) -> Table:
    """An empty table of ROWS rows."""
    return Table(layers, ROWS, hidden, tokens, dtype=dtype, device=torch.device(device))


def deltas(seed: int, *shape: int) -> Floats:
    """Made-up additions, each number about 0.5: as long as a twentieth of the stream, or longer."""
    return np.random.default_rng(seed).normal(0, 0.5, shape).astype(np.float32)


def rows(seed: int, tokens: int) -> Any:
    """A made-up map: for each token one of all rows, zero included."""
    return np.random.default_rng(seed).integers(0, ROWS, tokens, dtype=np.int32)
