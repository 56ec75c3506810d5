"""Each family of architectures: which parts its decoder layers have.

The parts are those of the model classes in Hugging Face transformers 5.19 and of vllm/model_executor/models in vLLM
0.32; windows are read as vLLM reads them.
"""

from __future__ import annotations

from modelserver_operator.resolve.memory import windows
from modelserver_operator.resolve.memory.attention import Attention, attention, kept
from modelserver_operator.resolve.memory.decoder import Decoder, dense
from modelserver_operator.resolve.memory.experts import (
    deepseek_experts,
    gpt_oss_experts,
    mixtral_experts,
    qwen_experts,
)
from modelserver_operator.resolve.memory.fields import Fields
from modelserver_operator.resolve.memory.latent import latent_attention, latent_kept
from modelserver_operator.resolve.memory.nexttoken import next_token_layers
from modelserver_operator.resolve.memory.packing import Packing


def llama(fields: Fields, packing: Packing) -> Decoder:
    bias = fields.flag("attention_bias")
    kind = Attention(bias=bias, output_bias=bias)
    return _plain(fields, packing, kind, windows.everywhere(fields))


def qwen2(fields: Fields, packing: Packing) -> Decoder:
    return _plain(fields, packing, Attention(bias=True), windows.switched(fields))


def qwen3(fields: Fields, packing: Packing) -> Decoder:
    bias = fields.flag("attention_bias")
    kind = Attention(bias=bias, output_bias=bias, head_norms=True)
    return _plain(fields, packing, kind, windows.switched(fields))


def gemma2(fields: Fields, packing: Packing) -> Decoder:
    return _plain(fields, packing, Attention(), windows.by_type(fields, 2), norms=4)


def gemma3(fields: Fields, packing: Packing) -> Decoder:
    pattern = fields.optional("sliding_window_pattern") or 6
    return _plain(fields, packing, Attention(head_norms=True), windows.by_type(fields, pattern), norms=4)


def _plain(fields: Fields, packing: Packing, kind: Attention, looks: windows.Windows, norms: int = 2) -> Decoder:
    return Decoder(
        attention=attention(fields, packing, kind),
        feed_forward=dense(fields, packing, bias=fields.flag("mlp_bias")),
        kept=kept(fields, looks),
        widest=fields.number("intermediate_size"),
        norms=norms,
    )


def mixtral(fields: Fields, packing: Packing) -> Decoder:
    return Decoder(
        attention=attention(fields, packing, Attention()),
        feed_forward=mixtral_experts(fields, packing),
        kept=kept(fields, windows.everywhere(fields)),
        widest=fields.number("intermediate_size") * fields.number("num_experts_per_tok"),
    )


def qwen2_experts(fields: Fields, packing: Packing) -> Decoder:
    return _qwen_experts(fields, packing, Attention(bias=fields.flag("qkv_bias")))


def qwen3_experts(fields: Fields, packing: Packing) -> Decoder:
    bias = fields.flag("attention_bias")
    return _qwen_experts(fields, packing, Attention(bias=bias, output_bias=bias, head_norms=True))


def _qwen_experts(fields: Fields, packing: Packing, kind: Attention) -> Decoder:
    return Decoder(
        attention=attention(fields, packing, kind),
        feed_forward=qwen_experts(fields, packing),
        kept=kept(fields, windows.switched(fields)),
        widest=fields.number("moe_intermediate_size") * fields.number("num_experts_per_tok"),
    )


def gpt_oss(fields: Fields, packing: Packing) -> Decoder:
    bias = fields.flag("attention_bias")
    return Decoder(
        attention=attention(fields, packing, Attention(bias=bias, output_bias=bias, sinks=True)),
        feed_forward=gpt_oss_experts(fields, packing),
        kept=kept(fields, windows.by_type(fields, 2)),
        widest=fields.number("intermediate_size") * fields.number("num_experts_per_tok"),
    )


def deepseek(fields: Fields, packing: Packing) -> Decoder:
    return Decoder(
        attention=latent_attention(fields, packing),
        feed_forward=deepseek_experts(fields, packing),
        kept=latent_kept(fields),
        widest=fields.number("moe_intermediate_size") * fields.number("num_experts_per_tok"),
        besides=tuple(next_token_layers(fields, packing)),
    )
