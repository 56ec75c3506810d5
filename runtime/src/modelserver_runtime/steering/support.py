"""Which of vLLM's ways of running a model can be steered: what is not proven is refused before the model is loaded.

Pure: looks at vLLM's configuration after it has filled in its own defaults. (names as in vLLM 0.32's VllmConfig)
"""

from collections.abc import Callable
from typing import Any

ARGUMENT = "engine.arguments."

# What is refused, when, and the whole sentence. `of` is the VllmConfig.
REFUSED: tuple[tuple[Callable[[Any], Any], str], ...] = (
    (
        lambda of: of.parallel_config.data_parallel_size > 1,
        ARGUMENT + "data-parallel-size must be 1: requests and vectors go to one engine.",
    ),
    (
        lambda of: of.parallel_config._api_process_count > 1,
        ARGUMENT + "api-server-count must be 1: the mapping from names to mixes is held in one process.",
    ),
    (
        lambda of: of.parallel_config.prefill_context_parallel_size > 1,
        ARGUMENT + "prefill-context-parallel-size must be 1: each rank would have other tokens of a prompt.",
    ),
    (
        lambda of: of.parallel_config.decode_context_parallel_size > 1,
        ARGUMENT + "decode-context-parallel-size must be 1: it has not been tried.",
    ),
    (
        lambda of: of.parallel_config.use_ubatching,
        ARGUMENT + "enable-dbo and ubatch-size must be left out: half of a step's tokens would get the rows of others.",
    ),
    (
        lambda of: of.parallel_config.enable_hc_sp or of.parallel_config.use_sequence_parallel_moe,
        ARGUMENT + "enable-hc-sp and enable-expert-parallel with sequence parallelism must be left out: "
        "each rank would have other tokens of a step.",
    ),
    (
        lambda of: of.parallel_config.enable_elastic_ep,
        ARGUMENT + "enable-elastic-ep must be left out: workers that join later would hold no vectors.",
    ),
    (
        lambda of: of.model_config.runner_type != "generate",
        "The model does not generate text (" + ARGUMENT + "runner must be generate): only answers are steered.",
    ),
    (
        lambda of: of.model_config.is_encoder_decoder,
        "The model has an encoder beside its decoder, which has not been tried: choose one with a decoder only.",
    ),
    (
        lambda of: of.model_config.is_hybrid or of.model_config.is_attention_free,
        "The model has layers that keep a state of their own (Mamba and its like), which has not been tried: "
        "choose one whose layers all have attention.",
    ),
    (
        lambda of: of.diffusion_config is not None or of.model_config.is_diffusion,
        "The model writes by diffusion, not token by token, which has not been tried.",
    ),
    (
        lambda of: of.model_config.enable_prompt_embeds,
        ARGUMENT + "enable-prompt-embeds must be left out: where a prompt ends would be unknown.",
    ),
    (
        lambda of: of.model_config.enable_sleep_mode,
        ARGUMENT + "enable-sleep-mode must be left out: an engine that slept would have lost its table.",
    ),
    (
        lambda of: of.weight_transfer_config is not None,
        ARGUMENT + "weight-transfer-config must be left out: a vector belongs to the weights that it was made for.",
    ),
    (lambda of: of.lora_config is not None, ARGUMENT + "enable-lora must be left out: it has not been tried."),
    (
        lambda of: of.speculative_config is not None,
        ARGUMENT + "speculative-config must be left out: the drafter would not be steered, which has not been tried.",
    ),
    (
        lambda of: of.kv_transfer_config is not None,
        ARGUMENT + "kv-transfer-config and kv-offloading-size must be left out: "
        "a store outside of the engine may know a prompt by its text alone, however it was steered.",
    ),
    (
        lambda of: of.cache_config.kv_sharing_fast_prefill,
        ARGUMENT + "kv-sharing-fast-prefill must be left out: layers would see only some tokens of a step.",
    ),
    (
        lambda of: int(of.compilation_config.mode or 0) == 1,
        ARGUMENT + "compilation-config must have mode 0, 2 or 3: with 1 nobody can look into the model's layers.",
    ),
)


def problem(vllm_config: Any) -> str | None:
    """Why an engine of this configuration cannot be steered, as a sentence that names the option; None where it can."""
    return next((sentence for holds, sentence in REFUSED if holds(vllm_config)), None)
