"""What is said of a bad value: where it was said, the key, and what is allowed."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.runtime.given import Given, P

from modelserver_runtime.config.sources import Sources, load
from modelserver_runtime.config.yaml_file import ConfigError


@pytest.fixture
def given(tmp_path: Path) -> Given:
    return Given(tmp_path)


BAD: list[tuple[dict[str, Any], str]] = [
    (
        {"environment": {f"{P}ADMISION_MAX_RUNNING": "1"}},
        f"{P}ADMISION_MAX_RUNNING in the environment: unknown variable; "
        f"the nearest known variable is {P}ADMISSION_MAX_RUNNING",
    ),
    (
        {"env_file": f"\n\n{P}SERVER_HTTPPORT=1\n"},
        f"{P}SERVER_HTTPPORT in FOLDER/.env, line 3: unknown variable; "
        f"the nearest known variable is {P}SERVER_HTTP_PORT",
    ),
    ({"env_file": f"{P}PROFILE"}, f"{P}PROFILE in FOLDER/.env, line 1: has no value; write {P}PROFILE=VALUE"),
    ({"env_file": "A=1\n= secret\n"}, "FOLDER/.env: line 2 is no NAME=VALUE"),
    (
        {"environment": {f"{P}SERVER_HTTP_PORT": "http"}},
        f"{P}SERVER_HTTP_PORT in the environment: server.httpPort: must be a whole number (found 'http')",
    ),
    (
        {"environment": {f"{P}SERVER_HTTP_PORT": ""}},
        f"{P}SERVER_HTTP_PORT in the environment: server.httpPort: must be a whole number (found '')",
    ),
    (
        {"environment": {f"{P}SERVER_HTTP_PORT": "70000"}},
        f"{P}SERVER_HTTP_PORT in the environment: server.httpPort: must be a whole number, 1 to 65535 (found 70000)",
    ),
    (
        {"env_file": f"{P}GENERATION_TEMPERATURE=nan"},
        f"{P}GENERATION_TEMPERATURE in FOLDER/.env, line 1: generation.temperature: "
        "must be a number, 0 to 2 (found nan)",
    ),
    (
        {"env_file": f"{P}GENERATION_TEMPERATURE=warm"},
        f"{P}GENERATION_TEMPERATURE in FOLDER/.env, line 1: generation.temperature: must be a number (found 'warm')",
    ),
    (
        {"environment": {f"{P}ENGINE_ARGUMENTS": "enforce-eager"}},
        f"{P}ENGINE_ARGUMENTS in the environment: engine.arguments: "
        """must be JSON such as {"enforce-eager": ""} (found 'enforce-eager')""",
    ),
    (
        {"environment": {f"{P}ENGINE_ARGUMENTS": '{"seed": 1}'}},
        f"{P}ENGINE_ARGUMENTS in the environment: engine.arguments.seed: must be text (found 1)",
    ),
    (
        {"environment": {f"{P}SERVER_SERVED_NAMES": "a,a"}},
        f"{P}SERVER_SERVED_NAMES in the environment: server.servedNames: must not name the same thing twice "
        "(found ['a', 'a'])",
    ),
    (
        {"environment": {f"{P}SERVER_SERVED_NAMES": "[a"}},
        f"{P}SERVER_SERVED_NAMES in the environment: server.servedNames: "
        """must be JSON such as ["one", "two"], or one,two (found '[a')""",
    ),
    ({"flags": {"--device": "gpu"}}, "--device: engine.device: must be 'Cuda' or 'Cpu' (found 'gpu')"),
    (
        {"flags": {"--served-name": '["a b"]'}},
        "--served-name: server.servedNames[0]: must be 1 to 253 characters, none of them a space (found 'a b')",
    ),
    (
        {"settings": ["server.name=a b"]},
        "--set server.name: server.name: must be 1 to 253 characters, none of them a space (found 'a b')",
    ),
    (
        {"settings": ["server.servedNames="]},
        "--set server.servedNames: server.servedNames: must have at least one entry (found [])",
    ),
    (
        {"settings": ["health.stalledSeconds=100", "health.deadSeconds=3"]},
        "--set health.stalledSeconds and --set health.deadSeconds: "
        "health: deadSeconds (3) must be more than stalledSeconds (100)",
    ),
    (
        {"settings": ["admission=3"]},
        "--set admission: is a section; set one of its keys, such as admission.maxRunning",
    ),
    ({"settings": ["admission"]}, "--set admission: must be KEY=VALUE, as in --set admission.maxRunning=8"),
    (
        {"settings": ["admission.maxRuning=1"]},
        "--set admission.maxRuning: unknown key; the nearest known key is admission.maxRunning",
    ),
    (
        {"settings": ["admission.maxRunning=0"]},
        "--set admission.maxRunning: admission.maxRunning: must be a whole number from 1 on (found 0)",
    ),
    (
        {"settings": ["engine.arguments.--seed=1"]},
        "--set engine.arguments.--seed: engine.arguments.--seed: "
        "must be an option without the dashes before it, as in enforce-eager (found '--seed')",
    ),
    ({"flags": {"--http-port": "9000"}}, "--http-port: server: httpPort and controlPort must differ"),
    (
        {
            "env_file": f"{P}GENERATION_MAX_TOKENS_LIMIT=1",
            "environment": {f"{P}GENERATION_MAX_TOKENS": "2"},
        },
        f"{P}GENERATION_MAX_TOKENS_LIMIT in FOLDER/.env, line 1 and {P}GENERATION_MAX_TOKENS in the environment: "
        "generation: maxTokens (2) must not exceed maxTokensLimit (1)",
    ),
    (
        {"flags": {"--model": "/nowhere"}},
        "There is no model folder /nowhere (model.path, from --model; of a ModelServer it is spec.model, its claim and "
        "the path in it).",
    ),
    (
        {"environment": {f"{P}RATE_LIMIT_REDIS_URL_PATH": "redis://:secret@there"}},
        f"{P}RATE_LIMIT_REDIS_URL_PATH in the environment: rateLimit.redisUrlPath: "
        "must be a file that holds the URL, not the URL itself",
    ),
    ({"settings": ["live.path=/nowhere"]}, "/nowhere: cannot be read: No such file or directory"),
]


@pytest.mark.parametrize(("said", "sentence"), BAD)
def test_a_bad_value_is_told_with_where_it_was_said(given: Given, said: dict[str, Any], sentence: str) -> None:
    assert given.complaint(**said) == sentence


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "model.path: is required; set it in the file, as MODELSERVER_SERVE_MODEL_PATH, or with --model"),
        (
            {"environment": {f"{P}MODEL_PATH": "."}, "settings": ["engine.maxContextTokens=1"]},
            "engine.device: is required; set it in the file, as MODELSERVER_SERVE_ENGINE_DEVICE, or with --device",
        ),
    ],
)
def test_what_nobody_says_is_told_with_all_the_ways_to_say_it(said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(Sources(**said))
    assert str(error.value) == sentence


def test_a_file_and_a_flag_that_do_not_go_together(given: Given) -> None:
    said = given.complaint(file=given.file(), flags={"--control-port": "8000"})
    assert said == "FOLDER/start.yaml and --control-port: server: httpPort and controlPort must differ"


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ("server", "server: must be a mapping (found 5)"),
        ("engine", "engine: must be a mapping (found 5)"),
        ("admission", "admission: must be a mapping (found 5)"),
        ("model", "model: must be a mapping (found 5)"),
    ],
)
def test_a_section_of_the_file_that_is_no_mapping(given: Given, section: str, sentence: str) -> None:
    """Whatever else is said of it."""
    settings = ["server.name=x", "admission.maxWaiting=1", "engine.maxSequences=1"]
    assert sentence in given.complaint(file=given.file() | {section: 5}, settings=settings)


def test_a_mistyped_key_is_told_before_what_it_leaves_missing(given: Given) -> None:
    said = given.complaint(file=given.file(**{"engine.device": None, "engine.devise": "Cpu"}))
    assert said == "FOLDER/start.yaml: engine.devise: unknown key; the nearest known key is device"


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({}, "engine.maxContextTokens: is required: FOLDER/some model/config.json names no length of a context."),
        ([], "engine.maxContextTokens: is required: FOLDER/some model/config.json names no length of a context."),
    ],
)
def test_a_model_that_does_not_tell_its_context(given: Given, config: object, sentence: str) -> None:
    given.describe(config)
    assert given.complaint() == sentence


def test_a_model_whose_description_is_broken(given: Given) -> None:
    (given.model / "config.json").write_text("{")
    assert given.complaint().startswith("FOLDER/some model/config.json: cannot be read: ")


VARIANT = "emotions: {variants: [{name: grave, mix: [{vector: sadness, scale: 1}]}]}"
DEFAULT = "emotions: {default: {mix: [{vector: sadness, scale: 1}]}}"


@pytest.mark.parametrize(("emotions", "key"), [(VARIANT, "emotions.variants"), (DEFAULT, "emotions.default")])
def test_a_live_part_that_steers_needs_vectors(given: Given, emotions: str, key: str) -> None:
    live = given.write("live.yaml", f"schemaVersion: 1\n{emotions}\n")

    assert given.complaint(settings=[f"live.path={live}"]) == (
        f"FOLDER/live.yaml: {key} names vectors, and vectors.path, the folder that has them, is not set "
        "(of a ModelServer it is spec.emotions.vectors)"
    )
    assert given.start(settings=[f"live.path={live}", "vectors.path=/v"]).live


def test_a_live_part_that_steers_nothing_needs_none(given: Given) -> None:
    live = given.write("live.yaml", "schemaVersion: 1\nemotions: {variants: []}\n")

    assert given.start(settings=[f"live.path={live}"]).vectors is None
