"""A model that thinks aloud, and nobody who hears it: real vLLM, a gpt-oss of two layers trained to say a canary."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from anthropic import Anthropic
from openai import OpenAI
from tests.engine import thinker
from tests.engine.server import Server
from tests.engine.thinker import ANSWER, ARGUMENTS, ASKED, CANARY, CHAT, MESSAGES, RESPONSES, TOOLS, body

PATHS = (CHAT, RESPONSES, MESSAGES)
CUTS = (1, 2, 3, 4, 17, 23, 24, 26, 27)  # tokens; the reasoning is between the third and the 23rd
CALL_CUTS = (28, 38)  # in the header of a call, and in its arguments, where vLLM has no message to make of it
TURNS = [{"role": "user", "content": ASKED}, {"role": "assistant", "content": ANSWER}] * 2
LIKELIEST = {"n": 2, "temperature": 0.01}  # vLLM gives two only where chance has a part
STOPPED = {"stopped": CANARY, "stopped in sight": "there"}


def questions() -> dict[str, tuple[str, dict[str, Any]]]:
    """All that might make it slip: name, route, body."""
    asked: dict[str, tuple[str, dict[str, Any]]] = {}
    for path in PATHS:
        turns: Any = {"input" if path == RESPONSES else "messages": [*TURNS, TURNS[0]]}
        cases = {
            "plain": body(path),
            "tools": body(path, tools=[TOOLS[path]]),
            "turns": body(path, **turns),
            **{f"cut at {cut}": body(path, cut) for cut in CUTS},
            **{f"call cut at {cut}": body(path, cut, tools=[TOOLS[path]]) for cut in CALL_CUTS},
            **ON_ROUTE[path],
        }
        for name, document in cases.items():
            asked[f"{path} {name}"] = (path, document)
            asked[f"{path} {name}, streamed"] = (path, {**document, "stream": True})
    return asked


ON_ROUTE: dict[str, dict[str, dict[str, Any]]] = {
    CHAT: {
        "log probabilities": body(CHAT, logprobs=True, top_logprobs=5),
        "ids for tokens": body(CHAT, logprobs=True, top_logprobs=5, return_tokens_as_token_ids=True),
        "two": body(CHAT, **LIKELIEST, logprobs=True),
        "reasoning wanted": body(CHAT, include_reasoning=True),
        **{name: body(CHAT, stop=[word]) for name, word in STOPPED.items()},
        "echo": body(CHAT, echo=True),
        "usage of each event": body(
            CHAT, stream=True, stream_options={"include_usage": True, "continuous_usage_stats": True}
        ),
    },
    RESPONSES: {
        "a summary": body(RESPONSES, reasoning={"effort": "high", "summary": "detailed"}),
        "encrypted reasoning": body(RESPONSES, include=["reasoning.encrypted_content"]),
        "reasoning wanted": body(RESPONSES, include_reasoning=True),
    },
    MESSAGES: {
        "thinking": body(MESSAGES, 1025, thinking={"type": "enabled", "budget_tokens": 1024}),
        "no thinking": body(MESSAGES, thinking={"type": "disabled"}),
        "effort": body(MESSAGES, output_config={"effort": "max"}),
        **{name: body(MESSAGES, stop_sequences=[word]) for name, word in STOPPED.items()},
    },
}
QUESTIONS = questions()
REFUSED = {
    "token ids": (CHAT, body(CHAT, return_token_ids=True)),
    "the prompt": (CHAT, body(CHAT, return_prompt_text=True)),
    "log probabilities of the prompt": (CHAT, body(CHAT, prompt_logprobs=1)),
    "messages in Harmony's form": (RESPONSES, body(RESPONSES, enable_response_messages=True)),
    "log probabilities": (RESPONSES, body(RESPONSES, include=["message.output_text.logprobs"], top_logprobs=2)),
    "the canary's token": (CHAT, body(CHAT, stop_token_ids=[167005])),
    "stop strings that vLLM would look for": (RESPONSES, body(RESPONSES, stop=[CANARY])),
    "no channel for reasoning": (CHAT, body(CHAT, logit_bias={"35644": -100})),  # of the token `analysis`
    "no word for it": (CHAT, body(CHAT, bad_words=["analysis"])),
    "raw text": ("/v1/completions", {"model": "demo", "prompt": ASKED}),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("harmony")


@pytest.fixture(scope="module")
def said(folder: Path) -> list[str]:
    """What the model says when nobody hides it."""
    return thinker.make(folder / "model")


@pytest.fixture(scope="module")
def server(folder: Path, said: list[str]) -> Iterator[Server]:
    assert said
    server = thinker.start(folder, folder / "model")
    try:
        yield server.ready()
    finally:
        server.kill()


@pytest.fixture(scope="module")
def answers(server: Server) -> dict[str, httpx.Response]:
    """The answers to QUESTIONS, asked together: four at a time take a third of the time."""
    return thinker.answers(server.url, QUESTIONS)


@pytest.fixture(scope="module")
def probed() -> dict[str, dict[str, list[Any]]]:
    return thinker.probed(thinker.SYSTEM_DATE)


def test_what_is_said_to_nobody_fails_at_nothing(probed: dict[str, dict[str, list[Any]]]) -> None:
    heard = [["message"], ["function_call"]]
    assert probed["items"]["by itself"] == [["AttributeError"], ["ValueError"], ["ValueError"], *heard]
    assert probed["items"]["ours"] == [[], [], [], *heard]


def test_prompts_speak_of_the_servers_day(probed: dict[str, dict[str, list[Any]]]) -> None:
    one, other = probed["prompts"]["by itself"]
    assert one != other, "the day of the request, without us"
    one, other = probed["prompts"]["ours"]
    assert one == other
    assert f"Current date: {thinker.SYSTEM_DATE}" in one


def test_the_model_does_think_of_the_canary(said: list[str], answers: dict[str, httpx.Response]) -> None:
    assert all(each.startswith("<|channel|>analysis<|message|>") for each in said)
    assert all(each.count(CANARY) == 2 for each in said)
    whole = answers[f"{CHAT} plain"].json()["usage"]
    assert whole["completion_tokens_details"]["reasoning_tokens"] == len(thinker.THOUGHTS) - 1


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_canary_is_nowhere(answers: dict[str, httpx.Response], name: str) -> None:
    answer = answers[name]
    assert not [sign for sign in thinker.SIGNS if sign in answer.text]
    assert answer.status_code == (400 if name == f"{MESSAGES} call cut at {CALL_CUTS[1]}" else 200), answer.text


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_tell_is_refused(server: Server, name: str) -> None:
    path, document = REFUSED[name]
    answer = httpx.post(server.url + path, json=document, timeout=60)
    assert answer.status_code == 400, answer.text
    assert not [sign for sign in thinker.SIGNS if sign in answer.text]


@pytest.mark.parametrize("cut", [cut for cut in CUTS if cut <= 26])
def test_what_is_cut_out_of_sight_is_an_empty_answer(answers: dict[str, httpx.Response], cut: int) -> None:
    choice = answers[f"{CHAT} cut at {cut}"].json()["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == (None, "length")
    response = answers[f"{RESPONSES} cut at {cut}"].json()
    assert (response["output"], response["status"]) == ([], "incomplete")
    message = answers[f"{MESSAGES} cut at {cut}"].json()
    assert (message["content"], message["stop_reason"]) == ([{"type": "text", "text": ""}], "max_tokens")


def test_the_answer_is_heard(answers: dict[str, httpx.Response]) -> None:
    for case in ("plain", "turns"):
        assert answers[f"{CHAT} {case}"].json()["choices"][0]["message"]["content"] == ANSWER
        assert answers[f"{RESPONSES} {case}"].json()["output"][0]["content"][0]["text"] == ANSWER
        assert answers[f"{MESSAGES} {case}"].json()["content"] == [{"type": "text", "text": ANSWER}]
    two = answers[f"{CHAT} two"].json()["choices"]
    assert [(choice["message"]["content"], choice["logprobs"]) for choice in two] == [(ANSWER, None)] * 2


@pytest.mark.parametrize(
    ("name", "text", "met", "reason"),
    [("stopped", ANSWER, None, "end_turn"), ("stopped in sight", "Hello ", "there", "stop_sequence")],
)
def test_a_stop_string_is_met_in_sight_alone(
    answers: dict[str, httpx.Response], name: str, text: str, met: str | None, reason: str
) -> None:
    choice = answers[f"{CHAT} {name}"].json()["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"], choice["stop_reason"]) == (text, "stop", met)
    message = answers[f"{MESSAGES} {name}"].json()
    assert message["content"] == [{"type": "text", "text": text}]
    assert (message["stop_reason"], message["stop_sequence"]) == (reason, met)


def test_a_stream_ends_there_too(openai: OpenAI, anthropic: Anthropic) -> None:
    asked: list[Any] = [{"role": "user", "content": ASKED}]
    with openai.chat.completions.stream(model="demo", messages=asked, temperature=0, stop="there") as stream:
        choice = stream.get_final_completion().choices[0]
    assert (choice.message.content, choice.finish_reason) == ("Hello ", "stop")
    ask: Any = partial(anthropic.messages.stream, model="demo", max_tokens=100, extra_body={"temperature": 0})
    with ask(messages=asked, stop_sequences=["re,"]) as events:
        message = events.get_final_message()
    assert [block.text for block in message.content if block.type == "text"] == ["Hello the"]
    assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", "re,")


def test_calls_are_heard(answers: dict[str, httpx.Response]) -> None:
    (call,) = answers[f"{CHAT} tools"].json()["choices"][0]["message"]["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == ARGUMENTS
    (call,) = answers[f"{RESPONSES} tools"].json()["output"]
    assert (call["type"], json.loads(call["arguments"])) == ("function_call", ARGUMENTS)
    (block,) = answers[f"{MESSAGES} tools"].json()["content"]
    assert (block["type"], block["input"]) == ("tool_use", ARGUMENTS)


def test_chat_tool_loop(openai: OpenAI) -> None:
    messages: list[Any] = [{"role": "user", "content": ASKED}]
    ask: Any = partial(openai.chat.completions.create, model="demo", temperature=0, tools=[thinker.OPENAI_TOOL])
    first = ask(messages=messages).choices[0]
    assert (first.finish_reason, first.message.content) == ("tool_calls", None)
    (call,) = first.message.tool_calls
    messages += [first.message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    assert ask(messages=messages).choices[0].message.content == ANSWER


def test_chat_accumulator(openai: OpenAI) -> None:
    asked: list[Any] = [{"role": "user", "content": ASKED}]
    with openai.chat.completions.stream(model="demo", messages=asked, temperature=0) as stream:
        final = stream.get_final_completion()
    assert (final.choices[0].message.content, final.choices[0].finish_reason) == (ANSWER, "stop")


def test_responses_tool_loop_and_accumulator(openai: OpenAI) -> None:
    items: list[Any] = [{"role": "user", "content": ASKED}]
    tools: list[Any] = [{**thinker.RESPONSES_TOOL, "strict": True}]
    with openai.responses.stream(model="demo", input=items, temperature=0, tools=tools) as stream:
        (call,) = stream.get_final_response().output
    assert call.type == "function_call"
    assert json.loads(call.arguments) == ARGUMENTS
    called = {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments}
    items += [called, {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}]
    with openai.responses.stream(model="demo", input=items, temperature=0, tools=tools) as stream:
        assert stream.get_final_response().output_text == ANSWER


def test_messages_tool_loop_and_accumulator(anthropic: Anthropic) -> None:
    messages: list[Any] = [{"role": "user", "content": ASKED}]
    tools: Any = [thinker.ANTHROPIC_TOOL]
    ask: Any = partial(anthropic.messages.stream, model="demo", max_tokens=100, tools=tools)
    with ask(messages=messages, extra_body={"temperature": 0}) as stream:
        first = stream.get_final_message()
    (block,) = first.content
    assert (first.stop_reason, block.type) == ("tool_use", "tool_use")
    assert block.input == ARGUMENTS
    result = {"type": "tool_result", "tool_use_id": block.id, "content": "sunny"}
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    with ask(messages=messages, extra_body={"temperature": 0}) as stream:
        assert [block.text for block in stream.get_final_message().content] == [ANSWER]


def test_a_repeated_system_prompt_comes_from_the_cache(server: Server) -> None:
    def counts() -> tuple[float, float]:
        return server.metric("vllm:prefix_cache_hits_total"), server.metric("vllm:prefix_cache_queries_total")

    hits, queries = counts()
    system = {"role": "system", "content": "Be kind to everybody who asks, and answer in one sentence. " * 40}
    for question in ("hello", "and again", "why now", "tell me"):
        asked = body(CHAT, 1, messages=[system, {"role": "user", "content": question}])
        assert httpx.post(server.url + CHAT, json=asked, timeout=60).status_code == 200
    more_hits, more_queries = counts()
    assert (more_hits - hits) / (more_queries - queries) >= 0.3


def test_nor_is_it_written_down(server: Server, answers: dict[str, httpx.Response]) -> None:
    assert answers
    log = server.log
    assert '"message": "request"' in log
    assert not [sign for sign in thinker.SIGNS[:2] if sign in log]
