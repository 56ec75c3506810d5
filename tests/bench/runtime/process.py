"""The server's process, as the benchmark sees it from outside: ports, memory, counts."""

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml
from tests import waiting

ROOT = Path(__file__).parents[3]
READY_SECONDS = 200  # real vLLM's on a machine with other things to do
END_SECONDS = 30
NAME, ALIAS = "demo", "org/demo"


class Server:
    """One engine on two ports, and the control port."""

    def __init__(self, process: "subprocess.Popen[str]", address: str, ports: dict[str, int]) -> None:
        self._process = process
        self._control = f"http://{address}:{ports['control']}"
        self.pid = process.pid
        self.ports = ports

    def end(self) -> None:
        """SIGTERM, and after END_SECONDS SIGKILL; nothing happens where it has ended."""
        _end(self._process)

    def ready(self) -> bool:
        """Whether it serves; raises when it has ended."""
        if self._process.poll() is not None:
            raise RuntimeError("the server has ended: its log is above")
        return httpx.get(self._control + "/readyz", timeout=30).status_code == 200

    def unfinished(self) -> int:
        """Requests that hold a slot or wait for one."""
        requests = httpx.get(self._control + "/stats", timeout=30).json()["requests"]
        return int(requests["unfinished"])

    async def idle(self, seconds: float) -> bool:
        """Wait until nothing is unfinished; whether that came in time."""
        try:
            async with asyncio.timeout(seconds):
                while self.unfinished():  # noqa: ASYNC110 - the server is another process
                    await asyncio.sleep(0.2)
        except TimeoutError:
            return False
        return True

    def gone(self) -> dict[str, int]:
        """Callers that hung up, by phase."""
        text = httpx.get(self._control + "/metrics", timeout=30).text
        found = re.findall(r'^modelserver_clients_gone_total\{phase="(\w+)"\} (\S+)$', text, flags=re.MULTILINE)
        return {phase: int(float(value)) for phase, value in found}

    def resident_kib(self) -> int:
        """Memory of the process with the web server; vLLM's engine is another one."""
        rollup = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text()
        return int(re.findall(r"^Rss:\s+(\d+) kB", rollup, flags=re.MULTILINE)[0])


@contextmanager
def serving(
    folder: Path, config: dict[str, Any], interval: float, python: str, control: tuple[str, int] = ("127.0.0.1", 0)
) -> Iterator[Server]:
    """A server that is ready, until the block ends; what it logs goes to a file in `folder`. `control`
    is the address and port of its control port; 0 is any."""
    (folder / "start.yaml").write_text(yaml.safe_dump(config))
    command = [
        python,
        "-m",
        "tests.bench.runtime.server",
        str(folder / "start.yaml"),
        str(interval),
        *map(str, control),
    ]
    path = f"{ROOT}:{ROOT / 'runtime' / 'src'}"
    environment = os.environ | {"PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        yield _ready(process, folder / "log", control[0])
    finally:
        _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def _ready(process: "subprocess.Popen[str]", log: Path, address: str) -> Server:
    assert process.stdout
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")
    server = Server(process, address, json.loads(line))
    waiting.until(server.ready, READY_SECONDS, "the server is ready")
    return server


def config(model: str, sequences: int, waiting_line: int, engine_arguments: dict[str, str]) -> dict[str, Any]:
    """A start part for so many sequences at once; nobody runs out of time in a benchmark."""
    limits = {"queueTimeoutSeconds": 300, "requestTimeoutSeconds": 300, "maxBodyBytes": 1048576}
    return {
        "schemaVersion": 1,
        "server": {"name": NAME, "servedNames": [NAME, ALIAS], "host": "127.0.0.1"},
        "model": {"path": model},
        "engine": {
            "device": "Cpu",
            "dtype": "float32",
            "maxContextTokens": 4096,
            "maxSequences": sequences,
            "arguments": engine_arguments,
        },
        "admission": {"maxRunning": sequences, "maxWaiting": waiting_line, **limits},
        "drain": {"lameDuckSeconds": 0, "drainSeconds": 5},
    }
