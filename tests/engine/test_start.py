"""Starts that vLLM refuses: one sentence that says what to change, whichever of its processes fails."""

import json
import os
import signal
import subprocess
from pathlib import Path

from tests.engine.server import launch

CONTEXT = "engine.maxContextTokens (of a ModelServer: spec.engine.maxContextTokens)"
SETTINGS = ("engine.dtype=float32", "engine.maxSequences=1", "server.host=127.0.0.1")
ARGUMENTS = ("enforce-eager=", "load-format=dummy", "kv-cache-memory-bytes=1048576")


def refusal(tmp_path: Path, model: Path, tokens: int) -> str:
    """What a server of flags alone says at last when it refuses to start, which it must do with exit code 2."""
    settings = [*SETTINGS, *(f"engine.arguments.{argument}" for argument in ARGUMENTS)]
    flags = [word for setting in settings for word in ("--set", setting)]
    everyday: list[str | Path] = [
        "--model",
        model,
        "--device",
        "cpu",
        "--auto-port",
        "--max-context-tokens",
        str(tokens),
    ]
    process = launch("serve", *everyday, *flags, log=tmp_path / "log")
    try:
        code = process.wait(600)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    said = (tmp_path / "log").read_text()
    assert code == 2, said
    return said.splitlines()[-1]


def test_a_context_longer_than_the_models(tmp_path: Path, model: Path) -> None:
    """The process of the server itself refuses it."""
    most = json.loads((model / "config.json").read_text())["max_position_embeddings"]
    said = refusal(tmp_path, model, most + 1)
    assert said == f"Error: {CONTEXT} is {most + 1}, and this model's context holds {most} at most."


def test_no_memory_for_one_request(tmp_path: Path, model: Path) -> None:
    """The engine's process refuses it, of which vLLM tells only that it failed."""
    said = refusal(tmp_path, model, 4096)
    assert said.startswith(f"Error: {CONTEXT} is 4096, which needs ")
    assert " GiB for one request" in said
