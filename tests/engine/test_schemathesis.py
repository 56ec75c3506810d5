"""Bodies made from vLLM's own schema, by the thousand: none is answered as a failure, and the engine lives."""

import collections
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from tests.engine.server import Server

from modelserver_runtime.stages.field_table import BY_ROUTE, Decision

GOOD, BAD = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
CASES = {  # by the schema, and against it; the more a schema can nest, the longer its bodies take to make
    "/v1/chat/completions": (400, 40),
    "/v1/completions": (700, 100),
    "/v1/responses": (300, 30),
    "/v1/messages": (300, 30),
    "/v1/messages/count_tokens": (150, 30),
    "/tokenize": (300, 40),
}
SHARE = 5  # of the cases, one in five is enough to see that all of this works: a minute of three
ANSWERS = {200, 400, 404, 413, 429, 503, 504}
OVERLOADED = 529  # on Anthropic's routes, where the others say 503
ASKED = ("messages", "prompt", "input", "max_tokens")  # what vLLM's schema calls optional, and its code demands
BOUNDS = {"/v1/chat/completions": "max_tokens", "/v1/completions": "max_tokens", "/v1/responses": "max_output_tokens"}

RANGES = {
    "temperature": (0, 2),
    "top_p": (0.01, 1),
    "min_p": (0, 1),
    "presence_penalty": (-2, 2),
    "frequency_penalty": (-2, 2),
    "repetition_penalty": (0.1, 9),
    "top_k": (-1, 50),
    "min_tokens": (0, 4),
    "n": (1, 4),
    "max_tokens": (4, 4),
    "max_completion_tokens": (4, 4),
}
WILD = (
    *("stop_token_ids", "allowed_token_ids", "logit_bias", "truncate_prompt_tokens", "thinking_token_budget"),
    *("structured_outputs", "response_format", "bad_words", "stop", "stream_options"),
)


@pytest.fixture(scope="session")
def operations(vllm_schema: dict[str, Any]) -> Any:
    """Our routes of vLLM's OpenAPI document, with the fields that pass and no invented ones."""
    document = vllm_schema["openapi"]
    for component in document["components"]["schemas"].values():
        if component.get("additionalProperties") is True:
            component["additionalProperties"] = False
    paths = {path: {"post": document["paths"][path]["post"]} for path in CASES}
    for path, methods in paths.items():
        passing = {name for name, field in BY_ROUTE[path].items() if field.decision is Decision.PASSED}
        for component in _bodies(methods["post"], document):
            component["properties"] = {k: v for k, v in component["properties"].items() if k in passing}
            component["required"] = [name for name in ASKED if name in component["properties"]]
    return schemathesis.openapi.from_dict({**document, "paths": paths})


def _bodies(operation: dict[str, Any], document: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas of an operation's body."""
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    names = [each["$ref"].rpartition("/")[2] for each in schema.get("anyOf", [schema])]
    return [document["components"]["schemas"][name] for name in names]


def _brief(path: str, body: Any) -> Any:
    """The same body for a model that is served; what is generated is a few tokens: a case takes milliseconds."""
    if not isinstance(body, dict):
        return body
    numbers = {name: min(value, 4) for name, value in body.items() if name.startswith("max_") and type(value) is int}
    silent = {BOUNDS[path]: 4} if path in BOUNDS and not numbers else {}
    return {**silent, **body, **numbers, "model": "demo"}


def _tame(body: Any) -> Any:
    """The same body with numbers that their documentation allows: wild ones seldom come further than to a check.

    The wild half of the cases keeps what this leaves out.
    """
    if not isinstance(body, dict):
        return body
    kept = {name: value for name, value in body.items() if name not in WILD}
    bounded = {name: max(low, min(kept[name], high)) for name, (low, high) in RANGES.items() if _number(kept.get(name))}
    prompt = {"prompt": str(kept["prompt"]) or "hi"} if "prompt" in kept else {}
    return {**kept, **bounded, **prompt}


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _run(strategy: Any, cases: int, ask: Callable[[Any], None]) -> None:
    """The same cases each time, and no search for the smallest body that fails: it would take minutes."""

    @settings(
        max_examples=cases,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def run(case: Any) -> None:
        ask(case.body)

    run()


@pytest.mark.parametrize("share", [pytest.param(1, marks=pytest.mark.long, id="all"), pytest.param(SHARE, id="some")])
@pytest.mark.parametrize("path", CASES)
def test_no_body_is_answered_as_a_failure(server: Server, operations: Any, path: str, share: int) -> None:
    """All are long: thousands of bodies find what dozens do not, and are no other test."""
    counts = [cases // share for cases in CASES[path]]
    seen: collections.Counter[int] = collections.Counter()
    allowed = ANSWERS | ({OVERLOADED} if path.startswith("/v1/messages") else set())
    with httpx.Client(base_url=server.url, timeout=60) as client:

        def ask(body: Any) -> None:
            document = _brief(path, _tame(body) if seen.total() % 2 else body)
            raw = body if isinstance(body, bytes) else json.dumps(document).encode()
            answer = client.post(path, headers={"content-type": "application/json"}, content=raw)
            seen[answer.status_code] += 1
            assert answer.status_code in allowed, (document, answer.text)

        operation = operations[path]["POST"]
        for mode, cases in zip((GOOD, BAD), counts, strict=True):
            _run(operation.as_strategy(generation_mode=mode), cases, ask)
        probe = {"model": "demo", "prompt": "hi", "max_tokens": 1}
        assert client.post("/v1/completions", json=probe).status_code == 200
    print(path, dict(seen))
    assert seen.total() >= sum(counts)
    assert seen[200]
    assert seen[400]


def test_there_are_thousands_of_cases() -> None:
    assert sum(map(sum, CASES.values())) >= 2000
