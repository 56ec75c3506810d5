"""What users of Anthropic's SDK see, asking under an alias."""

import pytest
from anthropic import Anthropic, BadRequestError, NotFoundError
from anthropic.types import MessageParam

ALIAS = "org/demo"
HI: list[MessageParam] = [{"role": "user", "content": "hi"}]
FULL = {"ignore_eos": True}


def test_message(anthropic: Anthropic) -> None:
    answer = anthropic.messages.create(model=ALIAS, messages=HI, max_tokens=8, extra_body=FULL)
    assert answer.model == ALIAS
    assert answer.content[0].type == "text"
    assert answer.usage.output_tokens > 0


def test_message_stream(anthropic: Anthropic) -> None:
    with anthropic.messages.stream(model=ALIAS, messages=HI, max_tokens=8) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert message.model == ALIAS
    assert "".join(block.text for block in message.content if block.type == "text") == text


def test_count_tokens(anthropic: Anthropic) -> None:
    assert anthropic.messages.count_tokens(model=ALIAS, messages=HI).input_tokens == 5


def test_an_unknown_model(anthropic: Anthropic) -> None:
    with pytest.raises(NotFoundError) as error:
        anthropic.messages.create(model="nope", messages=HI, max_tokens=8)
    assert error.value.body == {
        "type": "error",
        "error": {"type": "not_found_error", "message": "model: nope"},
        "request_id": error.value.request_id,
    }


def test_a_value_of_the_wrong_type(anthropic: Anthropic) -> None:
    """vLLM answers this one in OpenAI's shape."""
    with pytest.raises(BadRequestError) as error:
        anthropic.messages.create(model=ALIAS, messages=HI, max_tokens=8, extra_body={"messages": "hi"})
    assert isinstance(error.value.body, dict)
    assert error.value.body["type"] == "error"
    assert error.value.body["error"]["type"] == "invalid_request_error"
