"""The page about the configuration says of each key what the schema says: its type, its bounds and its default."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.unit.runtime.given import Given

from modelserver_operator.resolve.profiles import PROFILES
from modelserver_runtime.config import StartConfig
from modelserver_runtime.config.defaults import CONTEXT_TOKENS
from modelserver_runtime.config.keys import DERIVED, KEYS
from modelserver_runtime.config.sources import load

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
SCHEMA = StartConfig.model_json_schema(by_alias=True)


def rows(text: str) -> dict[str, list[str]]:
    """The cells behind the first, which is a key in backticks."""
    found = re.findall(r"^\| `([\w.]+)` \|(.*)\|$", text, flags=re.MULTILINE)
    return {key: [cell.strip() for cell in cells.split("|")] for key, cells in found}


def described(key: str) -> tuple[dict[str, Any], bool]:
    """(JSON schema, whether it is required where its section is set)."""
    holder = SCHEMA
    *sections, last = key.split(".")
    for section in sections:
        holder = referred(holder["properties"][section])
    return referred(holder["properties"][last]), last in holder.get("required", ())


def referred(schema: dict[str, Any]) -> dict[str, Any]:
    """What a schema refers to, without its null."""
    inner: dict[str, Any] = next((each for each in schema.get("anyOf", ()) if each.get("type") != "null"), {})
    target = inner.get("$ref") or schema.get("$ref")
    found: dict[str, Any] = SCHEMA["$defs"][target.rpartition("/")[2]] if target else inner
    return {**schema, **found}


def kind(schema: dict[str, Any]) -> str:
    if words := schema.get("enum"):
        return " or ".join(", ".join(f"`{word}`" for word in words).rsplit(", ", 1))
    names = {"integer": "whole number", "number": "number", "array": "list", "object": "mapping", "string": "text"}
    return names[schema["type"]] + bounds(schema)


def bounds(schema: dict[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        return f" above {schema['exclusiveMinimum']}, to {most}"
    if least is None:
        return ""
    return f" from {least} on" if most is None else f", {least} to {most}"


def default(key: str) -> str:
    schema, required = described(key)
    if key in DERIVED:
        return "found"
    if required:
        return "required"
    held = schema.get("default")
    return "none" if held in (None, "", {}) else f"`{held}`"


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_told_with_its_type_its_bounds_and_its_default(key: str) -> None:
    told = rows(PAGE.read_text())[key]
    assert told[:2] == [kind(described(key)[0]), default(key)]
    assert told[2]


def test_no_key_is_told_that_is_gone() -> None:
    text = PAGE.read_text().partition("\n## Every key\n")[2].partition("\n## ")[0]
    assert rows(text).keys() == KEYS.keys() | {"schemaVersion"}


def test_the_example_of_all_four_sources_is_true(tmp_path: Path) -> None:
    text = PAGE.read_text().partition("\n## Four sources\n")[2].partition("\n## ")[0]
    file, env_file, shell, _ = re.findall(r"```(?:yaml|text|console)\n(.*?)```", text, flags=re.DOTALL)
    given = Given(tmp_path)
    file = file.replace("/srv/models/qwen", f"'{given.model}'")
    environment = dict(re.findall(r"(MODELSERVER_\w+)=(\S+)", shell))
    settings = re.findall(r"--set (\S+)", shell)
    (tmp_path / "start.yaml").write_text(file)

    sources = given.sources(env_file=env_file, environment=environment, settings=settings)
    held = load(type(sources)(**{**vars(sources), "file": tmp_path / "start.yaml"})).admission

    table = re.findall(r"^\| `admission\.(\w+)` \|.*\| \*\*(\d+)\*\* \|", text, flags=re.MULTILINE)
    assert {key: str(value) for key, value in held.model_dump(by_alias=True).items() if key in dict(table)} == dict(
        table
    )
    assert len(table) == 4


def test_what_is_left_out_is_as_in_the_profile_balanced() -> None:
    balanced = PROFILES["Balanced"]
    start = StartConfig.model_validate(
        {
            "schemaVersion": 1,
            "server": {"name": "a", "servedNames": ["a"]},
            "model": {"path": "/a"},
            "engine": {"device": "Cpu", "maxContextTokens": 1},
            "admission": {"maxRunning": 1},
        }
    )
    admission = start.admission
    assert (balanced.max_context_tokens, balanced.max_sequences) == (CONTEXT_TOKENS, start.engine.max_sequences)
    assert (balanced.max_waiting, balanced.max_body_bytes) == (admission.max_waiting, admission.max_body_bytes)
    assert balanced.queue_timeout_seconds == admission.queue_timeout_seconds
    assert balanced.request_timeout_seconds == admission.request_timeout_seconds
    assert balanced.stream_interval_tokens == start.engine.stream_interval_tokens
    assert balanced.accelerator_memory_percent == start.engine.accelerator_memory_percent
