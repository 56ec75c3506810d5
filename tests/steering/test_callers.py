"""Emotions as users of the SDKs meet them, with real vLLM and the demo model, on all four routes."""

import asyncio
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from anthropic import Anthropic
from anthropic import BadRequestError as AnthropicBadRequestError
from click.testing import CliRunner
from openai import BadRequestError, NotFoundError, OpenAI
from tests.engine.server import Server
from tests.steering.retune_callers import Asking, alone

from modelserver_operator.cli import main

DEMO = Path(os.environ["MODELSERVER_DEMO_MODEL"])
ENGINE = {
    "device": "Cpu",
    "dtype": "float32",
    "maxContextTokens": 256,
    "maxSequences": 8,
    "arguments": {"enforce-eager": "", "kv-cache-memory-bytes": str(16 << 20)},
}
LIVE = {
    "schemaVersion": 1,
    "emotions": {
        "default": {"mix": [{"vector": "sadness", "scale": 1.0}]},
        "variants": [
            {"name": "cheerful", "mix": [{"vector": "happiness", "scale": 1.0}]},
            {"name": "grave", "mix": [{"vector": "sadness", "scale": 1.0}], "phase": "decode"},
            {"name": "torn", "mix": [{"vector": "anger", "scale": 0.8}, {"vector": "fear", "scale": -0.5}]},
        ],
    },
}
PROMPT = "How was the concert?"
HI: list[Any] = [{"role": "user", "content": PROMPT}]
TOKENS = 16
HEADER = "x-modelserver-steering"
Said = tuple[str, str]  # the text, and the header without the revision
Ask = Callable[..., Said]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the demo model's six vectors, three variants and a default."""
    server = Server(tmp_path_factory.mktemp("callers"), DEMO / "model", LIVE, DEMO / "vectors", engine=ENGINE)
    try:
        yield server.ready()
    finally:
        server.kill()


@pytest.fixture(scope="module")
def openai(server: Server) -> Iterator[OpenAI]:
    with OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def anthropic(server: Server) -> Iterator[Anthropic]:
    with Anthropic(base_url=server.url, api_key="none", max_retries=0, timeout=60) as client:
        yield client


def steering(headers: Mapping[str, str]) -> str:
    told, _, revision = headers[HEADER].rpartition(";rev=")
    assert len(revision) == 12
    return told


def chat(openai: OpenAI, _: Anthropic, model: str, **extra: Any) -> Said:
    raw = openai.chat.completions.with_raw_response.create(
        model=model, messages=HI, max_tokens=TOKENS, temperature=0, **extra
    )
    answer = raw.parse()
    assert answer.model == model
    return answer.choices[0].message.content or "", steering(raw.headers)


def chat_stream(openai: OpenAI, _: Anthropic, model: str, **extra: Any) -> Said:
    raw = openai.chat.completions.with_raw_response.create(
        model=model, messages=HI, max_tokens=TOKENS, temperature=0, stream=True, **extra
    )
    chunks = list(raw.parse())
    assert {chunk.model for chunk in chunks} == {model}
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices), steering(raw.headers)


def completion(openai: OpenAI, _: Anthropic, model: str, **extra: Any) -> Said:
    body = {"ignore_eos": True, **extra.pop("extra_body", {})}  # a prompt without the chat's form is one to end at once
    raw = openai.completions.with_raw_response.create(
        model=model, prompt=PROMPT, max_tokens=TOKENS, temperature=0, extra_body=body, **extra
    )
    answer = raw.parse()
    assert answer.model == model
    return answer.choices[0].text, steering(raw.headers)


def response(openai: OpenAI, _: Anthropic, model: str, **extra: Any) -> Said:
    raw = openai.responses.with_raw_response.create(
        model=model, input=PROMPT, max_output_tokens=TOKENS, temperature=0, **extra
    )
    answer = raw.parse()
    assert answer.model == model
    return answer.output_text, steering(raw.headers)


def response_stream(openai: OpenAI, _: Anthropic, model: str, **extra: Any) -> Said:
    raw = openai.responses.with_raw_response.create(
        model=model, input=PROMPT, max_output_tokens=TOKENS, temperature=0, stream=True, **extra
    )
    events = list(raw.parse())
    assert events[-1].response.model == model
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    return "".join(deltas), steering(raw.headers)


def message(_: OpenAI, anthropic: Anthropic, model: str, **extra: Any) -> Said:
    body = {"temperature": 0, **extra.pop("extra_body", {})}
    raw = anthropic.messages.with_raw_response.create(
        model=model, messages=HI, max_tokens=TOKENS, extra_body=body, **extra
    )
    answer = raw.parse()
    assert answer.model == model
    return "".join(block.text for block in answer.content if block.type == "text"), steering(raw.headers)


def message_stream(_: OpenAI, anthropic: Anthropic, model: str, **extra: Any) -> Said:
    body = {"temperature": 0, **extra.pop("extra_body", {})}
    raw = anthropic.messages.with_raw_response.create(
        model=model, messages=HI, max_tokens=TOKENS, stream=True, extra_body=body, **extra
    )
    events = list(raw.parse())
    deltas = [event.delta for event in events if event.type == "content_block_delta"]
    return "".join(delta.text for delta in deltas if delta.type == "text_delta"), steering(raw.headers)


WAYS: list[Ask] = [chat, chat_stream, completion, response, response_stream, message, message_stream]


@pytest.fixture(scope="module", params=WAYS, ids=lambda ask: ask.__name__)
def ask(request: pytest.FixtureRequest, openai: OpenAI, anthropic: Anthropic) -> Ask:
    """Each way to ask, called with a model's name and an SDK's extra arguments."""
    return lambda model, **extra: request.param(openai, anthropic, model, **extra)


def test_a_name_and_fields_and_headers_that_mean_the_same_give_the_same(ask: Ask) -> None:
    cheerful = ask("cheerful")
    headers = {"x-modelserver-emotion": "happiness", "x-modelserver-emotion-scale": "1.0"}

    assert cheerful[1] == "happiness=1.00"
    assert ask("demo", extra_body={"emotion": "happiness"}) == cheerful
    assert ask("grave", extra_body={"emotions": {"happiness": 1}}) == cheerful
    assert ask("org/demo", extra_headers=headers) == cheerful


def test_a_base_name_has_the_default_and_none_turns_it_off(ask: Ask) -> None:
    default, plain = ask("demo"), ask("demo", extra_body={"emotion": "none"})

    assert default == ask("org/demo", extra_body={"emotion": "sadness", "emotion_scale": 1})
    assert (default[1], plain[1]) == ("sadness=1.00", "none")
    assert ask("cheerful", extra_body={"emotion": "none"}) == plain
    assert ask("torn", extra_body={"emotion": "fear", "emotion_scale": 0}) == plain
    assert len({default[0], plain[0], ask("cheerful")[0]}) == 3


def test_a_mix_and_a_phase_are_told(ask: Ask) -> None:
    assert ask("torn")[1] == "anger=0.80,fear=-0.50"
    assert ask("grave")[1] == "sadness=1.00;phase=decode"


def test_many_at_once_are_told_what_each_is_told_alone(server: Server) -> None:
    mixes = [(), (("fear", 0.0),), (("anger", 1.0),), (("fear", 1.0), ("surprise", 0.3))]
    asked = [Asking(model, PROMPT, mix) for model in ("demo", "cheerful") for mix in mixes]
    references = [alone(server.url, asking) for asking in asked]

    async def at_once() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=server.url, timeout=120) as client:
            return await asyncio.gather(*(client.post("/v1/chat/completions", json=each.body()) for each in asked))

    for answer, reference in zip(asyncio.run(at_once()), references, strict=True):
        tokens = [token["token"] for token in answer.json()["choices"][0]["logprobs"]["content"]]
        assert tokens[: len(reference.sure)] == reference.sure
        assert answer.headers[HEADER] == reference.steering
    assert len({tuple(reference.sure[:4]) for reference in references}) >= 4  # so that to mix them up would show


def test_the_lists_of_models(openai: OpenAI, anthropic: Anthropic) -> None:
    models = {model.id: model.model_extra or {} for model in openai.models.list()}
    assert [*models] == ["demo", "org/demo", "cheerful", "grave", "torn"]
    assert models["demo"]["emotions"] == {"sadness": 1}
    assert models["torn"]["emotions"] == {"anger": 0.8, "fear": -0.5}
    assert models["grave"]["phase"] == "decode"
    assert models["grave"]["parent"] == "demo"
    assert openai.models.retrieve("torn").model_extra == models["torn"]
    assert [model.display_name for model in anthropic.models.list()][2:4] == [
        "cheerful (happiness=1.00)",
        "grave (sadness=1.00;phase=decode)",
    ]


def test_refusals_are_the_sdks_own_errors(openai: OpenAI, anthropic: Anthropic) -> None:
    with pytest.raises(BadRequestError) as refused:
        chat(openai, anthropic, "demo", extra_body={"emotion": "rage"})
    assert (refused.value.code, refused.value.param) == ("unknown_emotion", "emotion")
    assert "anger, disgust, fear, happiness, sadness, surprise, none" in str(refused.value)
    assert HEADER not in refused.value.response.headers
    with pytest.raises(AnthropicBadRequestError, match="`emotion_scale` must be a number from -4 to 4") as told:
        message(openai, anthropic, "demo", extra_body={"emotion": "fear", "emotion_scale": 4.5})
    assert told.value.response.json()["error"]["type"] == "invalid_request_error"
    with pytest.raises(NotFoundError):
        chat(openai, anthropic, "gone")


def test_counting_tokens_takes_names_and_drops_emotions(server: Server, anthropic: Anthropic) -> None:
    plain = anthropic.messages.count_tokens(model="demo", messages=HI).input_tokens
    assert (
        anthropic.messages.count_tokens(model="torn", messages=HI, extra_body={"emotion": "rage"}).input_tokens == plain
    )
    body = {"model": "torn", "prompt": PROMPT, "emotions": {"fear": 9}}
    assert httpx.post(server.url + "/tokenize", json=body, timeout=60).status_code == 200


def test_each_of_several_choices_is_steered(openai: OpenAI, anthropic: Anthropic) -> None:
    """vLLM sends several choices to its engine another way than one."""
    likeliest: dict[str, Any] = {"temperature": 1, "top_p": 1e-6}  # it takes only one choice at temperature 0
    answer = openai.chat.completions.create(model="cheerful", messages=HI, max_tokens=TOKENS, n=2, **likeliest)

    assert [choice.message.content for choice in answer.choices] == [chat(openai, anthropic, "cheerful")[0]] * 2


@pytest.mark.parametrize(
    ("voices", "steered"),
    [
        (("--variant", "cheerful", "--variant", "grave"), {"happiness=1.00", "sadness=1.00;phase=decode"}),
        (("--emotion", "fear", "--emotion", "none", "--api", "anthropic"), {"fear=1.00", "none"}),
    ],
)
def test_a_load_test_counts_what_steered_its_answers(
    server: Server, tmp_path: Path, voices: tuple[str, ...], steered: set[str]
) -> None:
    (tmp_path / "tiny.jsonl").write_text(json.dumps({"prompt": PROMPT, "max_tokens": 4}))
    load = ("--scenario", str(tmp_path / "tiny.jsonl"), "--requests", "24", "--concurrency", "4", "--warm-up", "0s")
    ran = CliRunner().invoke(main, ["loadtest", server.url, *load, *voices, "-o", "json"])
    assert ran.exit_code == 0, ran.output
    counted = {
        told.rpartition(";rev=")[0]: count for told, count in json.loads(ran.stdout)["target"]["steering"].items()
    }
    assert counted.keys() == steered
    assert sum(counted.values()) == 24
    assert min(counted.values()) >= 4  # chance shares them evenly
