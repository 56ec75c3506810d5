"""Rates as the callers of a server meet them: who counts as whom, what an answer costs, and how a refusal looks."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.unit.runtime.configs import rate_limit
from tests.unit.runtime.scripted import CHAT, Bench, Caller

from modelserver_runtime.config.yaml_file import ConfigError
from modelserver_runtime.stages.counters import Redis
from modelserver_runtime.stages.keys import peer

CHAT_PATH, MESSAGES_PATH, COUNT_PATH = "/v1/chat/completions", "/v1/messages", "/v1/messages/count_tokens"
USAGE = {"prompt_tokens": 4, "completion_tokens": 10, "total_tokens": 14}


async def answered(bench: Bench, index: int, usage: object = USAGE, **options: Any) -> Caller:
    caller = bench.ask(CHAT_PATH, CHAT, **options)
    await (await bench.engine.call(index)).answer({"model": "demo", "usage": usage})
    return await caller.done()


async def left(bench: Bench, **options: Any) -> int:
    """The tokens that the client has left: of a request that is refused, and given back, for it asks for all."""
    caller = await bench.ask(
        CHAT_PATH, {**CHAT, "messages": [{"role": "user", "content": "x" * 800}]}, **options
    ).done()
    assert caller.status == 429
    return int(caller.headers["x-ratelimit-remaining-tokens"])


async def test_a_refusal_has_each_familys_shape_and_headers() -> None:
    bench = Bench(rate_limit(requests=1))
    await answered(bench, 0)

    openai = await bench.chat().done()
    anthropic = await bench.ask(MESSAGES_PATH, CHAT).done()

    assert (openai.status, anthropic.status) == (429, 429)
    assert openai.document["error"]["type"] == "rate_limit_error"
    assert openai.document["error"]["code"] == "rate_limit_exceeded"
    assert anthropic.document["error"]["type"] == "rate_limit_error"
    assert 1 <= int(openai.headers["retry-after"]) <= 60
    assert openai.headers["x-ratelimit-remaining-requests"] == "0"
    assert anthropic.headers["anthropic-ratelimit-requests-remaining"] == "0"
    assert len(bench.engine.calls) == 1
    assert bench.metric("modelserver_requests_refused_total", reason="request_rate") == 2


async def test_models_cost_nothing_and_counting_tokens_costs_a_request() -> None:
    bench = Bench(rate_limit(requests=1, tokens=5))
    for path in ("/v1/models", "/v1/models/demo", "/", "/health"):
        assert (await bench.ask(path, method="GET").done()).status == 200

    counted = bench.ask(COUNT_PATH, CHAT)
    await (await bench.engine.call()).answer({"input_tokens": 50})

    assert "anthropic-ratelimit-tokens-remaining" not in (await counted.done()).headers
    assert counted.headers["anthropic-ratelimit-requests-remaining"] == "0"


async def test_without_keys_each_address_is_a_client() -> None:
    bench = Bench(rate_limit(requests=1))
    await answered(bench, 0, peer="192.0.2.1")

    forwarded = {"x-forwarded-for": "203.0.113.7"}
    assert (await bench.ask(CHAT_PATH, CHAT, peer="192.0.2.1", headers=forwarded).done()).status == 429
    assert (await answered(bench, 1, peer="192.0.2.2")).status == 200


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
    ],
)
def test_a_network_of_ipv6_is_one_client(address: str, client: str) -> None:
    assert peer({"client": (address, 5)}) == client


async def test_with_keys_each_key_is_a_client(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("sk-1")
    (tmp_path / "search").write_text("sk-2")
    bench = Bench({**rate_limit(requests=1), "auth": {"keysPath": str(tmp_path)}})
    await answered(bench, 0, headers={"x-api-key": "sk-1"})

    assert (await bench.ask(CHAT_PATH, CHAT, headers={"x-api-key": "sk-1"}).done()).status == 429
    assert (await answered(bench, 1, headers={"x-api-key": "sk-2"})).status == 200
    assert (await bench.ask(CHAT_PATH, CHAT, headers={"x-api-key": "wrong"}).done()).status == 401


async def test_an_answer_is_charged_with_what_the_engine_says() -> None:
    bench = Bench(rate_limit(tokens=100))

    caller = await answered(bench, 0)

    estimate = 100 - int(caller.headers["x-ratelimit-remaining-tokens"])
    assert 0 < estimate < 14
    assert await left(bench) == 100 - 14


async def test_a_stream_that_is_broken_off_is_charged_with_what_was_generated() -> None:
    bench = Bench(rate_limit(tokens=100))
    caller = bench.chat(stream=True)
    call = await bench.engine.call()
    await call.start()
    for _ in range(3):
        event = {"model": "demo", "choices": [{"delta": {"content": "a"}}]}
        await call.send(b"data: " + json.dumps(event).encode() + b"\n\n")
    estimate = 100 - int(caller.headers["x-ratelimit-remaining-tokens"])

    caller.hang_up()
    await call.disconnected()
    call.ended.set()
    await caller.done()

    assert await left(bench) == 100 - estimate - 3


async def test_what_never_reached_the_engine_costs_nothing() -> None:
    bench = Bench(rate_limit(tokens=100), max_running=1, max_waiting=1)
    running = bench.chat()
    call = await bench.engine.call()
    at_first = await left(bench)
    vanishes = bench.chat()
    refused = await bench.chat().done()
    assert refused.document["error"]["code"] == "waiting_line_full"
    vanishes.hang_up()
    await vanishes.done()

    assert await left(bench) == at_first
    await call.answer({"model": "demo", "usage": USAGE})
    await running.done()


async def test_only_redis_needs_a_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "limits", None)
    monkeypatch.setitem(sys.modules, "limits.aio.storage", None)

    caller = await answered(Bench(), 0)
    assert [name for name in caller.headers if "ratelimit" in name] == []
    assert (await answered(Bench(rate_limit(requests=1)), 0)).status == 200
    (tmp_path / "url").write_text("redis://127.0.0.1:1")
    with pytest.raises(ConfigError, match=r"rateLimit needs Python packages .* -m pip install limits"):
        Redis(tmp_path / "url", "x", lambda: None)
