"""Defaults of generation where a request is silent, and the limit of what it may ask for."""

from typing import Any

import pytest

from modelserver_runtime.config import Generation
from modelserver_runtime.refusals import Refused
from modelserver_runtime.stages.generation import Defaults
from modelserver_runtime.stages.length import Longest

CONTEXT = 4096
C, P, R, M = "/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages"


def defaults(**values: Any) -> Defaults:
    return Defaults(Generation.model_construct(**{**Generation().__dict__, **values}), CONTEXT)


@pytest.mark.parametrize("path", [C, P, R, M, "/tokenize"])
def test_without_configuration_nothing_is_added(path: str) -> None:
    document = {"model": "demo", "max_tokens": 10**9}
    assert defaults().rewrite(path, document) == document


@pytest.mark.parametrize(("path", "name"), [(C, "max_completion_tokens"), (P, "max_tokens"), (R, "max_output_tokens")])
@pytest.mark.parametrize(
    ("values", "tokens"),
    [
        ({"max_tokens": 100}, 100),
        ({"max_tokens": 100, "max_tokens_limit": 50}, 50),
        ({"max_tokens": 100, "max_tokens_limit": 500}, 100),
        ({"max_tokens": 10**6}, CONTEXT),
    ],
)
def test_a_silent_request_gets_the_default(path: str, name: str, values: dict[str, Any], tokens: int) -> None:
    assert defaults(**values).rewrite(path, {"model": "demo"}) == {"model": "demo", name: tokens}


@pytest.mark.parametrize(
    ("path", "limit", "bound"),
    [
        (C, 500, {"max_completion_tokens": 500}),
        (R, 500, {"max_output_tokens": 500}),
        (C, 10**6, {"max_completion_tokens": CONTEXT}),
        (P, 500, {"max_tokens": 16}),
        (P, 8, {"max_tokens": 8}),
        (M, 500, {}),
    ],
)
def test_a_limit_alone_bounds_a_silent_request(path: str, limit: int, bound: dict[str, int]) -> None:
    assert defaults(max_tokens_limit=limit).rewrite(path, {}) == bound


@pytest.mark.parametrize(
    ("path", "name"),
    [(C, "max_completion_tokens"), (C, "max_tokens"), (P, "max_tokens"), (R, "max_output_tokens"), (M, "max_tokens")],
)
def test_more_than_the_limit_is_refused_by_the_callers_name_for_it(path: str, name: str) -> None:
    rule = defaults(max_tokens=100, max_tokens_limit=500)
    assert rule.rewrite(path, {name: 500}) == {name: 500}
    with pytest.raises(Refused) as refused:
        rule.rewrite(path, {name: 501})
    refusal = refused.value.refusal
    assert (refusal.status, refusal.reason, refusal.param) == (400, "max_tokens_over_limit", name)
    assert name in refusal.message
    assert "500" in refusal.message


@pytest.mark.parametrize("path", [C, P, R, M])
def test_temperature_and_top_p(path: str) -> None:
    rule = defaults(temperature=0.25, top_p=0.5)
    assert rule.rewrite(path, {}) == {"temperature": 0.25, "top_p": 0.5}
    assert rule.rewrite(path, {"temperature": 0, "top_p": 1}) == {"temperature": 0, "top_p": 1}


@pytest.mark.parametrize("path", ["/tokenize", "/v1/messages/count_tokens"])
def test_routes_that_generate_nothing_get_no_default(path: str) -> None:
    assert defaults(max_tokens=1, max_tokens_limit=1, temperature=1, top_p=1).rewrite(path, {"a": 1}) == {"a": 1}


TEN = {"model": "m", "prompt": "x" * (160 - len("modelmprompt"))}


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({**TEN, "prompt": TEN["prompt"] + "x"}, "prompt"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "x" * 160}]}]}, "messages"),
    ],
)
def test_a_text_that_cannot_fit_into_the_context_is_not_tokenized(document: dict[str, Any], field: str) -> None:
    rule = Longest(10)
    assert rule.rewrite("/tokenize", TEN) is TEN
    assert rule.rewrite(C, document) is document
    with pytest.raises(Refused) as refused:
        rule.rewrite("/tokenize", document)
    assert (refused.value.refusal.status, refused.value.refusal.param) == (400, field)
