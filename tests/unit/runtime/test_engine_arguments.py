"""What vLLM is started with, and what a config may not put there."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.unit.runtime import configs

from modelserver_runtime import cpu
from modelserver_runtime.config import StartConfig
from modelserver_runtime.config.yaml_file import parse
from modelserver_runtime.engine_arguments import ArgumentError, command_line, environment

TODAY = date(2026, 11, 21)


def config(**changes: Any) -> StartConfig:
    return parse(StartConfig, configs.start(**changes), Path("start.yaml"))


def test_on_cpu() -> None:
    assert command_line(config()) == [
        "--model=/models/demo",
        "--served-model-name=demo",
        "--dtype=float32",
        "--max-model-len=512",
        "--max-num-seqs=8",
        "--gpu-memory-utilization=0.9",
        "--tensor-parallel-size=1",
        "--pipeline-parallel-size=1",
        "--stream-interval=1",
        "--no-enable-chunked-prefill",
        "--distributed-executor-backend=uni",
        "--enforce-eager",
        "--kv-cache-memory-bytes=67108864",
    ]
    assert environment(config(), 4, TODAY) == {
        "VLLM_SYSTEM_START_DATE": "2026-11-21",
        "OMP_NUM_THREADS": "3",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    }


def test_on_cuda_vllm_chooses() -> None:
    cuda = config(**{"engine.device": "Cuda", "engine.arguments": {}})
    assert not {"--no-enable-chunked-prefill", "--distributed-executor-backend=uni"} & set(command_line(cuda))
    assert environment(cuda, 4, TODAY).keys() == {"VLLM_SYSTEM_START_DATE"}


@pytest.mark.parametrize(
    "changes", [{"engine.tensorParallelSize": 2}, {"engine.arguments": {"distributed-executor-backend": "mp"}}]
)
def test_several_processes_on_cpu(changes: dict[str, Any]) -> None:
    several = config(**changes)
    assert "--distributed-executor-backend=uni" not in command_line(several)
    assert "--no-enable-chunked-prefill" in command_line(several)
    assert "VLLM_ENABLE_V1_MULTIPROCESSING" not in environment(several, 4, TODAY)


@pytest.mark.parametrize("day", ["2026-01-31", date(2026, 1, 31)], ids=["quoted", "as YAML reads it without quotes"])
def test_the_day_that_prompts_speak_of(day: str | date) -> None:
    told = environment(config(**{"engine.systemDate": day}), 4, TODAY)
    assert told["VLLM_SYSTEM_START_DATE"] == "2026-01-31"


def test_one_processor_is_enough() -> None:
    assert environment(config(), 1, TODAY)["OMP_NUM_THREADS"] == "1"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("dtype", "is set by engine.dtype"),
        ("served-model-name", "is set by server.servedNames"),
        ("enable-log-requests", "prompts are never logged"),
        ("enable-log-outputs", "answers are never logged"),
        ("enable-log-deltas", "answers are never logged"),
        ("api-key", "is set by auth.keysPath"),
        ("hf-token", "options are logged"),
        ("enable-chunked-prefill", "would kill the engine"),
    ],
)
def test_options_that_are_not_the_configs_to_set(name: str, reason: str) -> None:
    with pytest.raises(ArgumentError, match=f"engine.arguments.{name} .*{reason}"):
        command_line(config(**{"engine.arguments": {name: ""}}))


def test_with_vectors_the_plugin_is_asked_for_by_shapes_only() -> None:
    steered = command_line(config(vectors={"path": "/vectors"}))
    assert '--additional-config={"modelserver_steering": {"rows": 9}}' in steered  # one for each of eight, and zeros
    assert "--worker-extension-cls=modelserver_runtime.steering.worker.SteeringWorker" in steered
    assert environment(config(vectors={"path": "/vectors"}), 4, TODAY)["VLLM_USE_V2_MODEL_RUNNER"] == "0"


def test_without_vectors_vllm_knows_nothing_of_the_plugin() -> None:
    assert "steering" not in " ".join(command_line(config()))
    assert "VLLM_USE_V2_MODEL_RUNNER" not in environment(config(), 4, TODAY)


@pytest.mark.parametrize("name", ["additional-config", "worker-extension-cls"])
def test_the_plugins_options_are_free_only_without_vectors(name: str) -> None:
    argument = {"engine.arguments": {name: "x"}}
    with pytest.raises(ArgumentError, match=f"engine.arguments.{name} is fixed where there are vectors"):
        command_line(config(vectors={"path": "/vectors"}, **argument))
    assert f"--{name}=x" in command_line(config(**argument))


def test_chunked_prefill_is_free_on_cuda() -> None:
    arguments = {"enable-chunked-prefill": ""}
    assert "--enable-chunked-prefill" in command_line(
        config(**{"engine.device": "Cuda", "engine.arguments": arguments})
    )


@pytest.mark.parametrize(
    ("quota", "usable"),
    [("max 100000", 64), ("150000 100000", 1), ("400000 100000", 4), ("50000 100000", 1), ("", 64)],
)
def test_a_containers_quota_bounds_the_processors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str, usable: int
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(64)))
    file = tmp_path / "cpu.max"
    file.write_text(quota)
    assert cpu.usable(file) == usable
    assert cpu.usable(tmp_path / "absent") == 64
