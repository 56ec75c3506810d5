"""Which blocks of the prefix cache a request shares, by the keys that vLLM is given for them."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from modelserver_runtime.steering import cache_key
from modelserver_runtime.steering.spec import EXTRA_ARG, Phase, Spec


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The patched function, over one that finds one key of its own."""
    target = cache_key.TARGETS[0]
    module = ModuleType(target.module)
    setattr(module, target.path, lambda request, start_token_idx, end_token_idx: [("theirs", start_token_idx)])
    monkeypatch.setitem(sys.modules, target.module, module)
    cache_key.patch()
    assert target.problem is None
    return getattr(module, target.path)


def request(prompt: int, phase: Phase = "decode", *terms: tuple[str, int]) -> Any:
    spec = Spec.of(terms or [("a", 100)], phase)
    assert spec
    return SimpleNamespace(num_prompt_tokens=prompt, sampling_params=SimpleNamespace(extra_args={EXTRA_ARG: spec.text}))


def test_blocks_before_the_first_steered_token_are_common(keys: Any) -> None:
    assert keys(request(17), 0, 16) == [("theirs", 0)]  # tokens 0 to 15; 16 is the prompt's last


def test_blocks_with_a_steered_token_are_not(keys: Any) -> None:
    assert keys(request(16), 0, 16) == [("theirs", 0), ("steering", "15;decode;a:100")]
    assert keys(request(17), 16, 32) != keys(request(17, "decode", ("a", 90)), 16, 32)
    assert keys(request(17), 16, 32) == keys(request(17), 16, 32)


def test_where_the_answer_of_one_is_the_prompt_of_another_other_tokens_are_steered(keys: Any) -> None:
    assert keys(request(40), 32, 64) != keys(request(50), 32, 64)


def test_all_is_left_to_vllms_own_salt(keys: Any) -> None:
    assert keys(request(17, "all"), 16, 32) == [("theirs", 16)]


@pytest.mark.parametrize("params", [None, SimpleNamespace(extra_args=None), SimpleNamespace(extra_args={"other": 1})])
def test_an_unsteered_request_keeps_vllms_keys(keys: Any, params: Any) -> None:
    assert keys(SimpleNamespace(num_prompt_tokens=17, sampling_params=params), 16, 32) == [("theirs", 16)]
