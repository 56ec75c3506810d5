"""`python -m tests.bench.runtime.server CONFIG INTERVAL HOST PORT`: an engine behind the shell and bare, on two ports.

The engine is the scripted one, or with an INTERVAL of 0 real vLLM. HOST and PORT, where 0 is any, are for the control
port. The first line of standard output names the ports.
Both ports have the same web server with the same settings, so that what differs is the shell alone.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from socket import socket

import prometheus_client
from tests.bench.runtime import scripted_engine
from tests.bench.runtime.limits import allow_many_files

from modelserver_runtime import engine, listen, logs
from modelserver_runtime.config import StartConfig
from modelserver_runtime.config.yaml_file import parse, read
from modelserver_runtime.serve import RunningEngine, Service, stop_on_signals

KEEP_ALIVE_SECONDS = 65


def main() -> None:
    """Serve until SIGTERM."""
    path, interval = Path(sys.argv[1]), float(sys.argv[2])
    host, port = sys.argv[3], int(sys.argv[4])
    allow_many_files()
    config = parse(StartConfig, read(path), path)
    clients = "127.0.0.1" if host == "127.0.0.1" else "0.0.0.0"  # a cluster's API server asks at another address
    sockets = {"bare": listen.bind("127.0.0.1", 0, "bare"), "shell": listen.bind(clients, 0, "shell")}
    sockets["control"] = listen.bind(host, port, "control")
    print(json.dumps({name: each.getsockname()[1] for name, each in sockets.items()}), flush=True)
    logs.configure()
    started: AbstractAsyncContextManager[RunningEngine]
    started = engine.running(config) if interval == 0 else _scripted(config, interval)
    with asyncio.Runner(loop_factory=listen.loop_factory()) as runner:
        runner.run(_serve(config, sockets, started))


def _scripted(config: StartConfig, interval: float) -> AbstractAsyncContextManager[RunningEngine]:
    return scripted_engine.running(interval, steered=config.vectors is not None)


async def _serve(
    config: StartConfig, sockets: dict[str, socket], started: AbstractAsyncContextManager[RunningEngine]
) -> None:
    def start() -> AbstractAsyncContextManager[RunningEngine]:
        return _also_bare(started, sockets["bare"])

    service = Service(config, start, prometheus_client.REGISTRY)
    await service.run(sockets["shell"], sockets["control"], stop_on_signals(lambda: None))


@asynccontextmanager
async def _also_bare(started: AbstractAsyncContextManager[RunningEngine], on: socket) -> AsyncIterator[RunningEngine]:
    async with started as running, listen.serving(running.app, on, KEEP_ALIVE_SECONDS):
        yield running


if __name__ == "__main__":
    main()
