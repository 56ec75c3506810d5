"""Grouped-query attention: its weights, and what its layers keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from modelserver_operator.resolve.memory.fields import Fields
from modelserver_operator.resolve.memory.packing import Matrix, Packing, tensors
from modelserver_operator.resolve.memory.shape import KeptLayers, Tensors, UnknowableError


@dataclass(frozen=True)
class Attention:
    """How an architecture's attention differs from the plain one.

    bias, output_bias: the projections to query, key and value, and the one back, have biases.
    head_norms: queries and keys are normalised, with weights as wide as a head.
    sinks: each head has a learned sink.
    """

    bias: bool = False
    output_bias: bool = False
    head_norms: bool = False
    sinks: bool = False


def head_size(fields: Fields) -> int:
    """Numbers of one head. Raises UnknowableError."""
    hidden, heads = fields.number("hidden_size"), fields.number("num_attention_heads")
    if heads > hidden:
        raise UnknowableError(f"config.json has {heads} num_attention_heads for a hidden_size of {hidden}")
    return fields.optional("head_dim") or hidden // heads


def key_value_heads(fields: Fields) -> int:
    """Heads that are kept; where the config says nothing, every one is. Raises UnknowableError."""
    return fields.optional("num_key_value_heads") or fields.number("num_attention_heads")


def attention(fields: Fields, packing: Packing, kind: Attention) -> tuple[Tensors, ...]:
    """The weights of every layer's attention. Raises UnknowableError."""
    layers = range(fields.number("num_hidden_layers"))
    return (
        tensors("attention", (m for layer in layers for m in _outer(fields, kind, layer)), packing),
        tensors(
            "attention, keys and values",
            (m for layer in layers for m in _kept(fields, kind, layer)),
            packing,
            parts=key_value_heads(fields),
        ),
        *_small(fields, kind, len(layers)),
    )


def kept(fields: Fields, windows: Sequence[int | None]) -> tuple[KeptLayers, ...]:
    """What the layers keep: `windows` has each layer's. Raises UnknowableError."""
    return tuple(
        KeptLayers(count=count, heads=key_value_heads(fields), numbers=2 * head_size(fields), window=window)
        for window, count in Counter(windows).items()
    )


def _outer(fields: Fields, kind: Attention, layer: int) -> Iterator[Matrix]:
    hidden, queries = fields.number("hidden_size"), fields.number("num_attention_heads") * head_size(fields)
    yield Matrix(f"model.layers.{layer}.self_attn.q_proj", queries, hidden, bias=kind.bias)
    yield Matrix(f"model.layers.{layer}.self_attn.o_proj", hidden, queries, bias=kind.output_bias)


def _kept(fields: Fields, kind: Attention, layer: int) -> Iterator[Matrix]:
    rows = key_value_heads(fields) * head_size(fields)
    for name in ("k_proj", "v_proj"):
        yield Matrix(f"model.layers.{layer}.self_attn.{name}", rows, fields.number("hidden_size"), bias=kind.bias)


def _small(fields: Fields, kind: Attention, layers: int) -> Iterator[Tensors]:
    if kind.head_norms:
        yield Tensors(family="norms of heads", plain=2 * head_size(fields) * layers, parts=1)
    if kind.sinks:
        yield Tensors(family="attention sinks", plain=fields.number("num_attention_heads") * layers)
