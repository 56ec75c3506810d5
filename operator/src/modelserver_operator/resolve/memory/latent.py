"""DeepSeek's multi-head latent attention: layers keep one small vector of a token instead of keys and values."""

from __future__ import annotations

from collections.abc import Iterator

from modelserver_operator.resolve.memory.fields import Fields
from modelserver_operator.resolve.memory.packing import Matrix, Packing, tensors
from modelserver_operator.resolve.memory.shape import KeptLayers, Tensors


def latent_attention(fields: Fields, packing: Packing) -> tuple[Tensors, ...]:
    """The weights of every layer's attention. What makes the latent vectors is on every accelerator. Raises
    UnknowableError."""
    layers = range(fields.number("num_hidden_layers"))
    spread = tensors("attention", (m for layer in layers for m in _spread(fields, layer)), packing)
    latent = tensors(
        "attention, latent vectors",
        (m for layer in layers for m in _latent(fields, layer)),
        packing,
        plain=len(layers) * (fields.number("kv_lora_rank") + (fields.optional("q_lora_rank") or 0)),
        parts=1,
    )
    return spread, latent, *_unpacked_again(fields, packing, len(layers))


def latent_kept(fields: Fields) -> tuple[KeptLayers, ...]:
    """The latent vector and the part that tells positions; no head of its own. Raises UnknowableError."""
    numbers = fields.number("kv_lora_rank") + fields.number("qk_rope_head_dim")
    return (KeptLayers(count=fields.number("num_hidden_layers"), heads=1, numbers=numbers),)


def _spread(fields: Fields, layer: int) -> Iterator[Matrix]:
    heads, hidden, low = fields.number("num_attention_heads"), fields.number("hidden_size"), _low(fields)
    query = heads * (fields.number("qk_nope_head_dim") + fields.number("qk_rope_head_dim"))
    yield Matrix(f"{_at(layer)}.{'q_b_proj' if low else 'q_proj'}", query, low or hidden)
    yield _back(fields, layer)
    yield Matrix(f"{_at(layer)}.o_proj", hidden, heads * fields.number("v_head_dim"), bias=_bias(fields))


def _latent(fields: Fields, layer: int) -> Iterator[Matrix]:
    hidden, low = fields.number("hidden_size"), _low(fields)
    if low:
        yield Matrix(f"{_at(layer)}.q_a_proj", low, hidden, bias=_bias(fields))
    rows = fields.number("kv_lora_rank") + fields.number("qk_rope_head_dim")
    yield Matrix(f"{_at(layer)}.kv_a_proj_with_mqa", rows, hidden, bias=_bias(fields))


def _back(fields: Fields, layer: int) -> Matrix:
    """From the latent vector back to keys and values."""
    rows = fields.number("num_attention_heads") * (fields.number("qk_nope_head_dim") + fields.number("v_head_dim"))
    return Matrix(f"{_at(layer)}.kv_b_proj", rows, fields.number("kv_lora_rank"))


def _unpacked_again(fields: Fields, packing: Packing, layers: int) -> Iterator[Tensors]:
    """vLLM multiplies that matrix into others, and for this has it a second time, unpacked, where it is packed
    (vLLM 0.32, MLAAttention.process_weights_after_loading)."""
    back = _back(fields, 0)
    if packing(back) is not None:
        yield Tensors(family="attention, unpacked again", plain=layers * back.rows * back.columns, published=False)


def _low(fields: Fields) -> int | None:
    return fields.optional("q_lora_rank")


def _bias(fields: Fields) -> bool:
    return fields.flag("attention_bias")


def _at(layer: int) -> str:
    return f"model.layers.{layer}.self_attn"
