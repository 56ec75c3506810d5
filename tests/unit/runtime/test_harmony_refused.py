"""What a model with channels is never asked, and what its engine's errors may say."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.runtime.harmony import bench
from tests.unit.runtime.scripted import Call, Caller

from modelserver_runtime.stages.field_table import BY_ROUTE
from modelserver_runtime.stages.harmony.requests import UNANSWERABLE

CHAT, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"
ASKED = {"messages": [{"role": "user", "content": "hi"}]}
BODIES: dict[str, dict[str, Any]] = {CHAT: ASKED, RESPONSES: {"input": "hi"}, MESSAGES: {**ASKED, "max_tokens": 9}}
# Each asks for something, and for nothing.
VALUES: dict[str, tuple[Any, Any]] = {
    "stop_token_ids": ([167005], []),
    "include_stop_str_in_output": (True, False),
    "logit_bias": ({"35644": -100}, {}),
    "bad_words": (["analysis"], []),
    "allowed_token_ids": ([1], []),
    "repetition_penalty": (5.0, 1),
    "skip_special_tokens": (False, True),
    "spaces_between_special_tokens": (False, True),
    "min_tokens": (5, 0),
    "ignore_eos": (True, False),
    "thinking_token_budget": (3, -1),
    "truncate_prompt_tokens": (5, None),
    "truncation": ("auto", "disabled"),
}
CASES = [(path, name) for path in BODIES for name in UNANSWERABLE if name in BY_ROUTE[path]]
QUOTED = "Unknown channel: Canary"


def test_every_one_has_a_case() -> None:
    assert VALUES.keys() == UNANSWERABLE.keys() == {name for _, name in CASES}


@pytest.mark.parametrize(("path", "name"), [*CASES, (RESPONSES, "stop")])
async def test_it_is_refused(tmp_path: Path, path: str, name: str) -> None:
    asked = bench(tmp_path)
    value = VALUES.get(name, ("x",))[0]
    caller = await asked.ask(path, {"model": "demo", **BODIES[path], name: value}).done()
    error = caller.document["error"]
    assert (caller.status, error["code"], error["param"]) == (400, "not_supported", name)
    assert error["message"].startswith(f"The field `{name}` is not supported: ")
    assert not asked.engine.calls


@pytest.mark.parametrize("path", BODIES)
async def test_values_that_ask_for_nothing_are_dropped(tmp_path: Path, path: str) -> None:
    nothing = {name: VALUES[name][1] for at, name in CASES if at == path}
    _, call = await begun(tmp_path, path, **nothing)
    assert not nothing.keys() & (await call.document()).keys()


@pytest.mark.parametrize("name", [name for at, name in CASES if at == CHAT])
async def test_other_models_are_asked(tmp_path: Path, name: str) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    _, call = await begun(tmp_path, CHAT, **{name: VALUES[name][0]})
    assert name in await call.document()


async def begun(folder: Path, path: str, **fields: Any) -> tuple[Caller, Call]:
    """A caller, and the engine's side of it."""
    asked = bench(folder)
    caller = asked.ask(path, {"model": "demo", **BODIES[path], **fields})
    return caller, await asked.engine.call()


@pytest.mark.parametrize(
    ("kind", "param", "told"), [("gpt_oss", None, False), ("gpt_oss", "input", True), ("llama", None, True)]
)
async def test_an_engines_error_quotes_nothing_hidden(tmp_path: Path, kind: str, param: str | None, told: bool) -> None:
    (tmp_path / "config.json").write_text(f'{{"model_type": "{kind}"}}')
    error = {"error": {"message": QUOTED, "type": "BadRequestError", "param": param, "code": 400}}
    caller, call = await begun(tmp_path, RESPONSES)
    await call.answer(error, status=400)
    await caller.done()
    assert (caller.status, QUOTED in caller.document["error"]["message"]) == (400, told)


async def test_nor_in_a_stream(tmp_path: Path) -> None:
    caller, call = await begun(tmp_path, CHAT, stream=True)
    await call.start()
    await call.send(b'data: {"choices":[{"index":0,"delta":{"content":"so"}}]}\n\n')
    await call.send(b'data: {"error":{"message":"%b","code":400}}\n\n' % QUOTED.encode(), more=False)
    call.ended.set()
    body = (await caller.done()).body
    assert b"so" in body
    assert b'"error"' in body
    assert QUOTED.encode() not in body
