"""The trust boundary: what of a body passes, is dropped or refused, and where a caller reads why."""

from typing import Any

import pytest
from tests.unit.runtime.scripted import CHAT, Bench

from modelserver_runtime.refusals import Refused
from modelserver_runtime.stages.field_table import ALL, BY_ROUTE, TABLE, Decision
from modelserver_runtime.stages.fields import allowed

MESSAGES = [{"role": "user", "content": "hi"}]
C, P, R, M = "/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages"


def refusal(path: str, **document: Any) -> tuple[str, str | None, str]:
    """Code, field and sentence of a refused body."""
    with pytest.raises(Refused) as refused:
        allowed(path, document)
    assert refused.value.refusal.status == 400
    return refused.value.refusal.reason, refused.value.refusal.param, refused.value.refusal.message


def test_each_field_is_decided_once_for_each_route() -> None:
    pairs = [(path, field.name) for field in TABLE for path in field.routes]
    assert sorted(pairs) == sorted(set(pairs))
    assert {path for path, _ in pairs} == set(ALL)


def test_what_is_the_apis_own_passes_unchanged() -> None:
    document = {"model": "demo", "messages": MESSAGES, "temperature": 0.5, "stop": ["x"], "logit_bias": {"5": 1}}
    assert allowed(C, document) == document


@pytest.mark.parametrize("path", ALL)
def test_an_unknown_field_is_named(path: str) -> None:
    assert refusal(path, model="demo", no_such_field=1) == (
        "unknown_field",
        "no_such_field",
        "Unknown field `no_such_field`.",
    )


def test_a_null_is_as_good_as_no_field() -> None:
    assert allowed(C, {"model": "demo", "min_tokens": None, "chat_template": None, "anything": None}) == {
        "model": "demo"
    }


REFUSED = [
    (path, name) for path, fields in BY_ROUTE.items() for name, f in fields.items() if f.decision is Decision.REFUSED
]


@pytest.mark.parametrize(("path", "name"), REFUSED)
def test_what_is_not_the_callers_to_say_is_refused_and_says_why(path: str, name: str) -> None:
    code, param, sentence = refusal(path, **{name: "x"})
    assert (code, param) == ("not_supported", name)
    assert sentence == f"The field `{name}` is not supported: {BY_ROUTE[path][name].why}."


@pytest.mark.parametrize(("path", "name"), REFUSED)
@pytest.mark.parametrize("nothing", [False, 0, "", [], {}])
def test_a_refused_field_that_asks_for_nothing_is_dropped(path: str, name: str, nothing: object) -> None:
    assert allowed(path, {"model": "demo", name: nothing}) == {"model": "demo"}


def test_what_has_no_meaning_here_is_dropped() -> None:
    sent = {
        "model": "demo",
        "user": "u",
        "metadata": {"a": "b"},
        "store": True,
        "modalities": ["text"],
        "verbosity": "low",
    }
    assert allowed(C, sent) == {"model": "demo"}
    assert allowed(P, {"model": "demo", "best_of": 1, "length_penalty": 1.0}) == {"model": "demo"}


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        (C, "modalities", ["text", "audio"]),
        (P, "best_of", 2),
        (P, "length_penalty", 0.5),
        (R, "tools", [{"type": "mcp", "server_url": "http://inside"}]),
        (R, "tools", [{"type": "web_search_preview"}]),
        (C, "structured_outputs", {"regex": "a"} | {"_backend": "outlines"}),
        (C, "structured_outputs", {"grammar": "root ::= root"}),
        (C, "response_format", {"type": "structural_tag", "format": {}}),
    ],
)
def test_more_than_there_is_is_refused(path: str, name: str, value: object) -> None:
    code, param, _ = refusal(path, **{name: value})
    assert code == "not_supported"
    assert param
    assert param.partition(".")[0] == name


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        (C, "n", "8"),
        (C, "n", 0),
        (C, "n", True),
        (C, "n", 1.5),
        (C, "stream", "yes"),
        (C, "stream", 1),
        (P, "echo", "true"),
        (C, "max_completion_tokens", "100000"),
        (R, "max_output_tokens", "100000"),
        (M, "max_tokens", -1),
        (P, "top_k", 2**70),
        (P, "top_k", -2),
        (P, "min_tokens", 2**31),
        (C, "chat_template_kwargs", []),
        (C, "chat_template_kwargs", {"tokenize": True}),
        (C, "chat_template_kwargs", {"chat_template": "{{ 1 }}"}),
        (C, "chat_template_kwargs", {"x": {"y": 1}}),
        (C, "chat_template_kwargs", {"x": "y" * 1001}),
        (C, "chat_template_kwargs", {"not a name": 1}),
        (C, "structured_outputs", "x"),
        (C, "response_format", "json"),
        (R, "text", "x"),
        (C, "tools", [{"type": "function", "function": {"name": "f"}}] * 129),
    ],
)
def test_values_that_vllm_would_read_otherwise_or_too_late(path: str, name: str, value: object) -> None:
    code, param, sentence = refusal(path, **{name: value})
    assert code == "invalid_value"
    assert param
    assert param.partition(".")[0] == name
    assert f"`{param}`" in sentence


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert allowed(C, {"n": 2.0, "chat_template_kwargs": {"enable_thinking": False, "effort": "low"}}) == {
        "n": 2,
        "chat_template_kwargs": {"enable_thinking": False, "effort": "low"},
    }


@pytest.mark.parametrize("logprobs", [0, 3, True])
def test_echo_with_logprobs(logprobs: object) -> None:
    assert refusal(P, echo=True, logprobs=logprobs)[:2] == ("not_supported", "echo")
    assert allowed(P, {"echo": True}) == {"echo": True}
    assert allowed(C, {"echo": True, "logprobs": False}) == {"echo": True, "logprobs": False}


async def test_the_engine_sees_what_passes_and_nothing_else() -> None:
    bench = Bench()
    caller = bench.chat("org/demo", user="u", temperature=0.5)
    call = await bench.engine.call()
    assert await call.document() == {**CHAT, "model": "demo", "temperature": 0.5}
    await call.answer({"model": "demo"})
    await caller.done()


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/messages"])
async def test_a_refusal_has_the_shape_of_the_api(path: str) -> None:
    bench = Bench()
    caller = await bench.ask(path, {"model": "demo", "priority_class": 1}).done()
    assert caller.status == 400
    assert "priority_class" in caller.document["error"]["message"]
    assert bench.engine.calls == []
    assert bench.metric("modelserver_requests_refused_total", reason="unknown_field") == 1
