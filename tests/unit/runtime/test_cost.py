"""What a request costs before it is tokenized: sequences times the steps that its prompts take."""

from typing import Any

import pytest

from modelserver_runtime.admission.cost import TOKENS_PER_SLOT, Cost, cost
from modelserver_runtime.refusals import Refused

CHAT, COMPLETIONS, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages"
MOST = 8
LONG = "x" * (4 * TOKENS_PER_SLOT)  # exactly one slot's tokens


def hi(content: object = "hihi") -> list[dict[str, object]]:
    return [{"content": content}]


@pytest.mark.parametrize(
    ("path", "document", "slots", "tokens"),
    [
        (CHAT, {}, 1, 0),
        (CHAT, {"messages": hi()}, 1, 1),
        (CHAT, {"messages": hi(), "n": 3}, 3, 1),
        (CHAT, {"messages": hi(), "n": None}, 1, 1),
        (CHAT, {"messages": hi(LONG)}, 1, TOKENS_PER_SLOT),
        (CHAT, {"messages": hi(LONG + "x")}, 2, TOKENS_PER_SLOT + 1),
        (CHAT, {"messages": hi(LONG + "x"), "n": 3}, 6, TOKENS_PER_SLOT + 1),
        (CHAT, {"messages": hi("ü" * 8)}, 1, 4),
        (CHAT, {"messages": hi(), "tools": [{"function": {"description": "x" * 32}}]}, 1, 14),  # with its names
        (CHAT, {"messages": hi([{"type": "text", "text": "x" * 40}])}, 1, 11),  # a type counts as text, too
        (CHAT, {"messages": hi([{"type": "image_url", "image_url": {"url": LONG * 9}}])}, 1, 3),
        (CHAT, {"messages": hi([{"type": "image_url", "text": "x" * 40}])}, 1, 13),
        (CHAT, {"messages": [{"type": "image", "content": "x" * 40}]}, 1, 12),  # calls itself a picture
        (CHAT, {"messages": [{"type": "image", "source": "x" * 40}]}, 1, 12),
        (CHAT, {"messages": [{"x" * 400: 1}]}, 1, 1),  # vLLM reads no such field
        (CHAT, {"messages": [{"tool_calls": [{"x" * 36: "four"}]}]}, 1, 10),
        (CHAT, {"tools": [{"content": [{"type": "image", "source": "x" * 40}]}]}, 1, 16),
        (MESSAGES, {"messages": hi([{"content": [{"type": "image", "source": {"data": LONG}}]}])}, 1, 2),
        (RESPONSES, {"input": [{"output": [{"type": "input_image", "image_url": LONG}]}]}, 1, 3),
        (CHAT, {"messages": hi(), "user": LONG * 9}, 1, 1),
        (CHAT, {"messages": hi(LONG * 1000)}, MOST, 1000 * TOKENS_PER_SLOT),  # alone, but not never
        (COMPLETIONS, {"prompt": "x" * 41}, 1, 11),
        (COMPLETIONS, {"prompt": ["a", "b", "c"]}, 3, 3),
        (COMPLETIONS, {"prompt": ["a", "b"], "n": 4}, 8, 2),
        (COMPLETIONS, {"prompt": [1, 2, 3]}, 1, 3),
        (COMPLETIONS, {"prompt": [[1, 2, 3], [4]]}, 2, 4),
        (COMPLETIONS, {"prompt": [7] * (2 * TOKENS_PER_SLOT + 1)}, 3, 2 * TOKENS_PER_SLOT + 1),
        (COMPLETIONS, {"prompt": ["a", LONG + LONG]}, 3, 2 * TOKENS_PER_SLOT + 1),
        (COMPLETIONS, {"prompt": []}, 1, 0),
        (COMPLETIONS, {"prompt": None}, 1, 0),
        (COMPLETIONS, {"prompt": {"a": "b"}}, 1, 1),
        (RESPONSES, {"input": "x" * 40, "instructions": "x" * 40}, 1, 20),
        (RESPONSES, {"input": hi("x" * 40)}, 1, 10),
        (MESSAGES, {"system": "x" * 40, "messages": hi("x" * 40)}, 1, 20),
        ("/tokenize", {"prompt": "x" * 40}, 1, 10),
        ("/tokenize", {"messages": hi("x" * 40)}, 1, 10),
    ],
)
def test_what_it_costs(path: str, document: dict[str, Any], slots: int, tokens: int) -> None:
    assert cost(path, document, MOST) == Cost(slots, tokens)


@pytest.mark.parametrize(("n", "slots"), [("5", 5), (" 5.0 ", 5), (5.0, 5), (True, 1), (0, 1), (-3, 1)])
@pytest.mark.parametrize("path", [CHAT, COMPLETIONS])
def test_n_counts_as_the_engine_reads_it(path: str, n: object, slots: int) -> None:
    assert cost(path, {"n": n}, MOST).slots == slots


@pytest.mark.parametrize("n", ["many", "nan", [5], {"n": 5}, ""])
def test_an_n_that_is_no_number_is_the_engines_to_refuse(n: object) -> None:
    assert cost(CHAT, {"n": n}, MOST).slots == 1


@pytest.mark.parametrize(
    ("document", "param", "asked"),
    [
        ({"n": 9}, "n", 9),
        ({"n": "9"}, "n", 9),
        ({"n": 5, "prompt": ["a", "b"]}, "n", 10),
        ({"prompt": ["a"] * 9}, "prompt", 9),
        ({"prompt": [[1]] * 9}, "prompt", 9),
    ],
)
def test_more_sequences_than_ever_run_at_a_time(document: dict[str, Any], param: str, asked: int) -> None:
    with pytest.raises(Refused) as refused:
        cost(COMPLETIONS, document, MOST)
    refusal = refused.value.refusal
    assert (refusal.status, refusal.reason, refusal.param) == (400, "too_many_sequences", param)
    assert f"asks for {asked} sequences" in refusal.message
    assert f"at most {MOST} run" in refusal.message


def test_nesting_as_deep_as_json_may_be() -> None:
    deep: object = "four"
    for _ in range(5000):
        deep = [deep]
    assert cost(CHAT, {"messages": deep}, MOST).prompt_tokens == 1
