"""The architectures whose sizes are known, by the class that vLLM goes by.

Each default stands in the architecture's configuration class in Hugging Face transformers 5.19: a config.json may leave
out what equals it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from modelserver_operator.resolve.memory import architectures
from modelserver_operator.resolve.memory.decoder import Decoder
from modelserver_operator.resolve.memory.fields import Fields
from modelserver_operator.resolve.memory.packing import Packing


@dataclass(frozen=True)
class Architecture:
    """How the decoder is made of the numbers in config.json, and what holds of those that are left out there. sees:
    the language model's numbers stand in text_config, and those of a SigLIP tower in vision_config."""

    decoder: Callable[[Fields, Packing], Decoder]
    defaults: Mapping[str, object]
    sees: bool = False


_GEMMA2 = {"head_dim": 256, "sliding_window": 4096, "tie_word_embeddings": True}
_GEMMA3 = {**_GEMMA2, "vocab_size": 262_208, "num_attention_heads": 8, "num_key_value_heads": 4}
_QWEN_EXPERTS = {"decoder_sparse_step": 1, "num_experts_per_tok": 8}

KNOWN: Mapping[str, Architecture] = MappingProxyType(
    {
        "LlamaForCausalLM": Architecture(architectures.llama, {}),
        "MistralForCausalLM": Architecture(architectures.llama, {"num_key_value_heads": 8, "sliding_window": 4096}),
        "Phi3ForCausalLM": Architecture(architectures.llama, {}),
        "Qwen2ForCausalLM": Architecture(architectures.qwen2, {}),
        "Qwen3ForCausalLM": Architecture(architectures.qwen3, {"head_dim": 128}),
        "Gemma2ForCausalLM": Architecture(architectures.gemma2, _GEMMA2),
        "Gemma3ForCausalLM": Architecture(architectures.gemma3, _GEMMA3),
        "Gemma3ForConditionalGeneration": Architecture(architectures.gemma3, _GEMMA3, sees=True),
        "MixtralForCausalLM": Architecture(
            architectures.mixtral, {"num_key_value_heads": 8, "num_local_experts": 8, "num_experts_per_tok": 2}
        ),
        "Qwen2MoeForCausalLM": Architecture(
            architectures.qwen2_experts,
            {**_QWEN_EXPERTS, "qkv_bias": True, "num_experts_per_tok": 4, "shared_expert_intermediate_size": 5632},
        ),
        "Qwen3MoeForCausalLM": Architecture(architectures.qwen3_experts, _QWEN_EXPERTS),
        "GptOssForCausalLM": Architecture(
            architectures.gpt_oss,
            {"head_dim": 64, "sliding_window": 128, "attention_bias": True, "num_experts_per_tok": 4},
        ),
        "DeepseekV2ForCausalLM": Architecture(
            architectures.deepseek, {"first_k_dense_replace": 0, "q_lora_rank": 1536}
        ),
        "DeepseekV3ForCausalLM": Architecture(
            architectures.deepseek,
            {"first_k_dense_replace": 3, "q_lora_rank": 1536, "topk_method": "noaux_tc"},
        ),
    }
)
