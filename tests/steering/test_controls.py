"""Negative controls: without what each claim rests on, the test of the claim would fail."""

import pytest
from tests.steering.conftest import Warm

BAR = 1e-4


def test_without_the_salt_prompts_steered_otherwise_are_taken_from_the_cache(warm: Warm) -> None:
    found = warm.found("controls_cases.every_order_without_salt")

    assert found["worst"] > 1000 * BAR
    assert 128 in found["cached"]["steered"]


def test_without_the_block_key_steered_answers_are_taken_for_plain_prompts(warm: Warm) -> None:
    assert warm.found("controls_cases.continued_without_block_key")["worst"] > 1000 * BAR


# One phase shows that the control bites; test_prefix_cache.py has the claim for both.
@pytest.mark.parametrize("phase", ["all", pytest.param("decode", marks=pytest.mark.long)])
def test_keyed_by_name_other_bytes_give_the_old_answer(warm: Warm, phase: str) -> None:
    found = warm.found("controls_cases.new_bytes_by_name", phase=phase)

    assert found["from_old"] <= BAR
    assert found["from_new"] > 1000 * BAR


def test_without_the_handshake_an_engine_without_the_plugin_answers_unsteered(warm: Warm) -> None:
    found = warm.found("controls_cases.without_plugin_and_handshake")

    assert found["from_plain"] <= BAR
    assert found["from_steered"] > 1000 * BAR


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        pytest.param("nothing", "it serves", marks=pytest.mark.long),
        ("plugin", "has no attribute 'steering_core_report'"),
        ("cache_key", "_gen_prompt_embeds_extra_hash_keys of vLLM is not patched."),
        # As for the cache's key; what each part is told to lack stands in tests/unit/steering.
        pytest.param("runner_v1", "of vLLM is not patched.", marks=pytest.mark.long),
    ],
)
def test_with_the_handshake_the_runtime_serves_only_if_all_is_in_force(warm: Warm, broken: str, said: str) -> None:
    assert said in warm.found("controls_cases.refused", broken=broken)
