"""Flags over environment over .env over file: which value holds."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.runtime.given import Given, P

from modelserver_runtime import memory
from modelserver_runtime.config.keys import KEYS, VARIABLES
from modelserver_runtime.config.sources import Sources, load


@pytest.fixture
def given(tmp_path: Path) -> Given:
    return Given(tmp_path)


def test_flags_over_environment_over_env_file_over_file(given: Given) -> None:
    """Each of four keys is said by one source more than the one before."""
    start = given.start(
        file=given.file(**{"admission.maxRunning": 1, "admission.maxWaiting": 1, "drain.drainSeconds": 1}),
        env_file=f"{P}ADMISSION_MAX_RUNNING=2\n{P}ADMISSION_MAX_WAITING=2\n{P}DRAIN_DRAIN_SECONDS=2\n",
        environment={f"{P}ADMISSION_MAX_RUNNING": "3", f"{P}ADMISSION_MAX_WAITING": "3"},
        settings=["admission.maxRunning=4"],
    )
    assert start.admission.max_running == 4
    assert start.admission.max_waiting == 3
    assert start.drain.drain_seconds == 2
    assert start.admission.queue_timeout_seconds == 30


def test_without_a_file_the_folder_and_the_defaults_say_the_rest(given: Given) -> None:
    start = given.start()
    assert (start.server.name, start.server.served_names) == ("some-model", ("some-model",))
    assert (start.engine.device, start.engine.max_context_tokens, start.engine.max_sequences) == ("Cpu", 2048, 64)
    assert (start.admission.max_running, start.admission.max_waiting) == (64, 50)
    assert (start.admission.queue_timeout_seconds, start.admission.request_timeout_seconds) == (30, 300)
    assert (start.server.http_port, start.server.control_port, start.server.keep_alive_seconds) == (8000, 9000, 65)
    assert start.live is None


def test_a_processor_computes_in_float32_with_a_quarter_of_the_memory_that_others_leave(
    given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "usable", lambda: 4003)
    engine = given.start(settings=["engine.arguments.enforce-eager="]).engine
    assert engine.dtype == "float32"
    assert engine.arguments == {"enforce-eager": "", "kv-cache-memory-bytes": "1000"}


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        ({"settings": ["engine.acceleratorMemoryPercent=5"]}, {}),
        ({"settings": ["engine.arguments.kv-cache-memory-bytes=7"]}, {"kv-cache-memory-bytes": "7"}),
        ({"flags": {"--device": "Cuda"}}, {}),
    ],
)
def test_memory_that_somebody_asks_for_and_an_accelerators_are_left_alone(
    given: Given, said: dict[str, Any], arguments: dict[str, str]
) -> None:
    assert given.start(**said).engine.arguments == arguments


def test_the_precision_that_somebody_asks_for_and_an_accelerators_are_left_alone(given: Given) -> None:
    assert given.start(settings=["engine.dtype=auto"]).engine.dtype == "auto"
    assert given.start(flags={"--device": "Cuda"}).engine.dtype == "auto"


def test_as_many_run_as_there_are_sequences(given: Given) -> None:
    assert given.start(settings=["engine.maxSequences=3"]).admission.max_running == 3


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"flags": {"--served-name": '["a", "org/b"]'}}, ("a", ("a", "org/b"))),
        ({"settings": ["server.name=c"]}, ("c", ("c",))),
        ({"settings": ["server.name=c", "server.servedNames=d,e"]}, ("c", ("d", "e"))),
    ],
)
def test_the_name_and_the_first_served_name_are_each_others(
    given: Given, said: dict[str, Any], names: tuple[str, tuple[str, ...]]
) -> None:
    server = given.start(**said).server
    assert (server.name, server.served_names) == names


@pytest.mark.parametrize(
    ("config", "tokens"),
    [
        ({"max_position_embeddings": 131072}, 4096),
        ({"n_positions": 1024}, 1024),
        ({"max_position_embeddings": 1000, "seq_length": 900}, 900),
        ({"text_config": {"max_position_embeddings": 300}, "vision_config": {"max_position_embeddings": 7}}, 300),
    ],
)
def test_the_context_is_the_models_own_but_no_more_than_most_need(given: Given, config: object, tokens: int) -> None:
    given.describe(config)
    assert given.start().engine.max_context_tokens == tokens


# Text as an environment has it, and the value of the key that it stands for.
TEXTS: list[tuple[str, str, object]] = [
    ("SERVER_HTTP_PORT", "8123", 8123),
    ("SERVER_SERVED_NAMES", "a, org/b", ("a", "org/b")),
    ("SERVER_SERVED_NAMES", '["a", "org/b"]', ("a", "org/b")),
    ("PROFILE", "mine", "mine"),
    ("ENGINE_DEVICE", "cpu", "Cpu"),
    ("ENGINE_DTYPE", "BFloat16", "bfloat16"),
    ("ENGINE_SYSTEM_DATE", "2026-01-31", "2026-01-31"),
    ("ENGINE_ARGUMENTS", '{"kv-cache-memory-bytes": "3", "x": ""}', {"kv-cache-memory-bytes": "3", "x": ""}),
    ("GENERATION_TEMPERATURE", "0.7", 0.7),
    ("GENERATION_TEMPERATURE", "1", 1.0),
    ("GENERATION_REASONING_EFFORT", "high", "High"),
    ("AUTH_KEYS_PATH", "/keys", "/keys"),
    ("RATE_LIMIT_TOKENS_PER_MINUTE_PER_CLIENT", "9", 9),
    ("CORS_ALLOWED_ORIGINS", "https://a.example,https://b.example", ("https://a.example", "https://b.example")),
    ("HEALTH_DEAD_SECONDS", "700", 700),
    ("VECTORS_PATH", "/v", "/v"),
]


@pytest.mark.parametrize(("name", "text", "value"), TEXTS)
def test_text_becomes_what_the_key_wants(given: Given, name: str, text: str, value: object) -> None:
    environment = {f"{P}MODEL_PATH": str(given.model), f"{P}ENGINE_DEVICE": "Cpu", f"{P}{name}": text}
    held: Any = load(Sources(environment=environment))
    for step in VARIABLES[f"{P}{name}"].steps:
        held = getattr(held, next(each for each, field in type(held).model_fields.items() if field.alias == step))
    assert held == value
    assert type(held) is type(value)


def test_every_key_but_the_version_has_a_variable() -> None:
    assert KEYS["rateLimit.redisUrlPath"].variable == "MODELSERVER_SERVE_RATE_LIMIT_REDIS_URL_PATH"
    assert KEYS["profile"].variable == "MODELSERVER_SERVE_PROFILE"
    assert "schemaVersion" not in KEYS
    assert len(KEYS) == len(VARIABLES) > 40


def test_one_argument_of_the_engine_is_set_beside_the_files(given: Given) -> None:
    start = given.start(file=given.file(), settings=["engine.arguments.seed=a=b", "engine.arguments.enforce-eager="])
    assert start.engine.arguments == {"enforce-eager": "", "kv-cache-memory-bytes": "67108864", "seed": "a=b"}


def test_an_env_file_in_all_its_spellings(given: Given) -> None:
    text = f"# for us\n\nexport {P}PROFILE='a # b'  # said\nHF_TOKEN=not-ours\nBARE\n{P}AUTH_KEYS_PATH=${{HOME}}/keys\n"
    start = given.start(env_file=text)
    assert start.profile == "a # b"
    assert start.auth
    assert start.auth.keys_path == "${HOME}/keys"


def test_a_section_that_the_file_leaves_empty_takes_values(given: Given) -> None:
    start = given.start(file=given.file(auth={}, cors=[]) | {"auth": None, "cors": None}, settings=["auth.keysPath=/k"])
    assert start.auth
    assert start.auth.keys_path == "/k"


def test_a_newer_file_is_read_leniently_and_the_environment_is_not(given: Given) -> None:
    newer = given.file(schemaVersion=2, novelty=1)
    assert given.start(file=newer, environment={f"{P}PROFILE": "x"}).profile == "x"
    assert "unknown variable" in given.complaint(file=newer, environment={f"{P}NOVELTY": "1"})
