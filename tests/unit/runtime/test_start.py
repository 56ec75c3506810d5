"""`serve` as a process, up to where the engine would start: its sources, its ports, and its last words.

What stands for vLLM here can be found and does not start; why it does not is each test's to say.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.ports import free_port
from tests.unit.runtime import configs

from modelserver_runtime import listen

P = "MODELSERVER_SERVE_"
PROGRAM = """
import sys
from pathlib import Path
from modelserver_runtime import last_words
last_words.TERMINATION_LOG = Path(sys.argv.pop(1))
from modelserver_runtime.commands import main
main()
"""
# vLLM 0.32's own words, from config/model.py and v1/core/kv_cache_utils.py.
TOO_LONG = (
    "User-specified max_model_len (512) is greater than the derived max_model_len (max_position_embeddings=256.0 or "
    "model_max_length=None in model's config.json). To allow overriding this maximum, set the env var "
    "VLLM_ALLOW_LONG_MAX_MODEL_LEN=1."
)
NO_ROOM = (
    "To serve at least one request with the model's max seq len (512), (2.0 GiB KV cache is needed, which is larger "
    "than the available KV cache memory (1.5 GiB). Based on the available memory, the estimated maximum model length "
    "is 384. Try increasing `gpu_memory_utilization` (which also controls CPU memory on the CPU backend) or decreasing "
    "`max_model_len` when initializing the engine."
)
# An engine process that fails: it logs as vLLM does, and the process that began it learns nothing.
IN_A_PROCESS = """
import subprocess, sys
CHILD = '''
import json, logging.config, os, sys
logging.config.dictConfig(json.load(open(os.environ["VLLM_LOGGING_CONFIG_PATH"])))
try:
    raise ValueError(sys.argv[1])
except ValueError:
    logging.getLogger("vllm.v1.engine.core").exception("EngineCore failed to start.")
'''
subprocess.run([sys.executable, "-c", CHILD, {said!r}], check=True)
raise RuntimeError("Engine core initialization failed. See root cause above. Failed core proc(s): {{}}")
"""
# An engine process that a signal ends, once it has been seen to live.
ENDED_BY_A_SIGNAL = """
import multiprocessing, os, signal, threading
from modelserver_runtime.engine_processes import Processes
child = multiprocessing.get_context("fork").Process(target=signal.pause)
child.start()
looked, look = threading.Event(), Processes.look
Processes.look = lambda self: (look(self), looked.set())
looked.wait()
os.kill(child.pid, signal.SIGILL)
child.join()
raise RuntimeError("Engine core initialization failed. See root cause above. Failed core proc(s): {}")
"""


@dataclass(frozen=True)
class Ended:
    """What a process left."""

    code: int
    log: str
    last_words: str

    def listening(self) -> tuple[str, int, int]:
        """(host, clients' port, control port) as the log tells them."""
        lines = [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]
        (line,) = (line for line in lines if line["message"] == "listening")
        return line["host"], line["http_port"], line["control_port"]


Serve = Callable[..., Ended]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Runs `serve` in a folder of its own. engine: the code of the module in which vLLM starts."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text('{"max_position_embeddings": 512}')
    (tmp_path / "termination-log").touch()
    (tmp_path / "scratch").mkdir()

    def serve(*arguments: str, engine: str = "raise OSError('no engine here')", **environment: str) -> Ended:
        module = tmp_path / "python" / "vllm" / "engine" / "arg_utils.py"
        module.parent.mkdir(parents=True, exist_ok=True)
        module.write_text(engine)
        own = {"PYTHONPATH": str(tmp_path / "python"), "TMPDIR": str(tmp_path / "scratch")}
        command = [sys.executable, "-c", PROGRAM, str(tmp_path / "termination-log"), "serve", *arguments]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=os.environ | own | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.stdout == ""
        return Ended(done.returncode, done.stderr, (tmp_path / "termination-log").read_text())

    return serve


@contextmanager
def two_ports() -> Iterator[tuple[int, int]]:
    """A port that somebody has, and the one after it, free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        yield port, port + 1


def test_a_model_and_a_device_are_enough(serve: Serve) -> None:
    ended = serve("--model", "./model", "--device", "Cpu", "--auto-port")
    assert ended.code == 3, ended.log
    assert ended.listening()[0] == "0.0.0.0"
    sentence = "The engine did not start: OSError: no engine here"
    assert ended.log.splitlines()[-1] == f"Error: {sentence}"
    assert ended.last_words == f"{sentence}\n"


def test_each_source_goes_over_the_one_before(serve: Serve, tmp_path: Path) -> None:
    """The file says all three, .env two of them, the environment two, a flag one."""
    ports = [free_port() for _ in range(3)]
    changes: dict[str, Any] = {"model.path": "model", "server.httpPort": 1, "server.controlPort": 2}
    (tmp_path / "start.yaml").write_text(yaml.safe_dump(configs.start(**changes)))
    (tmp_path / ".env").write_text(f"{P}SERVER_HOST=127.0.0.2\n{P}SERVER_CONTROL_PORT=3\n")
    environment = {f"{P}SERVER_CONTROL_PORT": str(ports[0]), f"{P}SERVER_HTTP_PORT": str(ports[1])}
    ended = serve("--config", "start.yaml", "--http-port", str(ports[2]), **environment)
    assert ended.listening() == ("127.0.0.2", ports[2], ports[0])


def test_a_named_env_file_is_read_instead(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{P}NONSENSE=1\n")
    (tmp_path / "mine.env").write_text(f"{P}SERVER_HOST=127.0.0.3\n{P}ENGINE_DEVICE=cpu\n")
    ended = serve("--model", "model", "--auto-port", "--env-file", "mine.env")
    assert ended.listening()[0] == "127.0.0.3"


def test_a_named_env_file_that_is_not_there(serve: Serve) -> None:
    ended = serve("--model", "model", "--device", "Cpu", "--env-file", "gone.env")
    assert (ended.code, ended.log) == (2, "Error: gone.env: cannot be read: No such file or directory\n")
    assert ended.last_words == "gone.env: cannot be read: No such file or directory\n"


def test_a_folder_called_env_is_no_env_file(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert serve("--model", "model", "--device", "Cpu", "--auto-port").code == 3


def test_a_taken_port_is_refused_without_auto_port(serve: Serve) -> None:
    with two_ports() as (taken, _):
        ended = serve("--model", "model", "--device", "Cpu", "--host", "127.0.0.1", "--http-port", str(taken))
    sentence = f"Cannot listen on 127.0.0.1:{taken} (server.httpPort): another process listens there already; "
    sentence += "--auto-port takes the next free port."
    assert (ended.code, ended.log, ended.last_words) == (2, f"Error: {sentence}\n", f"{sentence}\n")


def test_auto_port_takes_the_next_free_one_for_both_ports(serve: Serve) -> None:
    with two_ports() as (taken, after):
        ports = ["--http-port", str(taken), "--control-port", str(after)]
        ended = serve("--model", "model", "--device", "Cpu", "--host", "127.0.0.1", "--auto-port", *ports)
    _, http, control = ended.listening()
    assert http > after, "the other wanted port is left to the other"
    assert control >= after
    assert control != http
    assert f"Port {taken} is taken (server.httpPort): port {http} is used instead.\n" in ended.log
    assert ("server.controlPort" in ended.log) == (control != after)


def test_auto_port_changes_nothing_where_the_ports_are_free() -> None:
    port = free_port()
    with listen.bind_free("127.0.0.1", port, "server.httpPort", avoid=port + 1) as found:
        assert found.getsockname()[1] == port


def test_auto_port_helps_only_against_a_taken_port() -> None:
    with pytest.raises(listen.ListenError, match=r"\(server.host\): this machine has no such address"):
        listen.bind_free("192.0.2.1", 8000, "server.httpPort", avoid=9000)


def test_a_host_that_nobody_knows() -> None:
    with pytest.raises(listen.ListenError) as error:
        listen.bind("nohost.invalid", 8000, "server.httpPort")
    assert str(error.value) == "Cannot listen on nohost.invalid:8000 (server.host): no address is known of this name."


def test_no_port_is_left() -> None:
    last = listen.LAST_PORT
    with pytest.raises(listen.ListenError, match=rf"\(server.httpPort\): all ports from {last} on are taken"):
        listen.bind_free("127.0.0.1", last, "server.httpPort", avoid=last)


@pytest.mark.parametrize(
    ("engine", "sentence"),
    [
        pytest.param(
            f"raise ValueError({TOO_LONG!r})",
            "engine.maxContextTokens (of a ModelServer: spec.engine.maxContextTokens) is 512, "
            "and this model's context holds 256 at most.",
            id="before the engine's process",
        ),
        pytest.param(
            IN_A_PROCESS.format(said=NO_ROOM),
            "engine.maxContextTokens (of a ModelServer: spec.engine.maxContextTokens) is 512, "
            "which needs 2.0 GiB for one request; 1.5 GiB are left, enough for 384.",
            id="in the engine's process",
        ),
    ],
)
def test_a_start_that_cannot_be_is_one_sentence(serve: Serve, tmp_path: Path, engine: str, sentence: str) -> None:
    ended = serve("--model", "model", "--device", "Cpu", "--auto-port", engine=engine)
    assert (ended.code, ended.log.splitlines()[-1]) == (2, f"Error: {sentence}"), ended.log
    assert ended.last_words == f"{sentence}\n"
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_failure_of_an_unknown_cause_keeps_vllms_words(serve: Serve) -> None:
    ended = serve("--model", "model", "--device", "Cpu", "--auto-port", engine=IN_A_PROCESS.format(said="why not"))
    assert ended.code == 3
    assert "why not" in ended.log
    assert ended.last_words.startswith("The engine did not start: RuntimeError: Engine core initialization failed.")


def test_a_signal_that_ended_the_engines_process_is_named(serve: Serve) -> None:
    """vLLM tells only that it failed, and there is no cause above."""
    ended = serve("--model", "model", "--device", "Cpu", "--auto-port", engine=ENDED_BY_A_SIGNAL)
    assert ended.code == 3
    assert ended.last_words.startswith("The engine did not start: its process was ended by SIGILL: the processor lacks")
    assert ended.log.splitlines()[-1] == f"Error: {ended.last_words.strip()}"
