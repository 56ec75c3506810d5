"""The effort of reasoning: the caller's word, else the temperature, else the config, else the model's own."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.runtime.harmony import bench

CHAT, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"
BODIES: dict[str, dict[str, Any]] = {
    CHAT: {"messages": [{"role": "user", "content": "hi"}]},
    RESPONSES: {"input": "hi"},
    MESSAGES: {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 9},
}


def said_on(path: str, word: str) -> dict[str, Any]:
    """The field by which a caller says it."""
    if path == CHAT:
        return {"reasoning_effort": word}
    return (
        {"reasoning": {"effort": word, "summary": "auto"}} if path == RESPONSES else {"output_config": {"effort": word}}
    )


def effort(path: str, document: dict[str, Any]) -> object:
    """Where vLLM looks for it on each route."""
    if path == CHAT:
        return document.get("reasoning_effort")
    return document.get("reasoning" if path == RESPONSES else "output_config", {}).get("effort")


async def forwarded(folder: Path, path: str, generation: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """The body that the engine gets of a request with `fields`."""
    asked = bench(folder, **({"generation": generation} if generation else {}))
    caller = asked.ask(path, {"model": "demo", **BODIES[path], **fields})
    call = await asked.engine.call()
    document: dict[str, Any] = await call.document()
    await call.answer({"error": "enough"}, status=400)
    await caller.done()
    return document


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    ("temperature", "expected"),
    [(0, "low"), (0.3, "low"), (0.31, "medium"), (0.7, "medium"), (0.71, "high"), (2, "high"), (None, None)],
)
async def test_temperature_tells_the_effort(
    tmp_path: Path, path: str, temperature: float | None, expected: str | None
) -> None:
    document = await forwarded(tmp_path, path, temperature=temperature)
    assert effort(path, document) == expected
    assert document.get("temperature") == temperature


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        *[(word, word) for word in ("low", "medium", "high", "bogus")],
        *[("none", "low"), ("minimal", "low"), ("xhigh", "high"), ("max", "high")],
    ],
)
async def test_a_callers_word_goes_over_the_temperature(tmp_path: Path, path: str, said: str, expected: str) -> None:
    document = await forwarded(tmp_path, path, {"reasoningEffort": "Medium"}, temperature=1, **said_on(path, said))
    assert effort(path, document) == expected


@pytest.mark.parametrize("path", BODIES)
async def test_the_config_speaks_where_the_caller_does_not(tmp_path: Path, path: str) -> None:
    config = {"reasoningEffort": "High", "temperature": 0.1}
    document = await forwarded(tmp_path, path, config)
    assert effort(path, document) == "high", "a temperature that the server writes in is no wish of the caller's"
    assert effort(path, await forwarded(tmp_path, path, config, temperature=0.5)) == "medium"


async def test_what_else_stands_beside_the_effort_stays(tmp_path: Path) -> None:
    document = await forwarded(tmp_path, RESPONSES, temperature=0.1, reasoning={"summary": "auto"})
    assert document["reasoning"] == {"summary": "auto", "effort": "low"}


@pytest.mark.parametrize(
    ("thinking", "expected"),
    [
        ({"type": "disabled"}, "low"),
        ({"type": "enabled", "budget_tokens": 1024}, "high"),
        ({"type": "adaptive"}, "high"),
    ],
)
async def test_anthropics_thinking_is_an_effort_or_nothing(
    tmp_path: Path, thinking: dict[str, Any], expected: str
) -> None:
    document = await forwarded(tmp_path, MESSAGES, temperature=1, thinking=thinking)
    assert effort(MESSAGES, document) == expected
    assert "thinking" not in document


async def test_other_models_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    document = await forwarded(tmp_path, CHAT, temperature=0.1)
    assert "reasoning_effort" not in document
    assert "include_reasoning" not in document
