"""Requests and tokens a minute and client: what is counted when, what is told, and what is given back."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.unit.runtime.scripted import CHAT, Bench, Caller

from modelserver_runtime.config import RateLimit
from modelserver_runtime.config.yaml_file import ConfigError
from modelserver_runtime.refusals import Family, Refused
from modelserver_runtime.reply import Reply
from modelserver_runtime.stages.counters import Count, Memory, Redis
from modelserver_runtime.stages.keys import peer
from modelserver_runtime.stages.rates import Rates

CHAT_PATH, MESSAGES_PATH, COUNT_PATH = "/v1/chat/completions", "/v1/messages", "/v1/messages/count_tokens"
NOON = 1_700_000_000.0
USAGE = {"prompt_tokens": 4, "completion_tokens": 10, "total_tokens": 14}


class Watch:
    """The wall clock, moved by the test."""

    def __init__(self) -> None:
        self.seconds = NOON

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


def limits(requests: int | None = None, tokens: int | None = None) -> dict[str, Any]:
    bounds = {"requestsPerMinutePerClient": requests, "tokensPerMinutePerClient": tokens}
    return {"rateLimit": {name: bound for name, bound in bounds.items() if bound}}


def rates(watch: Watch, **bounds: int) -> Rates:
    return Rates(RateLimit.model_validate(limits(**bounds)["rateLimit"]), Memory(watch), watch)


def reply(client: str = "shop", family: Family = Family.OPENAI) -> tuple[Reply, dict[str, str]]:
    """A reply, and the headers that will have been sent with it."""
    sent: dict[str, str] = {}

    async def send(message: Any) -> None:
        sent.update({name.decode(): value.decode() for name, value in message.get("headers", [])})

    made = Reply(send, "id", family, lambda _: None)
    made.client = client
    return made, sent


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


async def test_requests_are_counted_up_to_the_limit(watch: Watch) -> None:
    some = rates(watch, requests=2)
    for remaining in ("1", "0"):
        one, sent = reply()
        await some.take_request(one)
        await one.json(200, {})
        assert sent["x-ratelimit-limit-requests"] == "2"
        assert sent["x-ratelimit-remaining-requests"] == remaining
        assert sent["x-ratelimit-reset-requests"] == "1m0s"
    watch.seconds += 20.5
    one, sent = reply()

    with pytest.raises(Refused) as refused:
        await some.take_request(one)

    await one.refuse(refused.value.refusal)
    assert one.status == 429
    assert sent["retry-after"] == "40"
    assert (sent["x-ratelimit-remaining-requests"], sent["x-ratelimit-reset-requests"]) == ("0", "40s")


async def test_a_minute_after_the_first_request_all_begins_anew(watch: Watch) -> None:
    some = rates(watch, requests=1)
    await some.take_request(reply()[0])
    watch.seconds += 59.9
    with pytest.raises(Refused):
        await some.take_request(reply()[0])
    watch.seconds += 0.2

    await some.take_request(reply()[0])


async def test_each_client_has_its_own_share(watch: Watch) -> None:
    some = rates(watch, requests=1)
    await some.take_request(reply("shop")[0])

    await some.take_request(reply("search")[0])
    with pytest.raises(Refused):
        await some.take_request(reply("search")[0])


async def test_anthropics_headers_tell_the_time_of_the_reset(watch: Watch) -> None:
    some = rates(watch, requests=5, tokens=100)
    one, sent = reply(family=Family.ANTHROPIC)

    await some.take_request(one)
    await some.take_tokens(30, one)
    await one.json(200, {})

    reset = sent.pop("anthropic-ratelimit-requests-reset")
    assert datetime.fromisoformat(reset).timestamp() == NOON + 60
    assert sent.pop("anthropic-ratelimit-tokens-reset") == reset
    assert {name: value for name, value in sent.items() if "ratelimit" in name} == {
        "anthropic-ratelimit-requests-limit": "5",
        "anthropic-ratelimit-requests-remaining": "4",
        "anthropic-ratelimit-tokens-limit": "100",
        "anthropic-ratelimit-tokens-remaining": "70",
    }


async def test_what_is_refused_costs_no_tokens(watch: Watch) -> None:
    some = rates(watch, tokens=100)
    await some.take_tokens(60, reply()[0])
    with pytest.raises(Refused) as refused:
        await some.take_tokens(50, reply()[0])
    assert refused.value.refusal.retry_after == 60
    assert "x-should-retry" not in str(refused.value.refusal.headers)

    await some.take_tokens(40, reply()[0])


async def test_what_can_never_pass_is_not_to_be_tried_again(watch: Watch) -> None:
    with pytest.raises(Refused, match="too large: about 101 tokens, and the limit is 100 a minute") as refused:
        await rates(watch, tokens=100).take_tokens(101, reply()[0])

    assert (b"x-should-retry", b"false") in refused.value.refusal.headers


async def test_what_can_never_pass_is_never_counted(watch: Watch) -> None:
    """Another request of the client may come between a count and its being taken back."""
    added: list[int] = []

    class Told(Memory):
        async def add(self, key: str, amount: int) -> Count:
            added.append(amount)
            return await super().add(key, amount)

    with pytest.raises(Refused):
        await Rates(RateLimit(tokensPerMinutePerClient=100), Told(watch), watch).take_tokens(101, reply()[0])
    assert added == [0]


async def test_minutes_that_are_over_are_forgotten(watch: Watch) -> None:
    """And none is looked at before: the work does not grow with the clients."""
    counter = Memory(watch)
    for client in range(1000):
        await counter.add(str(client), 1)
        watch.seconds += 0.01

    watch.seconds = NOON + 60 + 5
    assert (await counter.add("700", 1)).used == 2
    assert (await counter.add("0", 1)).used == 1
    assert len(counter._counts) == 500


@pytest.mark.parametrize(("used", "next_fits"), [(80, 20), (200, 0), (10, 90)])
async def test_what_was_used_takes_the_estimates_place(watch: Watch, used: int, next_fits: int) -> None:
    some = rates(watch, tokens=100)
    await some.take_tokens(50, reply()[0])

    await some.settle("shop", 50, used)

    with pytest.raises(Refused):
        await some.take_tokens(next_fits + 1, reply()[0])
    if next_fits:
        await some.take_tokens(next_fits, reply()[0])


async def test_an_overrun_ends_with_the_minute(watch: Watch) -> None:
    some = rates(watch, tokens=100)
    await some.settle("shop", 0, 1000)
    watch.seconds += 61

    await some.take_tokens(100, reply()[0])


async def test_a_refusal_has_each_familys_shape_and_headers() -> None:
    bench = Bench(limits(requests=1))
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
    bench = Bench(limits(requests=1, tokens=5))
    for path in ("/v1/models", "/v1/models/demo", "/", "/health"):
        assert (await bench.ask(path, method="GET").done()).status == 200

    counted = bench.ask(COUNT_PATH, CHAT)
    await (await bench.engine.call()).answer({"input_tokens": 50})

    assert "anthropic-ratelimit-tokens-remaining" not in (await counted.done()).headers
    assert counted.headers["anthropic-ratelimit-requests-remaining"] == "0"


async def test_without_keys_each_address_is_a_client() -> None:
    bench = Bench(limits(requests=1))
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
    bench = Bench({**limits(requests=1), "auth": {"keysPath": str(tmp_path)}})
    await answered(bench, 0, headers={"x-api-key": "sk-1"})

    assert (await bench.ask(CHAT_PATH, CHAT, headers={"x-api-key": "sk-1"}).done()).status == 429
    assert (await answered(bench, 1, headers={"x-api-key": "sk-2"})).status == 200
    assert (await bench.ask(CHAT_PATH, CHAT, headers={"x-api-key": "wrong"}).done()).status == 401


async def test_an_answer_is_charged_with_what_the_engine_says() -> None:
    bench = Bench(limits(tokens=100))

    caller = await answered(bench, 0)

    estimate = 100 - int(caller.headers["x-ratelimit-remaining-tokens"])
    assert 0 < estimate < 14
    assert await left(bench) == 100 - 14


async def test_a_stream_that_is_broken_off_is_charged_with_what_was_generated() -> None:
    bench = Bench(limits(tokens=100))
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
    bench = Bench(limits(tokens=100), max_running=1, max_waiting=1)
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
    assert (await answered(Bench(limits(requests=1)), 0)).status == 200
    (tmp_path / "url").write_text("redis://127.0.0.1:1")
    with pytest.raises(ConfigError, match=r"rateLimit needs Python packages .* -m pip install limits"):
        Redis(tmp_path / "url", "x", lambda: None)
