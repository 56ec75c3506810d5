"""The process that is measured: the runtime with real vLLM and a tiny model, its stream interval to be chosen."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import yaml
from tests.bench.profiles import serving
from tests.engine import tiny_model
from tests.engine.server import READY_SECONDS, ROOT, free_ports, start_part
from tests.waiting import until

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Serving:
    """One running server."""

    process: "subprocess.Popen[bytes]"
    url: str
    control_url: str
    interval: Path

    def streams_every(self, tokens: int) -> None:
        """From now on, each event of a new stream holds so many tokens."""
        self.interval.write_text(str(tokens))

    def cpu_seconds(self) -> float:
        """Of the process that answers; the engine computes in another one. What else runs on the machine hardly changes
        it."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def is_ready(self) -> bool:
        """Whether it answers."""
        assert self.process.poll() is None, "the server has ended; its log lies beside its configuration"
        try:
            return httpx.get(f"{self.control_url}/readyz", timeout=10).is_success
        except httpx.TransportError:
            return False


@contextmanager
def served(folder: Path, sequences: int) -> Iterator[Serving]:
    """A ready server of so many sequences, with its files in `folder`."""
    http_port, control_port = free_ports()
    document = start_part(tiny_model.write(folder / "model"), http_port, control_port)
    document["engine"] |= {"maxSequences": sequences, "maxContextTokens": 1024}
    document["admission"]["maxRunning"] = sequences
    (folder / "start.yaml").write_text(yaml.safe_dump(document))
    url, control_url = (f"http://127.0.0.1:{port}" for port in (http_port, control_port))
    server = Serving(_launch(folder), url, control_url, folder / "interval")
    try:
        until(server.is_ready, READY_SECONDS, "the server is ready")
        yield server
    finally:
        server.process.terminate()
        server.process.wait(60)


def _launch(folder: Path) -> "subprocess.Popen[bytes]":
    (folder / "interval").write_text("1")
    environment = os.environ | {
        serving.INTERVAL_FILE: str(folder / "interval"),
        "PYTHONPATH": str(ROOT / "runtime" / "src"),
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "OMP_NUM_THREADS": "1",
    }
    command = [os.environ["MODELSERVER_ENGINE_PYTHON"], serving.__file__, str(folder / "start.yaml")]
    with (folder / "log").open("wb") as output:
        return subprocess.Popen(command, env=environment, stdout=output, stderr=output)
