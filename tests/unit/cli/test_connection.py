"""The way to a cluster fails with one sentence, whatever is wrong with it."""

import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import click
import pytest
import yaml

from modelserver_operator.cli.connection import connected, failed
from modelserver_operator.cluster import MODEL_SERVER, Rejected, Unavailable


def config(folder: Path, server: str, **user: str) -> Path:
    """A kubeconfig for a server."""
    content = {
        "clusters": [{"name": "here", "cluster": {"server": server}}],
        "users": [{"name": "me", "user": user}],
        "contexts": [{"name": "one", "context": {"cluster": "here", "user": "me", "namespace": "team-a"}}],
        "current-context": "one",
    }
    file = folder / "config"
    file.write_text(yaml.safe_dump(content))
    return file


@pytest.fixture
def nobody() -> str:
    """Where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


async def sentence(opening: Callable[[], Awaitable[None]]) -> str:
    with pytest.raises(click.ClickException) as error:
        await opening()
    assert error.value.exit_code == 1
    return error.value.message


async def test_the_namespace_is_the_one_asked_for_or_the_contexts(tmp_path: Path, nobody: str) -> None:
    file = config(tmp_path, nobody)
    async with connected(file, None) as connection:
        assert connection.namespace == "team-a"
    async with connected(file, "one", "mine") as connection:
        assert connection.namespace == "mine"


async def test_a_context_that_is_not_there(tmp_path: Path, nobody: str) -> None:
    file = config(tmp_path, nobody)

    async def opening() -> None:
        async with connected(file, "two"):
            pass

    assert await sentence(opening) == f"The kubeconfig {file} has no context two: it has one."


@pytest.mark.parametrize("context", [None, "one"])
async def test_no_kubeconfig_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, context: str | None) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)

    async def opening() -> None:
        async with connected(None, context):
            pass

    assert (await sentence(opening)).startswith("There is no kubeconfig: name one with --kubeconfig")


async def test_a_cluster_that_does_not_answer(tmp_path: Path, nobody: str) -> None:
    file = config(tmp_path, nobody)

    async def opening() -> None:
        async with connected(file, None) as connection:
            await connection.cluster.list_all(MODEL_SERVER, "team-a")

    expected = f"Cannot reach {nobody}: Connection refused. Is the cluster up, and is it the one that you mean?"
    assert await sentence(opening) == expected


async def test_certificates_that_are_none(tmp_path: Path) -> None:
    file = config(tmp_path, "https://127.0.0.1:1", **{"client-certificate": "config", "client-key": "config"})

    async def opening() -> None:
        async with connected(file, None):
            pass

    assert (await sentence(opening)).startswith("The certificates that the kubeconfig names cannot be used")


def test_what_an_api_server_answers_becomes_a_sentence() -> None:
    assert "log in again" in failed(Unavailable("Unauthorized", status=401))
    assert failed(Rejected("you may not", status=403)) == "The cluster does not allow this: you may not."
    assert failed(Unavailable("too many requests", status=429)) == "The cluster answers: too many requests."


def test_what_needs_no_cluster_does_not_load_its_client() -> None:
    """It takes a third of a second, which completion would add to every word."""
    heavy = {"kubernetes", "aiohttp", "rich", "textual"}
    code = f"import sys, modelserver_operator.cli; print(*{heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
