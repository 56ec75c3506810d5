"""What users of Anthropic's SDK see, asking under an alias."""

import pytest
from anthropic import Anthropic, BadRequestError, NotFoundError
from anthropic.types import MessageParam, TextBlockParam
from tests.engine.server import Server

ALIAS = "org/demo"
HI: list[MessageParam] = [{"role": "user", "content": "hi"}]
LIKELIEST = {"temperature": 0}  # drawn by chance, an answer of made-up weights may end at once and be empty


def test_message(anthropic: Anthropic) -> None:
    answer = anthropic.messages.create(model=ALIAS, messages=HI, max_tokens=8, extra_body=LIKELIEST)
    assert answer.model == ALIAS
    assert answer.content[0].type == "text"
    assert answer.usage.output_tokens > 0


def test_message_stream(anthropic: Anthropic) -> None:
    with anthropic.messages.stream(model=ALIAS, messages=HI, max_tokens=8, extra_body=LIKELIEST) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert message.model == ALIAS
    assert "".join(block.text for block in message.content if block.type == "text") == text


def test_count_tokens(anthropic: Anthropic) -> None:
    assert anthropic.messages.count_tokens(model=ALIAS, messages=HI).input_tokens == 5


def test_models(anthropic: Anthropic) -> None:
    assert [model.id for model in anthropic.models.list(limit=1)] == ["demo", ALIAS]  # the SDK turns the pages
    assert [model.id for model in anthropic.models.list(before_id=ALIAS)] == ["demo"]
    model = anthropic.models.retrieve(ALIAS)
    assert (model.type, model.id, model.display_name) == ("model", ALIAS, ALIAS)
    assert model.created_at.year >= 2026


def test_fields_that_other_servers_read_do_no_harm(anthropic: Anthropic) -> None:
    system: list[TextBlockParam] = [{"type": "text", "text": "be kind", "cache_control": {"type": "ephemeral"}}]
    answer = anthropic.messages.create(
        model=ALIAS, messages=HI, max_tokens=4, system=system, metadata={"user_id": "u"}, service_tier="auto"
    )
    assert answer.model == ALIAS


@pytest.mark.parametrize("retries", [0, 2])
def test_what_is_not_supported_is_told_once(server: Server, retries: int) -> None:
    with Anthropic(base_url=server.url, api_key="none", max_retries=retries, timeout=60) as client:
        refused = server.metric("modelserver_requests_refused_total")
        with pytest.raises(BadRequestError, match="Unknown field `priority`"):
            client.messages.create(model=ALIAS, messages=HI, max_tokens=4, extra_body={"priority": -5})
    assert server.metric("modelserver_requests_refused_total") == refused + 1


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
