"""Keys, rates and CORS with the real SDKs, on one server that has all three."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anthropic
import httpx
import openai
import pytest
from tests.engine.server import Server, until

PAGE = "https://app.example.com"
REQUESTS, TOKENS = 6, 300
WORDS: Any = [{"role": "user", "content": "hi"}]
FULL = {"ignore_eos": True}  # a model that says nothing sensible may also end at once


class Clients:
    """The server's keys, as files; each test takes clients of its own, so that none has another's rates."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = 0

    def write(self, name: str, key: str) -> None:
        (self.folder / name).write_text(key)

    def key(self) -> str:
        self.made += 1
        return f"sk-client-{self.made}"


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Clients:
    """Twenty clients' keys."""
    clients = Clients(tmp_path_factory.mktemp("keys"))
    for number in range(1, 21):
        clients.write(f"client-{number}", f"sk-client-{number}\n")
    return clients


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, model: Path, clients: Clients) -> Iterator[Server]:
    """The server of this file."""
    server = Server(
        tmp_path_factory.mktemp("guarded"),
        model,
        auth={"keysPath": str(clients.folder)},
        rateLimit={"requestsPerMinutePerClient": REQUESTS, "tokensPerMinutePerClient": TOKENS},
        cors={"allowedOrigins": [PAGE]},
    )
    try:
        yield server.ready()
    finally:
        server.kill()


def openai_client(server: Server, key: str, max_retries: int = 0) -> openai.OpenAI:
    return openai.OpenAI(base_url=server.url + "/v1", api_key=key, max_retries=max_retries, timeout=60)


def anthropic_client(server: Server, **credential: Any) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=server.url, max_retries=0, timeout=60, **credential)


def test_openais_sdk_gets_in_with_a_key_and_reads_its_rates(guarded: Server, clients: Clients) -> None:
    with openai_client(guarded, clients.key()) as client:
        ask = client.chat.completions.with_raw_response.create
        raw = ask(model="demo", messages=WORDS, max_tokens=4, extra_body=FULL)
        settled(guarded)
        again = ask(model="demo", messages=WORDS, max_tokens=4, extra_body=FULL)

    used = raw.parse().usage
    assert used
    assert used.completion_tokens == 4
    assert raw.headers["x-ratelimit-limit-requests"] == str(REQUESTS)
    assert raw.headers["x-ratelimit-remaining-requests"] == str(REQUESTS - 1)
    assert raw.headers["x-ratelimit-reset-requests"] in ("1m0s", "59s")
    estimate = TOKENS - int(raw.headers["x-ratelimit-remaining-tokens"])
    assert TOKENS - int(again.headers["x-ratelimit-remaining-tokens"]) == used.total_tokens + estimate


def test_anthropics_sdk_gets_in_with_either_header(guarded: Server, clients: Clients) -> None:
    key = clients.key()
    for credential in ({"api_key": key}, {"auth_token": key}):
        with anthropic_client(guarded, **credential) as client:
            raw = client.messages.with_raw_response.create(model="demo", messages=WORDS, max_tokens=4)
            assert raw.headers["anthropic-ratelimit-requests-limit"] == str(REQUESTS)

    assert raw.headers["anthropic-ratelimit-requests-remaining"] == str(REQUESTS - 2)
    reset = datetime.fromisoformat(raw.headers["anthropic-ratelimit-tokens-reset"])
    assert timedelta(0) < reset - datetime.now(UTC) <= timedelta(seconds=61)


def test_a_wrong_key_is_each_sdks_own_error_and_never_repeated(guarded: Server) -> None:
    with (
        openai_client(guarded, "sk-wrong-1", max_retries=2) as client,
        pytest.raises(openai.AuthenticationError) as refused,
    ):
        client.models.list()
    assert refused.value.code == "invalid_api_key"
    assert "sk-wrong" not in str(refused.value)
    with anthropic_client(guarded, api_key="sk-wrong-2") as other, pytest.raises(anthropic.AuthenticationError) as no:
        other.messages.create(model="demo", messages=WORDS, max_tokens=4)
    assert "authentication_error" in str(no.value)
    assert "sk-wrong" not in guarded.log


def test_no_key_opens_nothing_but_health(guarded: Server) -> None:
    assert httpx.get(guarded.url + "/health", timeout=60).status_code == 200
    assert httpx.get(guarded.url + "/v1/models", timeout=60).status_code == 401


def test_a_key_is_rotated_while_the_server_runs(guarded: Server, clients: Clients) -> None:
    clients.write("partner", "sk-partner-old")
    until(lambda: listing(guarded, "sk-partner-old") == 200)

    clients.write("partner", "sk-partner-new")

    until(lambda: listing(guarded, "sk-partner-new") == 200)
    assert listing(guarded, "sk-partner-old") == 401


def test_too_many_requests_are_each_sdks_own_error(guarded: Server, clients: Clients) -> None:
    key = clients.key()
    with openai_client(guarded, key) as client:
        for _ in range(REQUESTS):
            client.chat.completions.create(model="demo", messages=WORDS, max_tokens=1)
        with pytest.raises(openai.RateLimitError) as refused:
            client.chat.completions.create(model="demo", messages=WORDS, max_tokens=1)
        assert client.models.list().data, "lists cost nothing"
    assert refused.value.code == "rate_limit_exceeded"
    assert refused.value.response.headers["x-ratelimit-remaining-requests"] == "0"
    assert 1 <= int(refused.value.response.headers["retry-after"]) <= 60
    with anthropic_client(guarded, api_key=key) as other, pytest.raises(anthropic.RateLimitError) as no:
        other.messages.create(model="demo", messages=WORDS, max_tokens=4)
    assert no.value.response.headers["anthropic-ratelimit-requests-remaining"] == "0"


def test_too_many_tokens_are_refused_after_the_answer_that_used_them(guarded: Server, clients: Clients) -> None:
    with openai_client(guarded, clients.key()) as client:
        stream = client.chat.completions.create(
            model="demo", messages=WORDS, max_tokens=TOKENS, stream=True, extra_body=FULL
        )
        reasons = [choice.finish_reason for event in stream for choice in event.choices]
        assert reasons[-1] == "length", "the answer itself is never cut"
        settled(guarded)
        with pytest.raises(openai.RateLimitError, match="tokens a minute"):
            client.chat.completions.create(model="demo", messages=WORDS, max_tokens=1)


def test_an_sdk_does_not_try_again_what_can_never_pass(guarded: Server, clients: Clients) -> None:
    long: Any = [{"role": "user", "content": "word " * 400}]
    with openai_client(guarded, clients.key(), max_retries=2) as client:
        began = time.monotonic()
        with pytest.raises(openai.RateLimitError, match="too large") as refused:
            client.chat.completions.create(model="demo", messages=long, max_tokens=1)
        assert time.monotonic() - began < 30, "a second try would come after Retry-After's minute"
    assert refused.value.response.headers["x-ratelimit-remaining-requests"] == str(REQUESTS - 1), "it was tried once"


def test_a_page_may_ask_and_read_why_not(guarded: Server, clients: Clients) -> None:
    asks = {"origin": PAGE, "access-control-request-method": "POST"}
    wants = {"access-control-request-headers": "authorization,content-type,x-stainless-lang"}
    url, key = guarded.url + "/v1/chat/completions", clients.key()
    body = {"model": "demo", "messages": WORDS, "max_tokens": 1}
    with httpx.Client(timeout=60, headers={"origin": PAGE}) as page:
        before = page.options(url, headers=asks | wants)
        answers = [page.post(url, json=body, headers={"authorization": f"Bearer {key}"}) for _ in range(REQUESTS + 1)]
        refused = page.post(url, json=body)

    assert before.status_code == 200
    assert [answer.status_code for answer in answers] == [200] * REQUESTS + [429]
    assert refused.status_code == 401
    for answer in (before, *answers, refused):
        assert answer.headers["access-control-allow-origin"] == PAGE
    assert "x-ratelimit-remaining-requests" in answers[-1].headers["access-control-expose-headers"]


def test_the_log_names_the_client_and_no_key(guarded: Server, clients: Clients) -> None:
    assert listing(guarded, clients.key()) == 200

    until(lambda: f'"client": "client-{clients.made}"' in guarded.log)  # it is written after the answer
    assert "sk-" not in guarded.log


def settled(server: Server) -> None:
    """Wait until what was answered has been counted: that comes a moment after the last byte."""
    until(lambda: server.metric("modelserver_unfinished_requests") == 0)


def listing(server: Server, key: str) -> int:
    return httpx.get(server.url + "/v1/models", headers={"x-api-key": key}, timeout=60).status_code
