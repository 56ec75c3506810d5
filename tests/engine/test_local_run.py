"""`modelserver run` with real vLLM: one file, no cluster, an engine's environment that has no runtime of ours."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import yaml
from openai import OpenAI
from tests.engine.server import READY_SECONDS, free_ports, until

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
    file, log = tmp_path / "support.yaml", tmp_path / "log"
    file.write_text(yaml.safe_dump_all([manifest(model), CLASS]))
    port, control_port = free_ports()
    program = Path(sys.executable).with_name("modelserver")
    flags = ["--claim", f"models={model.parent}", "--port", str(port), "--control-port", str(control_port)]
    command = [str(program), "run", "-f", str(file), *flags, "--python", os.environ["MODELSERVER_ENGINE_PYTHON"]]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, cwd=tmp_path, start_new_session=True
        )
    try:
        until(lambda: process.poll() is not None or ready(control_port), READY_SECONDS)
        assert process.poll() is None, log.read_text()
        answer = ask(port)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        assert process.wait(60) == 0, log.read_text()
    finally:
        stop(process)
    assert answer == "org/support"
    assert "Traceback" not in log.read_text()


def ready(control_port: int) -> bool:
    """Whether a server there says that it is ready."""
    try:
        return httpx.get(f"http://127.0.0.1:{control_port}/readyz", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def ask(port: int) -> str:
    """The name under which an answer comes back."""
    with OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", max_retries=0, timeout=60) as client:
        answer = client.chat.completions.create(
            model="org/support", max_tokens=4, messages=[{"role": "user", "content": "hi"}], extra_body={"seed": 1}
        )
    assert answer.choices[0].message.content is not None
    return answer.model


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End what is left: a second signal ends the engine too, which has a session of its own."""

    def ended() -> bool:
        process.send_signal(signal.SIGTERM)
        return process.poll() is not None

    until(ended)
