"""The families of models whose steered answers are held against the reference, by transformers' `model_type`.

A family's values make its tiny configuration one that vLLM's CPU attention takes (heads of 32), keep the number of
anything else apart from that of its layers, and what its vLLM implementation takes for granted.
"""

from typing import Any

HEAD = {"head_dim": 32}
TIED = {"tie_word_embeddings": True}
EXPERTS = {"num_experts": 3, "num_experts_per_tok": 2, "moe_intermediate_size": 48}

FAMILIES: dict[str, dict[str, Any]] = {
    "arcee": {},
    "cohere": TIED | {"logit_scale": 1.0},
    "cohere2": TIED | {"logit_scale": 1.0},
    "ernie4_5": HEAD,
    "falcon": {"new_decoder_architecture": True, "num_kv_heads": 2},
    "gemma": HEAD | TIED,
    "gemma2": HEAD | TIED | {"query_pre_attn_scalar": 32},
    "gemma3_text": HEAD | TIED | {"query_pre_attn_scalar": 32},
    "glm": HEAD,
    "glm4": HEAD | {"partial_rotary_factor": 0.5},
    "gpt2": {"n_inner": 96},
    "gpt_neox": {},
    "gpt_oss": HEAD | {"num_local_experts": 3, "num_experts_per_tok": 2},
    "gptj": {"rotary_dim": 16},
    "granite": {},
    "granitemoe": {"num_local_experts": 3},
    "helium": HEAD,
    "hunyuan_v1_dense": HEAD,
    "llama": {},
    "ministral": HEAD,
    "mistral": HEAD,
    "mixtral": {"num_local_experts": 3},
    "nemotron": {},
    "olmo": {},
    "olmo2": {},
    "olmo3": {},
    "olmoe": EXPERTS,
    "opt": {"ffn_dim": 96, "word_embed_proj_dim": 64},
    "persimmon": {},
    "phi": {},
    "phi3": {"rope_scaling": None},
    "qwen2": {},
    "qwen2_moe": EXPERTS | {"shared_expert_intermediate_size": 48},
    "qwen3": HEAD,
    "qwen3_moe": HEAD | EXPERTS,
    "seed_oss": HEAD,
    "smollm3": {},
    "stablelm": {},
    "starcoder2": {},
}

# Those that load and cannot be steered: the self-test finds it, and the server does not start.
REFUSED: dict[str, dict[str, Any]] = {
    "exaone4": {},  # its layers give the stream first, and beside it one that the next layer does not read
}
# `make test` compares these; a family each for what layers look like. Qwen2 is in every other test here.
SHORT = ("gemma3_text", "gpt2", "gpt_oss", "llama")
