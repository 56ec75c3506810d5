"""Keys, rates and CORS of a served model, with the clients that people use and the kubelet that carries the Secret."""

import json
from typing import Any

import anthropic
import httpx
import openai
import pytest
from tests.e2e.packed import KEYS, ORIGIN, PER_MINUTE, SECRET, keys
from tests.e2e.served import Served
from tests.waiting import until
from tools.demo.kubectl import Kubectl

ROTATED = "sk-batch-2"
ROTATION_SECONDS = 300  # the kubelet of these tests looks every 5 s; by default it does every minute
ANSWER_SECONDS = 60  # for what takes milliseconds on an idle machine
QUESTION: Any = [{"role": "user", "content": "How was the concert?"}]


def openai_client(url: str, key: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)


def anthropic_client(url: str, **key: str) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=url, max_retries=0, **key)  # type: ignore[arg-type]  # api_key or auth_token


def listed(url: str, key: str) -> int:
    """The HTTP status of a request with this key that is not counted."""
    return httpx.get(f"{url}/v1/models", headers=bearer(key), trust_env=False, timeout=ANSWER_SECONDS).status_code


def counted(url: str, key: str) -> httpx.Response:
    """The answer to a request with this key that is counted, and generates nothing."""
    body = {"model": "packed", "prompt": "Once"}
    return httpx.post(f"{url}/tokenize", json=body, headers=bearer(key), trust_env=False, timeout=ANSWER_SECONDS)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_openai_clients_need_a_key(packed_url: str) -> None:
    with openai_client(packed_url, "sk-nobody") as nobody, pytest.raises(openai.AuthenticationError) as refused:
        nobody.chat.completions.create(model="packed", messages=QUESTION)
    assert refused.value.code == "invalid_api_key"
    with openai_client(packed_url, KEYS["web"]) as client:
        said = client.chat.completions.create(model="packed", messages=QUESTION)
    assert said.choices[0].message.content


def test_anthropic_clients_need_a_key(packed_url: str) -> None:
    refused = pytest.raises(anthropic.AuthenticationError, match="authentication_error")
    with anthropic_client(packed_url, api_key="sk-nobody") as nobody, refused:
        nobody.messages.create(model="packed", messages=QUESTION, max_tokens=8)


@pytest.mark.parametrize("how", ["api_key", "auth_token"])
def test_both_of_anthropics_headers_carry_the_key(packed_url: str, how: str) -> None:
    with anthropic_client(packed_url, **{how: KEYS["web"]}) as client:
        said = client.messages.create(model="packed", messages=QUESTION, max_tokens=8)
    assert said.usage.output_tokens > 0


def test_a_silent_request_gets_the_servers_defaults_and_a_greedy_one_a_400(packed_url: str) -> None:
    with openai_client(packed_url, KEYS["web"]) as client:
        silent = client.completions.create(model="packed", prompt="Once", extra_body={"ignore_eos": True})
        with pytest.raises(openai.BadRequestError, match="64"):
            client.completions.create(model="packed", prompt="Once", max_tokens=65)
    assert silent.usage
    assert silent.usage.completion_tokens == 8


def test_pages_of_the_one_origin_may_call(packed_url: str) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for origin, allowed in ((ORIGIN, ORIGIN), ("https://evil.example.com", None)):
        preflight = httpx.options(
            f"{packed_url}/v1/chat/completions",
            headers={"Origin": origin, **asked},
            trust_env=False,
            timeout=ANSWER_SECONDS,
        )
        assert preflight.headers.get("access-control-allow-origin") == allowed
        refusal = httpx.get(
            f"{packed_url}/v1/models", headers={"Origin": origin}, trust_env=False, timeout=ANSWER_SECONDS
        )
        assert refusal.status_code == httpx.codes.UNAUTHORIZED
        assert refusal.headers.get("access-control-allow-origin") == allowed


def test_a_client_that_asks_too_often_waits_and_no_other_does(packed_url: str) -> None:
    """A minute may begin anew in between, but not twice."""
    answers = [counted(packed_url, KEYS["greedy"]) for _ in range(2 * PER_MINUTE + 1)]
    assert [answer.status_code for answer in answers[:PER_MINUTE]] == [httpx.codes.OK] * PER_MINUTE
    refused = next(answer for answer in answers if answer.status_code != httpx.codes.OK)
    assert refused.status_code == httpx.codes.TOO_MANY_REQUESTS
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert counted(packed_url, KEYS["web"]).status_code == httpx.codes.OK


def test_a_key_is_rotated_without_a_new_pod(packed: Served, packed_url: str, kubectl: Kubectl) -> None:
    pods = [(pod["metadata"]["uid"], pod["status"]["containerStatuses"][0]["restartCount"]) for pod in packed.pods()]
    assert listed(packed_url, KEYS["batch"]) == httpx.codes.OK
    assert listed(packed_url, ROTATED) == httpx.codes.UNAUTHORIZED
    rotated = keys(packed.namespace, KEYS | {"batch": ROTATED})
    kubectl.run("patch", "secret", SECRET, *packed.here, "--patch", json.dumps({"data": rotated["data"]}))
    until(lambda: listed(packed_url, ROTATED) == httpx.codes.OK, ROTATION_SECONDS, "the new key opens")
    assert listed(packed_url, KEYS["batch"]) == httpx.codes.UNAUTHORIZED
    after = [(pod["metadata"]["uid"], pod["status"]["containerStatuses"][0]["restartCount"]) for pod in packed.pods()]
    assert after == pods


def test_no_key_stands_in_what_the_cluster_shows(packed: Served, kubectl: Kubectl) -> None:
    (pod,) = packed.pods()
    shown = kubectl.run("logs", pod["metadata"]["name"], *packed.here) + json.dumps(pod)
    shown += kubectl.run("get", "modelservers,configmaps,deployments,events", *packed.here, "-o", "yaml")
    assert [key for key in (*KEYS.values(), ROTATED) if key in shown] == []
