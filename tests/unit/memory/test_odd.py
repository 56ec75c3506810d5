"""Whatever somebody has written into a config.json: its sizes, or unknown with the reason, and never anything else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.memory.configs import published, setting

from modelserver_operator.api.modelfacts import ModelFacts
from modelserver_operator.resolve.memory import Estimate, ModelShape, Room, Unknown, estimate, facts_of, shape

ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1, 3, 10**30, 1.5, "", "re:*", "\x1b[2J", [], [[]], ["x"], [0, 128], ["a", "b"], [{}], {}
)  # fmt: skip
QUANTIZED = {
    "fp8": {"quant_method": "fp8", "weight_block_size": [128, 128], "modules_to_not_convert": [], "ignored_layers": []},
    "awq": {"quant_method": "awq", "bits": 4, "group_size": 128},
    "gptq": {"quant_method": "gptq", "bits": 4, "group_size": 128, "lm_head": False},
}
CONFIGS = {
    **{name: published(name).config for name in ("llama-3.1-8b-instruct-fp8-dynamic", "llama-3.3-70b-instruct-w4a16")},
    **{name: published(name).config for name in ("gemma-3-12b-it", "gpt-oss-20b", "qwen3-30b-a3b")},
    "deepseek-v2-lite-chat": published("deepseek-v2-lite-chat").config,
    **{
        name: {**published("qwen2.5-0.5b-instruct").config, "quantization_config": quantized}
        for name, quantized in QUANTIZED.items()
    },
}


def changed(config: Any) -> Iterator[Any]:
    """The config with each of its values, at any depth, made each of the odd ones."""
    items = list(config.items()) if isinstance(config, dict) else list(enumerate(config[:1]))
    for key, value in items:
        inner = changed(value) if isinstance(value, dict | list) else ()
        for odd in (*ODD, *inner):
            yield {**config, key: odd} if isinstance(config, dict) else [odd, *config[1:]]


@pytest.mark.parametrize("name", CONFIGS)
def test_odd_values(name: str) -> None:
    everything = list(changed(CONFIGS[name]))
    assert len(everything) > 200
    for config in everything:
        found = shape(config)
        assert isinstance(found, ModelShape | Unknown)
        if isinstance(found, ModelShape):
            made = estimate(found, setting(), Room(80 << 30))
            assert isinstance(made, Unknown) or (made.at_once is not None and made.at_once >= 0)
            assert isinstance(facts_of(found), ModelFacts | Unknown)


def test_without_a_change_they_are_known() -> None:
    """Else nothing would be shown above."""
    for config in CONFIGS.values():
        found = shape(config)
        assert isinstance(found, ModelShape), found
        assert isinstance(estimate(found, setting(), None), Estimate)
