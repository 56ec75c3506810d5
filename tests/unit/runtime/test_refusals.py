"""The table of refusals: every status in every family, as bodies and as events."""

import json

import pytest

from modelserver_runtime.refusals import SHAPES, Family, Refusal

WANTED = {  # status: (OpenAI's type, Anthropic's status, Anthropic's type)
    400: ("invalid_request_error", 400, "invalid_request_error"),
    401: ("invalid_request_error", 401, "authentication_error"),
    403: ("invalid_request_error", 403, "permission_error"),
    404: ("invalid_request_error", 404, "not_found_error"),
    405: ("invalid_request_error", 405, "invalid_request_error"),
    408: ("invalid_request_error", 408, "invalid_request_error"),
    413: ("invalid_request_error", 413, "request_too_large"),
    415: ("invalid_request_error", 415, "invalid_request_error"),
    418: ("invalid_request_error", 400, "invalid_request_error"),  # not in the table: as 400
    422: ("invalid_request_error", 400, "invalid_request_error"),
    429: ("rate_limit_error", 429, "rate_limit_error"),
    500: ("server_error", 500, "api_error"),
    501: ("server_error", 501, "api_error"),
    503: ("server_error", 529, "overloaded_error"),
    504: ("server_error", 504, "timeout_error"),
    507: ("server_error", 500, "api_error"),  # not in the table: as 500
}


def test_the_table_is_the_wanted_one() -> None:
    assert SHAPES.keys() <= WANTED.keys()


@pytest.mark.parametrize(("status", "wanted"), WANTED.items())
def test_each_status_in_each_family(status: int, wanted: tuple[str, int, str]) -> None:
    refusal = Refusal(status, "why", "Because.", param="model")
    openai = {"error": {"message": "Because.", "type": wanted[0], "param": "model", "code": "why"}}
    anthropic = {"type": "error", "error": {"type": wanted[2], "message": "Because."}, "request_id": "id"}

    for family in (Family.OPENAI, Family.RESPONSES):
        assert refusal.status_for(family) == status
        assert json.loads(refusal.body(family, "id")) == openai
    assert refusal.status_for(Family.ANTHROPIC) == wanted[1]
    assert json.loads(refusal.body(Family.ANTHROPIC, "id")) == anthropic


def test_events_end_a_stream_as_each_family_reads_it() -> None:
    refusal = Refusal(504, "deadline", "Late.")
    assert refusal.event(Family.OPENAI, "id").endswith(b"}\n\ndata: [DONE]\n\n")
    assert refusal.event(Family.RESPONSES, "id").startswith(b'event: error\ndata: {"type":"error","error":{')
    assert refusal.event(Family.ANTHROPIC, "id").startswith(b'event: error\ndata: {"type":"error","error":{')


def test_headers_say_when_to_come_back_and_whether_to_stay() -> None:
    refusal = Refusal(503, "draining", "Bye.", retry_after=3, close=True, headers=((b"x-a", b"b"),))
    assert refusal.headers_for_all() == [(b"x-a", b"b"), (b"retry-after", b"3"), (b"connection", b"close")]
