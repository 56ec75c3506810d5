"""Requests and tokens a minute and client: what is counted when, what is told, and what is given back."""

from datetime import datetime
from typing import Any

import pytest
from tests.unit.runtime.configs import rate_limit

from modelserver_runtime.config import RateLimit
from modelserver_runtime.refusals import Family, Refused
from modelserver_runtime.reply import Reply
from modelserver_runtime.stages.counters import Count, Memory
from modelserver_runtime.stages.rates import Rates

NOON = 1_700_000_000.0


class Watch:
    """The wall clock, moved by the test."""

    def __init__(self) -> None:
        self.seconds = NOON

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


def rates(watch: Watch, **bounds: int) -> Rates:
    return Rates(RateLimit.model_validate(rate_limit(**bounds)["rateLimit"]), Memory(watch), watch)


def reply(client: str = "shop", family: Family = Family.OPENAI) -> tuple[Reply, dict[str, str]]:
    """A reply, and the headers that will have been sent with it."""
    sent: dict[str, str] = {}

    async def send(message: Any) -> None:
        sent.update({name.decode(): value.decode() for name, value in message.get("headers", [])})

    made = Reply(send, "id", family, lambda _: None)
    made.client = client
    return made, sent


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
