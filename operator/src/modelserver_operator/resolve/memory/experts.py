"""Feed-forward layers of many experts, of which a router chooses a few for each token: all of them need memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modelserver_operator.resolve.memory.decoder import gated
from modelserver_operator.resolve.memory.fields import Fields
from modelserver_operator.resolve.memory.packing import Matrix, Packing, tensors
from modelserver_operator.resolve.memory.shape import Tensors, UnknowableError


def mixtral_experts(fields: Fields, packing: Packing) -> tuple[Tensors, ...]:
    """Every layer has experts. Raises UnknowableError."""
    layers = range(fields.number("num_hidden_layers"))
    inner, experts = fields.number("intermediate_size"), fields.number("num_local_experts")
    return tuple(_routed(fields, packing, layers, inner, experts))


def qwen_experts(fields: Fields, packing: Packing) -> tuple[Tensors, ...]:
    """Experts in the layers that decoder_sparse_step and mlp_only_layers leave; with Qwen2 also one that all tokens
    share. Raises UnknowableError."""
    sparse, dense = _qwen_layers(fields)
    hidden, shared = fields.number("hidden_size"), fields.optional("shared_expert_intermediate_size")
    return (
        *_routed(fields, packing, sparse, fields.number("moe_intermediate_size"), fields.number("num_experts")),
        *_everyone(fields, packing, sparse, shared),
        *(() if shared is None else (Tensors(family="shared experts' gates", plain=hidden * len(sparse), parts=1),)),
        *_without(fields, packing, dense),
    )


def deepseek_experts(fields: Fields, packing: Packing) -> tuple[Tensors, ...]:
    """The first layers are dense; the others have experts, and some that all tokens share. Raises UnknowableError."""
    if fields.value("moe_layer_freq") not in (None, 1):
        raise UnknowableError("moe_layer_freq is not 1")
    layers, first = fields.number("num_hidden_layers"), fields.optional("first_k_dense_replace") or 0
    sparse, inner = range(first, layers), fields.number("moe_intermediate_size")
    corrected = fields.value("topk_method") == "noaux_tc"
    experts = fields.number("n_routed_experts")
    return (
        *_routed(fields, packing, sparse, inner, experts, bias=corrected),
        *_everyone(fields, packing, sparse, inner * (fields.optional("n_shared_experts") or 0)),
        *_without(fields, packing, range(min(first, layers))),
    )


def gpt_oss_experts(fields: Fields, packing: Packing) -> tuple[Tensors, ...]:
    """Experts with biases, gate and up in one matrix; the router has a bias, too. Raises UnknowableError."""
    hidden, inner = fields.number("hidden_size"), fields.number("intermediate_size")
    layers, experts = fields.number("num_hidden_layers"), fields.number("num_local_experts")
    matrices = (
        matrix
        for layer in range(layers)
        for matrix in (
            Matrix(f"model.layers.{layer}.mlp.experts.gate_up_proj", 2 * inner, hidden, experts, bias=True),
            Matrix(f"model.layers.{layer}.mlp.experts.down_proj", hidden, inner, experts, bias=True),
        )
    )
    return (
        tensors("experts", matrices, packing),
        Tensors(family="router", plain=layers * experts * (hidden + 1), parts=1),
    )


def _routed(
    fields: Fields, packing: Packing, layers: Sequence[int], inner: int, experts: int, *, bias: bool = False
) -> Iterator[Tensors]:
    """Experts and router; formats leave a router as it is, and every accelerator has all of it."""
    hidden = fields.number("hidden_size")
    matrices = (
        matrix
        for layer in layers
        for matrix in gated(f"model.layers.{layer}.mlp.experts.0", hidden, inner, times=experts)
    )
    yield tensors("experts", matrices, packing)
    yield Tensors(family="router", plain=len(layers) * experts * (hidden + bias), parts=1)


def _everyone(fields: Fields, packing: Packing, layers: Sequence[int], inner: int | None) -> Iterator[Tensors]:
    """The experts that all tokens share, as wide as all of them together."""
    hidden = fields.number("hidden_size")
    if inner:
        matrices = (m for layer in layers for m in gated(f"model.layers.{layer}.mlp.shared_experts", hidden, inner))
        yield tensors("shared experts", matrices, packing)


def _without(fields: Fields, packing: Packing, layers: Sequence[int]) -> Iterator[Tensors]:
    """The layers that have no experts."""
    if layers:
        hidden, inner = fields.number("hidden_size"), fields.number("intermediate_size")
        matrices = (m for layer in layers for m in gated(f"model.layers.{layer}.mlp", hidden, inner))
        yield tensors("feed-forward", matrices, packing)


def _qwen_layers(fields: Fields) -> tuple[list[int], list[int]]:
    """(layers with experts, layers without)."""
    step, only = fields.optional("decoder_sparse_step"), fields.value("mlp_only_layers") or []
    if step is None or not isinstance(only, list):
        raise UnknowableError("decoder_sparse_step is no number above 0, or mlp_only_layers no list")
    layers = range(fields.number("num_hidden_layers"))
    sparse = [layer for layer in layers if layer not in only and (layer + 1) % step == 0]
    return sparse, [layer for layer in layers if layer not in sparse]
