"""A client outside the cluster asks through the Service, with the clients that people use."""

import anthropic
import httpx
import openai
import pytest

QUESTION = "How was the concert?"
LIKELIEST = {"temperature": 0}  # which Anthropic's SDK has no argument for


@pytest.fixture
def openai_client(url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)


@pytest.fixture
def anthropic_client(url: str) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=url, api_key="none", max_retries=0)


@pytest.mark.parametrize("name", ["shared", "team/shared"])
def test_openai_chat_answers_under_every_served_name(openai_client: openai.OpenAI, name: str) -> None:
    said = openai_client.chat.completions.create(
        model=name, messages=[{"role": "user", "content": QUESTION}], max_tokens=16, temperature=0
    )
    assert said.model == name
    assert said.choices[0].finish_reason in {"stop", "length"}
    assert said.choices[0].message.content


def test_openai_stream_ends_with_a_finish_reason(openai_client: openai.OpenAI) -> None:
    chunks = list(
        openai_client.chat.completions.create(
            model="shared", messages=[{"role": "user", "content": QUESTION}], max_tokens=16, temperature=0, stream=True
        )
    )
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    assert "".join(choice.delta.content or "" for choice in choices)
    assert choices[-1].finish_reason in {"stop", "length"}


def test_openai_completion_answers(openai_client: openai.OpenAI) -> None:
    said = openai_client.completions.create(model="shared", prompt=QUESTION, max_tokens=8, temperature=0)
    assert said.choices[0].finish_reason in {"stop", "length"}


def test_anthropic_message_answers(anthropic_client: anthropic.Anthropic) -> None:
    said = anthropic_client.messages.create(
        model="shared", messages=[{"role": "user", "content": QUESTION}], max_tokens=16, extra_body=LIKELIEST
    )
    assert said.model == "shared"
    assert said.stop_reason in {"end_turn", "max_tokens"}
    assert [block.text for block in said.content if block.type == "text"]


def test_anthropic_stream_ends_with_a_stop_reason(anthropic_client: anthropic.Anthropic) -> None:
    asked = anthropic_client.messages.stream(
        model="shared", messages=[{"role": "user", "content": QUESTION}], max_tokens=16, extra_body=LIKELIEST
    )
    with asked as stream:
        said = stream.get_final_message()
    assert said.stop_reason in {"end_turn", "max_tokens"}
    assert said.usage.output_tokens > 0


def test_models_are_listed_by_their_served_names(openai_client: openai.OpenAI) -> None:
    names = [model.id for model in openai_client.models.list()]
    assert names == ["shared", "team/shared", "shared-happy", "shared-sad"]


def test_an_unknown_model_is_not_found(openai_client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="nobody"):
        openai_client.chat.completions.create(model="nobody", messages=[{"role": "user", "content": QUESTION}])


def test_the_control_port_is_not_behind_the_service(url: str) -> None:
    assert httpx.get(f"{url}/metrics", trust_env=False, timeout=60).status_code == httpx.codes.NOT_FOUND
