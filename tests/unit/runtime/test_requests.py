"""What is refused before the engine hears of it: routes, ids, bodies, JSON, names; each in its family's shape."""

import asyncio
import json

import pytest
from tests.unit.runtime.scripted import CHAT, Bench

from modelserver_runtime.refusals import Refused
from modelserver_runtime.stages import body

CHAT_PATH, MESSAGES_PATH = "/v1/chat/completions", "/v1/messages"


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/metrics",
        "/detokenize",
        "/invocations",
        "/v1/embeddings",
        "/v1/chat/completions/",
        "/v1/models/",
        "//",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_what_is_not_on_the_list_does_not_exist(path: str, method: str) -> None:
    bench = Bench()
    caller = await bench.ask(path, CHAT, method=method).done()
    assert caller.status == 404
    assert caller.document["error"]["type"] == "invalid_request_error"
    assert not bench.engine.calls


async def test_unknown_routes_answer_in_the_callers_shape() -> None:
    bench = Bench()
    below_messages = await bench.ask("/v1/messages/batches", CHAT).done()
    by_header = await bench.ask("/v1/complete", CHAT, headers={"anthropic-version": "2023-06-01"}).done()
    for caller in (below_messages, by_header):
        assert caller.status == 404
        assert caller.document["type"] == "error"
        assert caller.document["error"]["type"] == "not_found_error"


@pytest.mark.parametrize(("path", "method", "allow"), [(CHAT_PATH, "GET", "POST"), ("/v1/models", "POST", "GET")])
async def test_wrong_method(path: str, method: str, allow: str) -> None:
    caller = await Bench().ask(path, CHAT, method=method).done()
    assert caller.status == 405
    assert caller.headers["allow"] == allow


async def test_models_are_the_served_names_in_order() -> None:
    bench = Bench()
    caller = await bench.ask("/v1/models", method="GET").done()
    assert [card["id"] for card in caller.document["data"]] == ["demo", "org/demo"]
    one = await bench.ask("/v1/models/org/demo", method="GET").done()
    assert one.document == caller.document["data"][1]
    assert one.document["max_model_len"] == 512


async def test_a_model_that_is_not_served() -> None:
    bench = Bench()
    for caller in (bench.chat("nope"), bench.ask("/v1/models/nope", method="GET")):
        await caller.done()
        assert caller.status == 404
        message = "The model `nope` does not exist or you do not have access to it."
        want = {"message": message, "type": "invalid_request_error", "param": "model", "code": "model_not_found"}
        assert caller.document == {"error": want}
    anthropic = await bench.ask(MESSAGES_PATH, {"model": "nope"}).done()
    assert anthropic.status == 404
    assert anthropic.document["error"] == {"type": "not_found_error", "message": "model: nope"}
    assert not bench.engine.calls


async def test_a_long_unknown_name_is_not_echoed_whole() -> None:
    caller = await Bench().chat("x" * 900).done()
    assert len(caller.body) < 400


@pytest.mark.parametrize("document", [{}, {"model": None}, {"model": 7}, {"model": ""}, {"model": ["demo"]}])
async def test_no_model_asked_for(document: object) -> None:
    caller = await Bench().ask(CHAT_PATH, document).done()
    assert caller.status == 400
    assert caller.document["error"]["code"] == "model_required"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"not json",
        b"[]",
        b"null",
        b'"text"',
        b'{"model": NaN}',
        b'{"model": "demo", "temperature": Infinity}',
        b'{"model": "d\xff"}',
        b'{"model": "demo"} {}',
    ],
)
@pytest.mark.parametrize("path", [CHAT_PATH, MESSAGES_PATH])
async def test_a_body_that_is_no_json_object(raw: bytes, path: str) -> None:
    bench = Bench()
    caller = await bench.ask(path, body=[raw]).done()
    assert caller.status == 400
    assert caller.document["error"]["type"] == "invalid_request_error"
    assert not bench.engine.calls


async def test_a_body_of_brackets() -> None:
    bench = Bench(max_body_bytes=100_000)
    caller = await bench.ask(CHAT_PATH, body=[b'{"model":' + b"[" * 20_000 + b"]" * 20_000 + b"}"]).done()
    assert caller.status == 400
    assert caller.document["error"]["code"] == "invalid_json"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_another_content_type(content_type: str) -> None:
    caller = await Bench().ask(CHAT_PATH, CHAT, headers={"content-type": content_type}).done()
    assert caller.status == 415


async def test_a_charset_is_no_other_content_type() -> None:
    bench = Bench()
    caller = bench.ask(CHAT_PATH, CHAT, headers={"content-type": "Application/JSON; charset=utf-8"})
    await (await bench.engine.call()).answer({})
    assert (await caller.done()).status == 200


@pytest.mark.parametrize("path", [CHAT_PATH, MESSAGES_PATH])
@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_too_large(path: str, declared: bool) -> None:
    bench = Bench(max_body_bytes=100)
    headers = {"content-length": "101"} if declared else {}
    caller = await bench.ask(path, body=[b"x" * 60, b"x" * 41], headers=headers).done()
    assert caller.status == 413
    assert caller.headers["connection"] == "close"
    wanted = "request_too_large" if path == MESSAGES_PATH else "invalid_request_error"
    assert caller.document["error"]["type"] == wanted


async def test_a_body_of_just_the_allowed_size() -> None:
    raw = json.dumps(CHAT).encode()
    bench = Bench(max_body_bytes=len(raw))
    caller = bench.ask(CHAT_PATH, body=[raw[:5], raw[5:], b""], headers={"content-length": str(len(raw))})
    await (await bench.engine.call()).answer({})
    assert (await caller.done()).status == 200


async def test_a_body_too_slow() -> None:
    pieces: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    pieces.put_nowait({"type": "http.request", "body": b"{", "more_body": True})
    with pytest.raises(Refused) as refused:
        await body.read({"headers": []}, pieces.get, limit=100, seconds=0)
    assert refused.value.refusal.status == 408
    assert refused.value.refusal.close


async def test_a_caller_who_hangs_up_over_the_body() -> None:
    bench = Bench()
    caller = bench.ask(CHAT_PATH, body=[])
    caller.push(b'{"model":', more=True)
    caller.hang_up()
    await caller.done()
    assert not caller.status
    assert bench.metric("modelserver_clients_gone_total", phase="body") == 1


@pytest.mark.parametrize("given", ["abc", "A-b_c.1:2", "x" * 128])
async def test_a_callers_request_id_is_kept(given: str) -> None:
    caller = await Bench().ask("/v1/models", method="GET", headers={"x-request-id": given}).done()
    assert caller.headers["x-request-id"] == given


@pytest.mark.parametrize("given", [None, "", "a b", "a\nb", "x" * 129, "ümlaut"])
async def test_else_one_is_made(given: str | None) -> None:
    bench = Bench()
    headers = {} if given is None else {"x-request-id": given}
    made = [(await bench.ask("/v1/models", method="GET", headers=headers).done()).headers["x-request-id"] for _ in "ab"]
    assert all(len(one) == 36 and one.startswith("req_") for one in made)
    assert made[0] != made[1]


async def test_anthropics_clients_find_the_request_id_where_they_look() -> None:
    caller = await Bench().ask(MESSAGES_PATH, {"model": "nope"}).done()
    assert caller.headers["request-id"] == caller.headers["x-request-id"] == caller.document["request_id"]


async def test_headers_that_give_the_engine_orders_do_not_reach_it() -> None:
    bench = Bench()
    orders = {"x-vllm-priority": "-9", "x-data-parallel-rank": "1", "x-session-id": "s", "authorization": "Bearer key"}
    caller = bench.ask(CHAT_PATH, CHAT, headers={**orders, "traceparent": "00-1-2-01", "x-request-id": "mine"})
    call = await bench.engine.call()
    got = {name.decode(): value.decode() for name, value in call.scope["headers"]}
    forwarded = await call.document()
    await call.answer({})
    await caller.done()
    assert not got.keys() & orders.keys()
    assert (got["traceparent"], got["x-request-id"]) == ("00-1-2-01", "mine")
    assert int(got["content-length"]) == len(json.dumps(forwarded, separators=(",", ":")))
    assert forwarded == CHAT


async def test_an_engine_that_raises_is_a_500_with_the_request_id(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="modelserver_runtime")
    bench = Bench()

    async def broken(scope: object, receive: object, send: object) -> None:
        raise ValueError("inside")

    bench.parts.ask.engine = broken
    caller = await bench.ask(CHAT_PATH, CHAT, headers={"x-request-id": "mine"}).done()
    assert caller.status == 500
    assert "inside" not in caller.body.decode()
    record = next(record for record in caplog.records if record.message == "request failed")
    assert record.exc_info
    assert record.__dict__["fields"] == {"request_id": "mine"}
    assert caplog.records[-1].__dict__["fields"]["outcome"] == "internal"
    assert bench.metric("modelserver_requests_refused_total", reason="internal") == 1
    assert bench.gate.unfinished == 0


async def test_an_engine_that_says_nothing_is_a_500() -> None:
    bench = Bench()
    caller = bench.chat()
    (await bench.engine.call()).ended.set()
    assert (await caller.done()).status == 500


async def test_one_log_line_a_request_without_its_content(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="modelserver_runtime")
    bench = Bench()
    caller = bench.ask(CHAT_PATH, {**CHAT, "user": "canary"}, headers={"x-request-id": "mine"})
    await (await bench.engine.call()).answer({"choices": ["canary"]})
    await caller.done()
    (record,) = caplog.records
    fields = record.__dict__["fields"]
    assert fields.pop("seconds") >= 0
    told = {"method": "POST", "path": CHAT_PATH, "status": 200, "outcome": "answered"}
    assert fields.pop("steering").startswith("none;rev=")
    assert fields == {"request_id": "mine", "client": "192.0.2.1", **told}
    assert "canary" not in caplog.text


async def test_head_is_answered_as_get_is() -> None:
    caller = await Bench().ask("/health", method="HEAD").done()
    assert caller.status == 200


async def test_about() -> None:
    caller = await Bench().ask("/", method="GET").done()
    assert caller.document["service"] == "modelserver"
    assert CHAT_PATH in caller.document["routes"]
