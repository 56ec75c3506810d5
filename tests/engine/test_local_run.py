"""`modelserver run` with real vLLM: one file, no cluster, an engine's environment that has no runtime of ours."""

import os
import re
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import yaml
from openai import OpenAI
from tests.engine.server import READY_SECONDS, engine_below, free_ports, stopped, until

TOKENS = 400
CLASS = {
    "apiVersion": "modelserver.dev/v1alpha1",
    "kind": "ModelServerClass",
    "metadata": {"name": "made-up-weights"},
    "spec": {
        "image": "localhost/none:local",
        "device": "Cpu",
        "engine": {
            "arguments": {"enforce-eager": "", "load-format": "dummy", "kv-cache-memory-bytes": "67108864"},
        },
    },
}


def manifest(model: Path) -> dict[str, object]:
    """A ModelServer of that folder, with a second name."""
    claim = {"claimName": "models", "path": model.name}
    spec = {
        "className": "made-up-weights",
        "model": {"persistentVolumeClaim": claim},
        "servedNames": ["org/support"],
        "engine": {"maxContextTokens": 512, "maxSequences": 4},
    }
    kind = {"apiVersion": "modelserver.dev/v1alpha1", "kind": "ModelServer"}
    return {**kind, "metadata": {"name": "support"}, "spec": spec}


def test_a_file_is_served_on_this_machine_until_ctrl_c(tmp_path: Path, model: Path) -> None:
    """On another port than a taken one, which the terminal is told; and a stream under way at Ctrl-C ends whole."""
    log, control_port = tmp_path / "log", free_ports()[1]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(tmp_path, model, log, "--port", port, "--control-port", control_port, "--auto-port")
        try:
            until(lambda: process.poll() is not None or ready(control_port), READY_SECONDS)
            assert process.poll() is None, log.read_text()
            with ThreadPoolExecutor(1) as pool:
                with stopped(engine_below(process.pid)):  # so that the stream is under way still when the signal comes
                    answer = pool.submit(stream, told_port(log, port))
                    until(lambda: unfinished(control_port) == 1)
                    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
                    until(lambda: not ready(control_port))
                    assert unfinished(control_port) == 1
                assert answer.result() == ("org/support", TOKENS)
            assert process.wait(60) == 0, log.read_text()
        finally:
            stop(process)
    assert "finishing what was accepted" in log.read_text()
    assert "Traceback" not in log.read_text()


def start(folder: Path, model: Path, log: Path, *flags: object) -> "subprocess.Popen[bytes]":
    """The command, as somebody without the runtime in the engine's environment calls it."""
    file = folder / "support.yaml"
    file.write_text(yaml.safe_dump_all([manifest(model), CLASS]))
    program = Path(sys.executable).with_name("modelserver")
    command = [program, "run", "-f", file, "--claim", f"models={model.parent}", *flags]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with log.open("wb") as output:
        return subprocess.Popen(
            [*map(str, command), "--python", os.environ["MODELSERVER_ENGINE_PYTHON"]],
            env=environment,
            stdout=output,
            stderr=output,
            cwd=folder,
            start_new_session=True,
        )


def told_port(log: Path, wanted: int) -> int:
    """The port that it says it uses instead."""
    told = re.search(rf"Port {wanted} is taken \(server\.httpPort\): port (\d+) is used instead\.", log.read_text())
    assert told, log.read_text()
    return int(told[1])


def ready(control_port: int) -> bool:
    """Whether a server there says that it is ready."""
    try:
        return httpx.get(f"http://127.0.0.1:{control_port}/readyz", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def unfinished(control_port: int) -> int:
    """How many requests it has accepted and not answered."""
    found: int = httpx.get(f"http://127.0.0.1:{control_port}/stats", timeout=60).json()["requests"]["unfinished"]
    return found


def stream(port: int) -> tuple[str, int]:
    """The name under which an answer comes back, and its tokens."""
    with OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", max_retries=0, timeout=60) as client:
        pieces = client.completions.create(
            model="org/support",
            prompt="hi",
            max_tokens=TOKENS,
            stream=True,
            stream_options={"include_usage": True},
            extra_body={"ignore_eos": True, "seed": 1},
        )
        *_, last = pieces
    assert last.usage is not None, "the last piece tells the tokens"
    return last.model, last.usage.completion_tokens


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End what is left: a second signal ends the engine too, which has a session of its own."""

    def ended() -> bool:
        process.send_signal(signal.SIGTERM)
        return process.poll() is not None

    until(ended)
