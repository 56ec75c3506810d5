"""DeepSeek-V3's layers that guess the token after the next: in the files, and loaded only for speculative decoding."""

from __future__ import annotations

from collections.abc import Iterator

from modelserver_operator.resolve.memory.experts import deepseek_experts
from modelserver_operator.resolve.memory.fields import Fields
from modelserver_operator.resolve.memory.latent import latent_attention
from modelserver_operator.resolve.memory.packing import Packing
from modelserver_operator.resolve.memory.shape import Tensors


def next_token_layers(fields: Fields, packing: Packing) -> Iterator[Tensors]:
    """Each is a layer with experts, with an embedding and a head of its own, a plain matrix that takes in the token
    and what was computed of it, and three norms besides the layer's two. Raises UnknowableError."""
    count = fields.optional("num_nextn_predict_layers")
    if count is None:
        return
    hidden, words = fields.number("hidden_size"), fields.number("vocab_size")
    layer = fields.but(num_hidden_layers=count, first_k_dense_replace=0)
    parts = (*latent_attention(layer, packing), *deepseek_experts(layer, packing))
    yield Tensors(
        family="next-token layers",
        plain=sum(part.plain for part in parts if part.published) + count * (2 * words + 2 * hidden + 5) * hidden,
        packed=sum(part.packed for part in parts),
        packed_bytes=sum(part.packed_bytes for part in parts),
        loaded=False,
    )
