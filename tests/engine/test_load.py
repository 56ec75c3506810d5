"""Callers who hang up, crowds, and bad input, against the engine that must survive them."""

import asyncio
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI, OpenAI, RateLimitError
from tests.engine.server import LIMITS, Server, until

TOKENS = 4000
LINE = LIMITS["maxRunning"] + LIMITS["maxWaiting"]
FULL = {"ignore_eos": True}
LONG = {"model": "org/demo", "prompt": "hi", "max_tokens": TOKENS, "stream": True, **FULL}


async def holds(condition: Callable[[], bool]) -> None:
    """Wait for `condition` while other tasks of the test run."""
    await asyncio.to_thread(until, condition)


def logged(server: Server) -> list[dict[str, Any]]:
    """The log's lines, but for one that is just being written."""
    whole = server.log.rpartition("\n")[0]
    return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]


def statuses(server: Server, request_id: str, number: int) -> list[int]:
    """Of requests with this id, once the log has so many: a line comes a moment after the answer."""

    def found() -> list[int]:
        return [line["status"] for line in logged(server) if line.get("request_id") == request_id]

    until(lambda: len(found()) >= number)
    return found()


def idle(server: Server) -> bool:
    return server.metric("modelserver_unfinished_requests") == 0 and server.metric("vllm:num_requests_running") == 0


@pytest.mark.parametrize("stream", [True, False])
async def test_a_caller_who_hangs_up_frees_the_slot_and_stops_the_engine(server: Server, stream: bool) -> None:
    await holds(lambda: idle(server))
    before = server.metric("vllm:generation_tokens_total")
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        caller = asyncio.create_task(client.post("/v1/completions", json={**LONG, "stream": stream}))
        await holds(lambda: server.metric("vllm:generation_tokens_total") > before)
        assert server.metric("modelserver_running_requests") == 1
        caller.cancel()
        await holds(lambda: idle(server))
    assert server.metric("vllm:generation_tokens_total") - before < TOKENS


async def test_callers_who_hang_up_while_waiting_leave_the_line(server: Server) -> None:
    await holds(lambda: idle(server))
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        with server.standing_still():
            crowd = [asyncio.create_task(client.post("/v1/completions", json=LONG)) for _ in range(LINE)]
            await holds(lambda: server.metric("modelserver_unfinished_requests") == LINE)
            assert server.metric("modelserver_waiting_requests") == LIMITS["maxWaiting"]
        for caller in crowd:
            caller.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)
        await holds(lambda: idle(server))


async def test_of_a_burst_of_20_streams_12_are_whole_and_8_are_refused_before_any_byte(server: Server) -> None:
    await holds(lambda: idle(server))
    async with AsyncOpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0, timeout=120) as client:

        async def ask() -> str:
            """How a stream ended, or the error's type and its Retry-After."""
            try:
                stream = await client.completions.create(
                    model="demo", prompt="hi", max_tokens=300, stream=True, extra_body=FULL
                )
            except RateLimitError as error:
                return f"{error.type} {error.code} {error.response.headers['retry-after']}"
            return [chunk.choices[0].finish_reason or "" async for chunk in stream][-1]

        with server.standing_still():  # else the first might be through before the last have come
            asked = [asyncio.create_task(ask()) for _ in range(20)]
            await holds(lambda: sum(each.done() for each in asked) >= 8)
        outcomes = await asyncio.gather(*asked)
    assert outcomes.count("length") == LINE == 12
    refused = [outcome for outcome in outcomes if outcome != "length"]
    assert len(refused) == 8
    assert all(re.fullmatch("rate_limit_error waiting_line_full [1-9][0-9]?", words) for words in refused)
    await holds(lambda: idle(server))


async def test_a_batch_of_prompts_weighs_as_much_as_its_prompts(server: Server) -> None:
    await holds(lambda: idle(server))
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        batch = {**LONG, "prompt": ["a", "b", "c", "d"]}
        callers = [asyncio.create_task(client.post("/v1/completions", json=batch))]
        await holds(lambda: server.metric("modelserver_running_requests") == 1)
        callers += [asyncio.create_task(client.post("/v1/completions", json=LONG))]
        await holds(lambda: server.metric("modelserver_waiting_requests") == 1)
        assert server.metric("modelserver_running_requests") == 1
        await holds(lambda: server.metric("vllm:num_requests_running") == 4)
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        await holds(lambda: idle(server))
        too_many = await client.post("/v1/completions", json={**LONG, "n": 5})
        assert too_many.json()["error"]["code"] == "too_many_sequences"


def test_clients_that_try_again_get_their_answer(server: Server) -> None:
    """A crowd larger than slots and line together, with the SDK's own patience."""
    with OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=8, timeout=60) as client:

        def ask(_: int) -> str | None:
            answer = client.completions.create(model="demo", prompt="hi", max_tokens=30, extra_body=FULL)
            return answer.choices[0].finish_reason

        with ThreadPoolExecutor(16) as pool:
            assert list(pool.map(ask, range(16))) == ["length"] * 16


def test_a_seed_with_prompts_that_do_not_fit_into_one_step(server: Server) -> None:
    """With chunked prefill this kills vLLM's CPU engine; see engine_arguments."""
    body = {"model": "demo", "max_tokens": 2, "seed": 7, "temperature": 1}

    def ask(letter: str) -> int:
        prompt = {**body, "prompt": letter * 3900}
        return httpx.post(server.url + "/v1/completions", json=prompt, timeout=60).status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, "abcd")) == [200] * 4


def test_what_the_control_port_says(server: Server) -> None:
    assert [server.probe(path) for path in ("/livez", "/readyz", "/startupz")] == [200, 200, 200]
    stats = httpx.get(server.control_url + "/stats", timeout=60).json()
    assert stats["emotions"] == {"enabled": False}
    assert server.metric("modelserver_build_info") == 1


def test_what_the_log_says(server: Server) -> None:
    """One JSON line a request, found by its id; never what was asked or answered."""
    headers = {"x-request-id": "found-in-the-log"}
    bodies: list[dict[str, Any]] = [
        {"max_tokens": 2, "echo": True},
        {"max_tokens": "canary-type"},
        {"max_tokens": 9999},
    ]
    for number, body in enumerate(bodies, 1):
        document = {"model": "demo", "prompt": "canary-prompt", **body}
        httpx.post(server.url + "/v1/completions", json=document, headers=headers, timeout=60)
        found = statuses(server, "found-in-the-log", number)
    assert found == [200, 400, 400]
    (ready,) = (line for line in logged(server) if line["message"] == "ready")
    assert ready["served_names"] == ["demo", "org/demo"]
    assert "canary" not in server.log
