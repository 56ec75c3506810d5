"""The architectures whose sizes are known, by the class that vLLM goes by; each default stands in the configuration
class of Hugging Face transformers 5.19, because a config.json may leave out what equals it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from modelserver_operator.resolve.memory import windows
from modelserver_operator.resolve.memory.attention import Attention, attention, kept
from modelserver_operator.resolve.memory.decoder import Decoder, dense, model_shape
from modelserver_operator.resolve.memory.fields import Fields
from modelserver_operator.resolve.memory.packing import Packing
from modelserver_operator.resolve.memory.shape import ModelShape


@dataclass(frozen=True)
class Architecture:
    """The defaults of its config.json, and how its parts are made of the numbers there."""

    decoder: Callable[[Fields, Packing], Decoder]
    defaults: Mapping[str, object]

    def shape(self, name: str, fields: Fields, packing: Packing) -> ModelShape:
        """The model's sizes. Raises UnknowableError."""
        return model_shape(name, fields, packing, self.decoder(fields, packing))


def _llama(fields: Fields, packing: Packing) -> Decoder:
    bias = fields.flag("attention_bias")
    return _plain(fields, packing, Attention(bias=bias, output_bias=bias), windows.everywhere(fields))


def _qwen2(fields: Fields, packing: Packing) -> Decoder:
    return _plain(fields, packing, Attention(bias=True), windows.switched(fields))


def _plain(fields: Fields, packing: Packing, kind: Attention, looks: windows.Windows, norms: int = 2) -> Decoder:
    return Decoder(
        attention=attention(fields, packing, kind),
        feed_forward=dense(fields, packing, bias=fields.flag("mlp_bias")),
        kept=kept(fields, looks),
        widest=fields.number("intermediate_size"),
        norms=norms,
    )


ARCHITECTURES: Mapping[str, Architecture] = MappingProxyType(
    {
        "LlamaForCausalLM": Architecture(_llama, {}),
        "MistralForCausalLM": Architecture(_llama, {"sliding_window": 4096, "num_key_value_heads": 8}),
        "Qwen2ForCausalLM": Architecture(_qwen2, {}),
    }
)
