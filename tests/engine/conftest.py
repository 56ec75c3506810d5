"""One model and one server for each worker; what ends a server starts one of its own."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from anthropic import Anthropic
from openai import OpenAI
from tests.engine import tiny_model
from tests.engine.server import Server

GENERATION = {"maxTokensLimit": 4000}
LONGEST = ("test_end.py", "test_harmony.py", "test_schemathesis.py")
LAST = "test_sigterm.py"


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model's folder."""
    return tiny_model.write(tmp_path_factory.mktemp("engine") / "model")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Iterator[Server]:
    """The server that tests share."""
    lasts = {"lameDuckSeconds": 15, "drainSeconds": 120}  # for test_sigterm to ask within; nobody else ends it so
    server = Server(tmp_path_factory.mktemp("shared"), model, generation=GENERATION, drain=lasts)
    try:
        yield server.ready()
    finally:
        server.kill()


@pytest.fixture(scope="session")
def vllm_schema() -> dict[str, Any]:
    """vLLM's OpenAPI document, and the fields of its request classes by path; see vllm_schema.py."""
    command = [os.environ["MODELSERVER_ENGINE_PYTHON"], str(Path(__file__).with_name("vllm_schema.py"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files begin, so that two workers end together, and what ends the shared server come last."""
    items.sort(key=lambda item: (item.path.name == LAST, item.path.name not in LONGEST))


@pytest.fixture
def openai(server: Server) -> Iterator[OpenAI]:
    """An OpenAI client that does not try again."""
    with OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0, timeout=60) as client:
        yield client


@pytest.fixture
def anthropic(server: Server) -> Iterator[Anthropic]:
    """An Anthropic client that does not try again."""
    with Anthropic(base_url=server.url, api_key="none", max_retries=0, timeout=60) as client:
        yield client
