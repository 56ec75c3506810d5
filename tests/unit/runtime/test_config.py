"""Config files: what is read from a good one, and the sentence about each kind of bad one."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.runtime import configs

from modelserver_runtime.config import LiveConfig, StartConfig
from modelserver_runtime.config.yaml_file import ConfigError, load_live, parse, read

FILE = Path("start.yaml")


def complaint(document: object, schema: type[StartConfig | LiveConfig] = StartConfig) -> str:
    with pytest.raises(ConfigError) as error:
        parse(schema, document, FILE)
    return str(error.value)


def test_a_start_part_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "start.yaml"
    file.write_text(yaml.safe_dump(configs.START))
    config = parse(StartConfig, read(file), file)
    assert config.server.served_names == ("demo", "org/demo")
    assert config.engine.arguments["enforce-eager"] == ""
    assert config.model_dump(by_alias=True, mode="json", exclude_unset=True) == configs.START


def test_a_live_part_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "live.yaml"
    file.write_text(yaml.safe_dump(configs.LIVE))
    config = load_live(file)
    assert config.emotions.variants[0].mix[0].scale == 1.0
    assert config.model_dump(by_alias=True, mode="json", exclude_unset=True) == configs.LIVE


def test_a_live_part_without_emotions() -> None:
    config = parse(LiveConfig, {"schemaVersion": 1}, FILE)
    assert (config.emotions.default, config.emotions.variants) == (None, ())
    assert config.emotions.per_request == "Enabled"


BAD_START: list[tuple[dict[str, Any], str]] = [
    ({"engine.maxSequence": 3}, "engine.maxSequence: unknown key; the nearest known key is maxSequences"),
    ({"servr": {}}, "servr: unknown key; the nearest known key is server"),
    (
        {"xyz": 1},
        "xyz: unknown key; known keys are schemaVersion, server, profile, model, engine, admission, generation",
    ),
    ({"engine.maxSequences": None, "engine.maxSequence": 3}, "the nearest known key is maxSequences"),
    (
        {"engine.device": None},
        "engine.device: is required; set it in the file, as MODELSERVER_SERVE_ENGINE_DEVICE, or with --device",
    ),
    (
        {"admission.maxRunning": None},
        "admission.maxRunning: is required; set it in the file, as MODELSERVER_SERVE_ADMISSION_MAX_RUNNING, "
        "or with --set admission.maxRunning=VALUE",
    ),
    ({"server.name": None, "model.path": None}, "model.path: is required"),
    ({"engine.systemDate": "2026-13-01"}, "engine.systemDate: must be a day as YYYY-MM-DD (found '2026-13-01')"),
    ({"engine.systemDate": "20261101"}, "engine.systemDate: must be a day as YYYY-MM-DD (found '20261101')"),
    ({"engine.systemDate": "today"}, "engine.systemDate: must be a day as YYYY-MM-DD (found 'today')"),
    ({"engine.systemDate": 20261101}, "engine.systemDate: must be text (found 20261101)"),
    (
        {"generation": {"maxTokens": 4097, "maxTokensLimit": 4096}},
        "generation: maxTokens (4097) must not exceed maxTokensLimit (4096)",
    ),
    ({"generation": {"temperature": 2.1}}, "generation.temperature: must be a number, 0 to 2 (found 2.1)"),
    ({"generation": {"topP": 0}}, "generation.topP: must be a number above 0, to 1 (found 0)"),
    (
        {"generation": {"reasoningEffort": "low"}},
        "generation.reasoningEffort: must be 'Low', 'Medium' or 'High' (found 'low')",
    ),
    (
        {"auth": {}},
        "auth.keysPath: is required; set it in the file, as MODELSERVER_SERVE_AUTH_KEYS_PATH, or with --set",
    ),
    ({"rateLimit": {}}, "rateLimit: needs requestsPerMinutePerClient, tokensPerMinutePerClient or both"),
    ({"rateLimit": {"redisUrlPath": "/r"}}, "rateLimit: needs requestsPerMinutePerClient, tokensPerMinutePerClient"),
    ({"rateLimit": {"requestsPerMinutePerClient": 0}}, "must be a whole number from 1 on (found 0)"),
    ({"cors": {"allowedOrigins": []}}, "cors.allowedOrigins: must have at least one entry (found [])"),
    (
        {"admission.refuseEarlyAbovePercent": 101},
        "refuseEarlyAbovePercent: must be a whole number, 1 to 100 (found 101)",
    ),
    ({"steering": {"maxActiveMixes": 0}}, "steering.maxActiveMixes: must be a whole number from 1 on (found 0)"),
    ({"health": {"stalledSeconds": 0}}, "health.stalledSeconds: must be a whole number from 1 on (found 0)"),
    ({"engine.device": "Gpu"}, "engine.device: must be 'Cuda' or 'Cpu' (found 'Gpu')"),
    ({"engine.maxSequences": "8"}, "engine.maxSequences: must be a whole number from 1 on (found '8')"),
    ({"engine.maxSequences": True}, "engine.maxSequences: must be a whole number from 1 on (found True)"),
    ({"engine.maxSequences": 0}, "engine.maxSequences: must be a whole number from 1 on (found 0)"),
    (
        {"engine.arguments": {"--eager": ""}},
        "engine.arguments.--eager: must be an option without the dashes before it, as in enforce-eager (found",
    ),
    ({"engine.arguments": {"eager": 1}}, "engine.arguments.eager: must be text (found 1)"),
    ({"server.httpPort": 70000}, "server.httpPort: must be a whole number, 1 to 65535 (found 70000)"),
    ({"server.controlPort": 8000}, "start.yaml: server: httpPort and controlPort must differ"),
    ({"server.servedNames": []}, "server.servedNames: must have at least one entry (found [])"),
    ({"server.name": ""}, "server.name: must be 1 to 253 characters, none of them a space (found '')"),
    ({"server.host": ""}, "server.host: must not be empty (found '')"),
    ({"engine.arguments": "--eager"}, "engine.arguments: must be a mapping (found '--eager')"),
    ({"server.servedNames": "demo"}, "server.servedNames: must be a list (found 'demo')"),
    ({"server.servedNames": ["a", "a"]}, "server.servedNames: must not name the same thing twice"),
    ({"server.servedNames": ["a b"]}, "server.servedNames[0]: must be 1 to 253 characters, none of them a space"),
    ({"model": "demo"}, "model: must be a mapping (found 'demo')"),
    ({"schemaVersion": "1"}, "schemaVersion must be a number"),
    ({"schemaVersion": None}, "schemaVersion must be a number"),
]


NO_ORIGINS = [
    "app.example.com",
    "https://app.example.com/",
    "https://app.example.com/path",
    "https://App.example.com",
    "https://app.example.com:port",
    "https://me:secret@app.example.com",
    "null",
    "",
]


@pytest.mark.parametrize("origin", NO_ORIGINS)
def test_what_no_browser_would_say_is_no_origin(origin: str) -> None:
    said = complaint(configs.start(cors={"allowedOrigins": ["*", origin]}))
    assert "cors.allowedOrigins[1]: must be * or scheme://host[:port] in small letters, as in https://app." in said
    assert "secret" not in said


@pytest.mark.parametrize("origin", ["*", "https://app.example.com", "http://localhost:3000", "https://10.0.0.1"])
def test_an_origin(origin: str) -> None:
    config = parse(StartConfig, configs.start(cors={"allowedOrigins": [origin]}), FILE)
    assert config.cors
    assert config.cors.allowed_origins == (origin,)


@pytest.mark.parametrize("health", [{"stalledSeconds": 300}, {"stalledSeconds": 100, "deadSeconds": 3}])
def test_an_engine_stalls_before_it_is_dead(health: dict[str, int]) -> None:
    dead, stalled = health.get("deadSeconds", 300), health["stalledSeconds"]
    said = complaint(configs.start(health=health))
    assert said == f"start.yaml: health: deadSeconds ({dead}) must be more than stalledSeconds ({stalled})"


def test_a_key_that_is_there_twice(tmp_path: Path) -> None:
    """The library would keep the last, and the first section's limits be gone."""
    file = tmp_path / "start.yaml"
    file.write_text("admission: {maxRunning: 8}\nhealth: {}\nadmission:\n  maxWaiting: 8\n")
    with pytest.raises(ConfigError) as error:
        read(file)
    assert str(error.value) == f"{file}: line 3 has the key admission of its mapping once more"


@pytest.mark.parametrize(("changes", "sentence"), BAD_START)
def test_a_bad_start_part(changes: dict[str, Any], sentence: str) -> None:
    said = complaint(configs.start(**changes))
    assert said.startswith("start.yaml: ")
    assert sentence in said
    assert "\n" not in said


BAD_LIVE: list[tuple[object, str]] = [
    ({"schemaVersion": 1, "emotion": {}}, "emotion: unknown key; the nearest known key is emotions"),
    (
        {"schemaVersion": 1, "emotions": {"variants": [{"name": "a", "mix": [{"vector": "v", "scle": 1}]}]}},
        "emotions.variants[0].mix[0].scle: unknown key; the nearest known key is scale",
    ),
    (
        {"schemaVersion": 1, "emotions": {"default": {"mix": [{"vector": "v", "scale": 4.5}]}}},
        "emotions.default.mix[0].scale: must be a number, -4 to 4 (found 4.5)",
    ),
    (
        {"schemaVersion": 1, "emotions": {"default": {"mix": [{"vector": "v", "scale": float("nan")}]}}},
        "emotions.default.mix[0].scale: must be a number, -4 to 4 (found nan)",
    ),
    ({"schemaVersion": 1, "emotions": {"default": {"mix": [], "phase": "all"}}}, "emotions.default.mix: must have"),
    (
        {"schemaVersion": 1, "emotions": {"default": {"mix": [{"vector": "v", "scale": 1}], "phase": "Decode"}}},
        "emotions.default.phase: must be 'all' or 'decode' (found 'Decode')",
    ),
    (
        {"schemaVersion": 1, "emotions": {"perRequest": True}},
        "emotions.perRequest: must be 'Enabled' or 'Disabled' (found True)",
    ),
]


@pytest.mark.parametrize(("document", "sentence"), BAD_LIVE)
def test_a_bad_live_part(document: object, sentence: str) -> None:
    assert sentence in complaint(document, LiveConfig)


def test_a_newer_schema_version_may_hold_keys_that_we_do_not_know() -> None:
    newer = configs.start(schemaVersion=2, novelty={"a": 1}, **{"engine.novelty": 2})
    assert parse(StartConfig, newer, FILE).engine == parse(StartConfig, configs.START, FILE).engine


def test_a_newer_schema_version_must_still_hold_what_we_need() -> None:
    assert "engine.device: is required" in complaint(configs.start(schemaVersion=2, **{"engine.device": None}))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "must be a mapping of keys to values, not an empty file"),
        (b"- a\n", "must be a mapping of keys to values, not a list"),
        (b"just text", "must be a mapping of keys to values, not a string"),
        (b"a: [1, 2\nb: }", "is no YAML: "),
        (b"\xff\xfe\x00", "is no UTF-8 text (byte 0)"),
        (b"a: 2026-99-99\n", "holds a value that YAML cannot read: month must be in 1..12"),
        (b"a: !!bool perhaps\n", "holds a value that YAML cannot read: "),
        (b'a: !!int ""\n', "holds a value that YAML cannot read: "),
        (b"a: !!timestamp never\n", "holds a value that YAML cannot read: "),
        (b"a: " + b"[" * 5000 + b"]" * 5000, "is nested too deeply"),
    ],
)
def test_a_corrupt_file(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "start.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        parse(StartConfig, read(file), file)
    assert str(error.value).startswith(f"{file}: {sentence}")
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file or directory"):
        read(tmp_path / "start.yaml")
