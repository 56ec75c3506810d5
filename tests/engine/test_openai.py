"""What users of OpenAI's SDK see, asking under an alias."""

import httpx
import pytest
from openai import BadRequestError, NotFoundError, OpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionStreamOptionsParam
from tests.engine.server import Server

ALIAS = "org/demo"
HI: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hi"}]
FULL = {"ignore_eos": True}  # a model that says nothing sensible may also end at once
SOME = 64  # tokens, which are bytes drawn by chance: of eight, one time in 250 no letter can be made


def test_chat(openai: OpenAI) -> None:
    answer = openai.chat.completions.create(model=ALIAS, messages=HI, max_tokens=SOME, extra_body=FULL)
    assert answer.model == ALIAS
    assert answer.choices[0].finish_reason == "length"
    assert answer.choices[0].message.content
    assert answer.usage
    assert answer.usage.completion_tokens == SOME


def test_chat_stream(openai: OpenAI) -> None:
    options: ChatCompletionStreamOptionsParam = {"include_usage": True}
    stream = openai.chat.completions.create(
        model=ALIAS, messages=HI, max_tokens=8, stream=True, stream_options=options, extra_body=FULL
    )
    chunks = list(stream)
    assert {chunk.model for chunk in chunks} == {ALIAS}
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "length"
    assert chunks[-1].usage
    assert chunks[-1].usage.completion_tokens == 8


def test_completion(openai: OpenAI) -> None:
    answer = openai.completions.create(model=ALIAS, prompt="hi", max_tokens=8, extra_body=FULL)
    assert (answer.model, answer.choices[0].finish_reason) == (ALIAS, "length")


def test_completion_stream(openai: OpenAI) -> None:
    chunks = list(openai.completions.create(model=ALIAS, prompt="hi", max_tokens=8, stream=True, extra_body=FULL))
    assert {chunk.model for chunk in chunks} == {ALIAS}
    assert chunks[-1].choices[0].finish_reason == "length"


def test_response(openai: OpenAI) -> None:
    answer = openai.responses.create(model=ALIAS, input="hi", max_output_tokens=SOME, extra_body=FULL)
    assert answer.model == ALIAS
    assert answer.output_text


def test_response_stream(openai: OpenAI) -> None:
    events = list(openai.responses.create(model=ALIAS, input="hi", max_output_tokens=16, stream=True, extra_body=FULL))
    models = [event.response.model for event in events if hasattr(event, "response")]
    assert models == [ALIAS] * 3  # created, in progress, completed
    assert events[-1].type == "response.completed"


def test_the_objects_own_name(openai: OpenAI) -> None:
    assert openai.chat.completions.create(model="demo", messages=HI, max_tokens=1).model == "demo"


def test_models(openai: OpenAI) -> None:
    assert [model.id for model in openai.models.list()] == ["demo", ALIAS]
    assert openai.models.retrieve(ALIAS).id == ALIAS


def test_fields_that_other_servers_read_do_no_harm(openai: OpenAI) -> None:
    answer = openai.chat.completions.create(
        model=ALIAS,
        messages=HI,
        max_completion_tokens=4,
        user="u",
        metadata={"team": "a"},
        store=False,
        service_tier="auto",
        safety_identifier="s",
        prompt_cache_key="k",
        modalities=["text"],
        verbosity="low",
    )
    assert answer.model == ALIAS
    told = openai.responses.create(
        model=ALIAS, input="hi", max_output_tokens=16, store=False, background=False, metadata={"team": "a"}, user="u"
    )
    assert (told.model, told.metadata) == (ALIAS, {"team": "a"})


@pytest.mark.parametrize("retries", [0, 2])
@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("background", True, "not_supported"),
        ("previous_response_id", "resp_1", "not_supported"),
        ("emotion", "happiness", "emotions_disabled"),
    ],
)
def test_what_is_not_supported_is_told_once(server: Server, retries: int, field: str, value: object, code: str) -> None:
    with OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=retries, timeout=60) as client:
        refused = server.metric("modelserver_requests_refused_total")
        with pytest.raises(BadRequestError) as error:
            client.responses.create(model=ALIAS, input="hi", extra_body={field: value})
    assert (error.value.code, error.value.param) == (code, field)
    assert server.metric("modelserver_requests_refused_total") == refused + 1


def test_tokenize(server: Server) -> None:
    answer = httpx.post(server.url + "/tokenize", json={"model": ALIAS, "prompt": "hi"}, timeout=60).json()
    assert (answer["count"], len(answer["tokens"])) == (2, 2)
    chat = httpx.post(server.url + "/tokenize", json={"model": ALIAS, "messages": HI}, timeout=60).json()
    assert chat["count"] == 5


def test_an_unknown_model(openai: OpenAI) -> None:
    with pytest.raises(NotFoundError) as error:
        openai.chat.completions.create(model="nope", messages=HI)
    assert error.value.code == "model_not_found"
    with pytest.raises(NotFoundError):
        openai.models.retrieve("nope")


def test_a_prompt_that_is_too_long(openai: OpenAI) -> None:
    with pytest.raises(BadRequestError) as error:
        openai.completions.create(model=ALIAS, prompt="x" * 5000)
    assert error.value.type == "invalid_request_error"


def test_a_value_of_the_wrong_type(openai: OpenAI) -> None:
    with pytest.raises(BadRequestError) as error:
        openai.chat.completions.create(model=ALIAS, messages=HI, extra_body={"temperature": "hot"})
    assert error.value.type == "invalid_request_error"
    assert "temperature" in str(error.value)


def test_the_request_id(openai: OpenAI) -> None:
    headers = {"X-Request-Id": "my-id-7"}
    raw = openai.chat.completions.with_raw_response.create(
        model=ALIAS, messages=HI, max_tokens=1, extra_headers=headers
    )
    assert raw.headers["x-request-id"] == "my-id-7"
    assert raw.parse().id == "chatcmpl-my-id-7"
