"""`serve`: its options, and the way from them to a running server."""

import asyncio
import json
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from socket import socket

import click
import prometheus_client
from pydantic import ValidationError

from modelserver_runtime import engine, last_words, listen, logs, serve, start_failures
from modelserver_runtime.config import StartConfig, dotenv_file
from modelserver_runtime.config.keys import FLAGS
from modelserver_runtime.config.sources import Sources, load
from modelserver_runtime.ending import INTERRUPTED, Unusable, leave
from modelserver_runtime.engine_arguments import ArgumentError, command_line
from modelserver_runtime.engine_processes import Processes
from modelserver_runtime.help_groups import GroupedCommand, under
from modelserver_runtime.live import watch
from modelserver_runtime.model_type import model_type

log = logging.getLogger("modelserver_runtime")

REFUSALS = (
    *watch.REFUSALS,
    ArgumentError,
    listen.ListenError,
    engine.EngineMissingError,
    engine.EngineArgumentError,
    start_failures.RefusedError,
)
MODEL, CONFIGURATION, LISTENING = "The model", "Configuration", "Listening"


@click.command("serve", cls=GroupedCommand)
@under(MODEL, "--model", metavar="FOLDER", help="A Hugging Face folder; there is no default.")
@under(
    MODEL,
    "--device",
    metavar="DEVICE",
    help="Cuda or Cpu; there is no default. On Cpu a quarter of the free memory becomes the KV cache.",
)
@under(
    MODEL,
    "--served-name",
    metavar="NAME",
    multiple=True,
    help="What clients write as the model; may be given several times.  [default: the folder's name]",
)
@under(
    MODEL,
    "--max-context-tokens",
    metavar="TOKENS",
    help="Prompt and answer together.  [default: what the model holds, at most 4096]",
)
@under(LISTENING, "--host", metavar="ADDRESS", help="Where to listen.  [default: 0.0.0.0, every address]")
@under(LISTENING, "--http-port", metavar="PORT", help="Clients' port.  [default: 8000]")
@under(LISTENING, "--control-port", metavar="PORT", help="Port of probes, metrics and /stats.  [default: 9000]")
@under(LISTENING, "--auto-port", is_flag=True, help="Take the next free port where another process has the one wanted.")
@under(
    CONFIGURATION,
    "--config",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The YAML file (start.yaml).",
)
@under(
    CONFIGURATION,
    "--env-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Read this file instead of the working directory's .env.",
)
@under(
    CONFIGURATION,
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="Any key of the file, such as admission.maxRunning=8; may be given several times.",
)
def serve_command(
    *,
    file: Path | None,
    env_file: Path | None,
    settings: Sequence[str],
    auto_port: bool,
    **flags: str | Sequence[str] | None,
) -> None:
    """Serve a model until SIGTERM or Ctrl-C; then finish what was accepted.

    Flags go over environment variables, those over .env, those over the file. Every key of the file has a variable:
    that of admission.maxRunning is MODELSERVER_SERVE_ADMISSION_MAX_RUNNING.

    \b
    Example: modelserver-runtime serve --model ./qwen --device Cpu --auto-port
    """
    sources = Sources(
        file=file,
        env_file=dotenv_file.chosen(env_file),
        environment=os.environ,
        flags=_given(flags),
        settings=settings,
    )
    try:
        config = load(sources)
        command_line(config, model_type(config.model.path))
        engine.require()
        code = _serve(config, auto_port)
    except REFUSALS as error:
        last_words.leave(str(error))
        raise Unusable(str(error)) from error
    leave(code)


def _given(flags: Mapping[str, str | Sequence[str] | None]) -> dict[str, str]:
    """The everyday flags that were used, as text."""
    named = {flag: flags[flag.removeprefix("--").replace("-", "_")] for flag in FLAGS.values()}
    return {flag: text if isinstance(text, str) else json.dumps(text) for flag, text in named.items() if text}


def _serve(config: StartConfig, auto_port: bool) -> int:
    server = config.server
    with (
        _listen(server.host, server.http_port, "server.httpPort", server.control_port, auto_port) as http,
        _listen(server.host, server.control_port, "server.controlPort", _port(http), auto_port) as control,
    ):
        logs.configure()
        ports = {"host": server.host, "http_port": _port(http), "control_port": _port(control)}
        log.info("listening", extra={"fields": ports})
        with asyncio.Runner(loop_factory=listen.loop_factory()) as runner:
            return runner.run(_run(config, http, control))


def _listen(host: str, port: int, key: str, avoid: int, auto_port: bool) -> socket:
    if not auto_port:
        return listen.bind(host, port, key)
    found = listen.bind_free(host, port, key, avoid)
    if _port(found) != port:
        click.echo(f"Port {port} is taken ({key}): port {_port(found)} is used instead.", err=True)
    return found


def _port(listening: socket) -> int:
    port: int = listening.getsockname()[1]
    return port


async def _run(config: StartConfig, http: socket, control: socket) -> int:
    service = serve.Service(
        config,
        lambda: start_failures.explained(lambda: engine.running(config)),
        prometheus_client.REGISTRY,
    )
    processes = Processes()
    try:
        async with processes.watched():
            code = await service.run(http, control, serve.stop_on_signals(lambda: leave(INTERRUPTED)))
    except REFUSALS:
        raise
    except Exception as error:  # the outermost edge: vLLM raises anything when a model does not load
        log.exception("the engine did not start")
        _say_last(f"The engine did not start: {await processes.ended() or _summary(error)}")
        return serve.ENGINE_DIED
    if code == serve.ENGINE_DIED:
        _say_last(f"The engine has died: {await processes.ended() or 'vLLM says above why.'}")
    return code


def _say_last(sentence: str) -> None:
    """The last words of the log are what Kubernetes shows of a container that has no file for them."""
    click.echo(f"Error: {sentence}", err=True)
    last_words.leave(sentence)


def _summary(error: Exception) -> str:
    """The first line that says something; pydantic's says only how many errors there are."""
    text = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
    return f"{type(error).__name__}: {text.strip().partition(chr(10))[0]}"
