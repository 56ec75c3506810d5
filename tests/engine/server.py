"""The runtime as a process, with real vLLM: started, watched from its control port, ended by signals."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import yaml
from tests import waiting
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
READY_SECONDS = 600  # 15 s on two idle cores; most of it is imports, several times slower where others compute
LIMITS = {"maxRunning": 4, "maxWaiting": 8, "queueTimeoutSeconds": 60, "requestTimeoutSeconds": 120}


def start_part(model: Path, http_port: int, control_port: int) -> dict[str, Any]:
    """A start part for a tiny model: names demo and org/demo, four requests at a time."""
    return {
        "schemaVersion": 1,
        "server": {
            "name": "demo",
            "servedNames": ["demo", "org/demo"],
            "host": "127.0.0.1",
            "httpPort": http_port,
            "controlPort": control_port,
        },
        "model": {"path": str(model)},
        "engine": {
            "device": "Cpu",
            "dtype": "float32",
            "maxContextTokens": 4096,
            "maxSequences": 4,
            "arguments": {"enforce-eager": "", "load-format": "dummy", "kv-cache-memory-bytes": "67108864"},
        },
        "admission": {**LIMITS, "maxBodyBytes": 1048576},
        "drain": {"lameDuckSeconds": 3, "drainSeconds": 120},
    }


def free_ports() -> tuple[int, int]:
    """Two ports that nobody listens on."""
    return free_port(), free_port()


def until(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Returns as soon as `condition` holds; fails after `seconds`."""
    waiting.until(condition, seconds, "the condition holds")


def launch(*arguments: str | Path, log: Path) -> "subprocess.Popen[bytes]":
    """`python -m modelserver_runtime ARGUMENTS` in the engine's environment, in a process group of its own."""
    python = os.environ["MODELSERVER_ENGINE_PYTHON"]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT / "runtime" / "src"), os.environ["MODELSERVER_RATES"]]),
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "OMP_NUM_THREADS": "1",
    }
    command = [python, "-m", "modelserver_runtime", *map(str, arguments)]
    with log.open("wb") as output:
        return subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)


def engine_below(pid: int) -> int:
    """The process in which an engine computes, of those that this one has begun and they in their turn."""
    found, *_ = (each for each in _below(pid) if "VLLM" in _told(Path(f"/proc/{each}/comm")))
    return found


def _below(pid: int) -> list[int]:
    children = [int(child) for thread in _threads(pid) for child in _told(thread / "children").split()]
    return [*children, *(each for child in children for each in _below(child))]


def _threads(pid: int) -> list[Path]:
    with suppress(OSError):
        return list(Path(f"/proc/{pid}/task").iterdir())
    return []


def _told(file: Path) -> str:
    """Empty, where what it tells of has ended: threads and children of a process that starts come and go."""
    with suppress(OSError):
        return file.read_text()
    return ""


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The process does nothing until the block ends."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):  # it has died meanwhile, of which the test tells
            os.kill(pid, signal.SIGCONT)


class Server:
    """One running server."""

    def __init__(
        self,
        folder: Path,
        model: Path,
        live: dict[str, Any] | None = None,
        vectors: Path | None = None,
        **parts: dict[str, Any],
    ) -> None:
        """Begin to start it, with its files in `folder`; `parts` replace those of the start part."""
        http_port, control_port = free_ports()
        document = start_part(model, http_port, control_port) | parts
        if live:
            document["live"] = {"path": str(folder / "live.yaml")}
            (folder / "live.yaml").write_text(yaml.safe_dump(live))
        if vectors:
            document["vectors"] = {"path": str(vectors)}
        (folder / "start.yaml").write_text(yaml.safe_dump(document))
        self.url = f"http://127.0.0.1:{http_port}"
        self.control_url = f"http://127.0.0.1:{control_port}"
        self._log = folder / "log"
        self.process = launch("serve", "--config", folder / "start.yaml", log=self._log)

    @property
    def log(self) -> str:
        return self._log.read_text()

    def ready(self) -> "Server":
        """Wait until it is ready."""
        until(lambda: not self._alive() or self.probe("/readyz") == 200, READY_SECONDS)
        assert self._alive(), self.log
        return self

    def probe(self, path: str) -> int:
        """The status of a route of the control port; 0 while nobody listens."""
        try:
            return httpx.get(self.control_url + path, timeout=10).status_code
        except httpx.TransportError:
            return 0

    def metric(self, name: str) -> float:
        """The sum of a metric's samples; 0 while it has none, as a counter whose labels nobody has met yet."""
        lines = httpx.get(self.control_url + "/metrics", timeout=60).text.splitlines()
        samples = [line.rsplit(" ", 1) for line in lines if line.startswith((name + " ", name + "{"))]
        assert any(line.startswith(f"# TYPE {name} ") for line in lines), f"no metric {name}"
        return sum(float(value) for _, value in samples)

    def engine_pid(self) -> int:
        """The process in which the engine computes."""
        return engine_below(self.process.pid)

    def standing_still(self) -> AbstractContextManager[None]:
        """The engine does nothing until the block ends: whatever it owes cannot end meanwhile, however fast it is."""
        return stopped(self.engine_pid())

    def kill(self) -> None:
        """End whatever is left of it: an engine that stands still outlives its server."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def _alive(self) -> bool:
        return self.process.poll() is None
