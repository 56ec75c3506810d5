"""The command line: what `python -m modelserver_runtime` does, once it has begun."""

import asyncio
import logging
import multiprocessing
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from socket import socket
from typing import NoReturn

import click
import prometheus_client
from pydantic import ValidationError

from modelserver_runtime import engine, listen, logs, serve
from modelserver_runtime.config import LiveConfig, StartConfig
from modelserver_runtime.config_file import ConfigError, load_live, load_start
from modelserver_runtime.engine_arguments import ArgumentError, command_line
from modelserver_runtime.vectors import demo_model
from modelserver_runtime.vectors.errors import VectorError

log = logging.getLogger("modelserver_runtime")

PORT = click.IntRange(1, 65535)
INTERRUPTED = 130  # what a shell calls a process that Ctrl-C ended


class Unusable(click.ClickException):
    """What was asked for cannot be started; one sentence, exit code 2, no traceback."""

    exit_code = 2


@click.group()
def main() -> None:
    """Serve one language model to OpenAI and Anthropic clients."""


@main.command("serve")
@click.option("--config", "file", type=click.Path(path_type=Path), required=True, help="The start part, start.yaml.")
@click.option("--host", help="Listen on this address instead of server.host.")
@click.option("--http-port", type=PORT, help="Listen on this port instead of server.httpPort.")
@click.option("--control-port", type=PORT, help="Answer probes on this port instead of server.controlPort.")
def serve_command(file: Path, host: str | None, http_port: int | None, control_port: int | None) -> None:
    """Serve the model that a config file names, until SIGTERM or Ctrl-C; then finish what was accepted."""
    flags = {"host": host, "http_port": http_port, "control_port": control_port}
    try:
        config = _override(load_start(file), flags)
        live = load_live(Path(config.live.path)) if config.live else LiveConfig(schemaVersion=1)
        command_line(config)
        _check_model(config, file)
        engine.require()
        code = _serve(config, live)
    except (
        ConfigError,
        ArgumentError,
        listen.ListenError,
        engine.EngineMissingError,
        engine.EngineArgumentError,
    ) as error:
        raise Unusable(str(error)) from error
    _leave(code)


@main.command("download")
@click.option("--repo", required=True, help="The model's repository, as ORGANISATION/NAME.")
@click.option("--revision", default="main", show_default=True, help="A commit, a tag or a branch.")
@click.option("--to", type=click.Path(path_type=Path), required=True, help="The folder that shall hold the model.")
@click.option(
    "--retry-seconds",
    type=click.FloatRange(min=0),
    default=120,
    show_default=True,
    help="Give up when nothing has come from the hub for so long.",
)
@click.option(
    "--storage-limit-bytes",
    type=click.IntRange(min=1),
    envvar="MODELSERVER_STORAGE_LIMIT_BYTES",
    show_envvar=True,
    help="Refuse a model that is larger, where the folder counts against a limit of the pod.",
)
def download_command(repo: str, revision: str, to: Path, retry_seconds: float, storage_limit_bytes: int | None) -> None:
    """Download a model of a Hugging Face hub, unless the folder has it.

    It goes on where an earlier download stopped and checks every file. The hub is HF_ENDPOINT, the token HF_TOKEN.
    """
    from modelserver_runtime.download.command import run

    _leave(run(repo, revision, to, retry_seconds, storage_limit_bytes=storage_limit_bytes))


@main.command("demo-model")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same model.")
def demo_model_command(out: Path, seed: int) -> None:
    """Train the demo model: a Hugging Face folder OUT/model and six steering vectors in OUT/vectors."""
    try:
        demo_model.make(out, seed)
    except VectorError as error:
        raise Unusable(str(error)) from error


def _override(config: StartConfig, flags: Mapping[str, object]) -> StartConfig:
    given = {name: value for name, value in flags.items() if value is not None}
    return config.model_copy(update={"server": config.server.model_copy(update=given)})


def _check_model(config: StartConfig, file: Path) -> None:
    folder = Path(config.model.path)
    origin = f"model.path in {file}; of a ModelServer it is spec.model, its claim and the path in it"
    if not folder.is_dir():
        raise ConfigError(f"There is no model folder {folder} ({origin}).")
    if not (folder / "config.json").is_file():
        raise ConfigError(f"The folder {folder} holds no model: it has no config.json ({origin}).")


def _serve(config: StartConfig, live: LiveConfig) -> int:
    server = config.server
    with (
        listen.bind(server.host, server.http_port, "server.httpPort") as http,
        listen.bind(server.host, server.control_port, "server.controlPort") as control,
    ):
        logs.configure()
        with asyncio.Runner(loop_factory=listen.loop_factory()) as runner:
            return runner.run(_run(config, live, http, control))


async def _run(config: StartConfig, live: LiveConfig, http: socket, control: socket) -> int:
    service = serve.Service(config, live, lambda: engine.running(config), prometheus_client.REGISTRY)
    try:
        return await service.run(http, control, serve.stop_on_signals(lambda: _leave(INTERRUPTED)))
    except engine.EngineArgumentError:
        raise
    except Exception as error:  # the outermost edge: vLLM raises anything when a model does not load
        log.exception("the engine did not start")
        # The last words of the log are what Kubernetes shows of a container that ended.
        click.echo(f"Error: The engine did not start: {_summary(error)}", err=True)
        return serve.ENGINE_DIED


def _summary(error: Exception) -> str:
    """The first line that says something; pydantic's says only how many errors there are."""
    text = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
    return f"{type(error).__name__}: {text.strip().partition(chr(10))[0]}"


def _leave(code: int) -> NoReturn:
    """End now, with the engine's processes: at interpreter shutdown vLLM's objects would log tracebacks."""
    for child in multiprocessing.active_children():
        child.kill()
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)
