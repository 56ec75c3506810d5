"""What cannot be steered is refused by name, each option by itself, and nothing else is."""

from types import SimpleNamespace
from typing import Any

import pytest

from modelserver_runtime.steering.support import REFUSED, problem


def config(**changes: Any) -> Any:
    """As vLLM's VllmConfig of a plain start; `changes` by "part__field", or the name of a field of the whole."""
    of = SimpleNamespace(
        parallel_config=SimpleNamespace(
            data_parallel_size=1,
            _api_process_count=1,
            prefill_context_parallel_size=1,
            decode_context_parallel_size=1,
            use_ubatching=False,
            enable_hc_sp=False,
            use_sequence_parallel_moe=False,
            enable_elastic_ep=False,
            tensor_parallel_size=2,
            pipeline_parallel_size=2,
        ),
        model_config=SimpleNamespace(
            runner_type="generate",
            is_encoder_decoder=False,
            is_hybrid=False,
            is_attention_free=False,
            is_diffusion=False,
            enable_prompt_embeds=False,
            enable_sleep_mode=False,
        ),
        cache_config=SimpleNamespace(kv_sharing_fast_prefill=False),
        compilation_config=SimpleNamespace(mode=3),
        **dict.fromkeys(
            ("diffusion_config", "weight_transfer_config", "lora_config", "speculative_config", "kv_transfer_config")
        ),
    )
    for name, value in changes.items():
        part, _, field = name.partition("__")
        setattr(getattr(of, part) if field else of, field or part, value)
    return of


BAD: list[tuple[dict[str, Any], str]] = [
    ({"parallel_config__data_parallel_size": 2}, "data-parallel-size"),
    ({"parallel_config___api_process_count": 2}, "api-server-count"),
    ({"parallel_config__prefill_context_parallel_size": 2}, "prefill-context-parallel-size"),
    ({"parallel_config__decode_context_parallel_size": 2}, "decode-context-parallel-size"),
    ({"parallel_config__use_ubatching": True}, "enable-dbo"),
    ({"parallel_config__enable_hc_sp": True}, "enable-hc-sp"),
    ({"parallel_config__use_sequence_parallel_moe": True}, "enable-expert-parallel"),
    ({"parallel_config__enable_elastic_ep": True}, "enable-elastic-ep"),
    ({"model_config__runner_type": "pooling"}, "runner"),
    ({"model_config__is_encoder_decoder": True}, "encoder"),
    ({"model_config__is_hybrid": True}, "Mamba"),
    ({"model_config__is_attention_free": True}, "Mamba"),
    ({"model_config__is_diffusion": True}, "diffusion"),
    ({"diffusion_config": {}}, "diffusion"),
    ({"model_config__enable_prompt_embeds": True}, "enable-prompt-embeds"),
    ({"model_config__enable_sleep_mode": True}, "enable-sleep-mode"),
    ({"weight_transfer_config": {}}, "weight-transfer-config"),
    ({"lora_config": {}}, "enable-lora"),
    ({"speculative_config": {}}, "speculative-config"),
    ({"kv_transfer_config": {}}, "kv-transfer-config"),
    ({"cache_config__kv_sharing_fast_prefill": True}, "kv-sharing-fast-prefill"),
    ({"compilation_config__mode": 1}, "compilation-config"),
]


@pytest.mark.parametrize("mode", [None, 0, 2, 3])
def test_tensor_and_pipeline_parallel_are_served_compiled_or_not(mode: int | None) -> None:
    assert problem(config(compilation_config__mode=mode)) is None


@pytest.mark.parametrize(("changes", "named"), BAD, ids=[next(iter(changes)) for changes, _ in BAD])
def test_it_is_refused_by_name(changes: dict[str, Any], named: str) -> None:
    said = problem(config(**changes))
    assert said
    assert named in said
    assert said.endswith(".")


def test_each_refusal_is_tried() -> None:
    tried = {problem(config(**changes)) for changes, _ in BAD}
    assert tried == {sentence for _, sentence in REFUSED}
