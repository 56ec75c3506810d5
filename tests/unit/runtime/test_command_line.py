"""The command line: what cannot be started is told in one sentence, with exit code 2 and no traceback.

In this environment there is no vLLM, so nothing here gets further than that.
"""

import errno
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from tests.unit.runtime import configs
from tests.waiting import until

import modelserver_runtime
from modelserver_runtime import listen
from modelserver_runtime.commands import main
from modelserver_runtime.config.keys import FLAGS

# Both ways in which the same program is started.
PROGRAMS = [
    pytest.param([sys.executable, "-m", "modelserver_runtime"], id="module"),
    pytest.param([str(Path(sys.executable).with_name("modelserver-runtime"))], id="command"),
]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def serve(folder: Path, *flags: str, **changes: Any) -> Result:
    file = folder / "start.yaml"
    file.write_text(yaml.safe_dump(configs.start(**changes)))
    return run("serve", "--config", file, *flags)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder that looks like a model from outside."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder


def refused(result: Result, *words: str) -> None:
    assert result.exit_code == 2, result.stderr
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1, result.stderr
    for word in words:
        assert word in result.stderr


def test_a_corrupt_config_file(tmp_path: Path) -> None:
    file = tmp_path / "start.yaml"
    file.write_text("{")
    refused(run("serve", "--config", file), str(file), "is no YAML")


@pytest.mark.parametrize("program", PROGRAMS)
def test_as_a_process_of_its_own(program: list[str], tmp_path: Path) -> None:
    command = [*program, "serve", "--config", str(tmp_path / "start.yaml")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"Error: {tmp_path}/start.yaml: cannot be read: No such file or directory\n"


@pytest.mark.parametrize("program", PROGRAMS)
def test_sigterm_before_there_is_a_service_is_a_clean_end(program: list[str], tmp_path: Path) -> None:
    """The config file is a pipe with nothing in it: the process has begun, and waits where the test knows it."""
    pipe = tmp_path / "start.yaml"
    os.mkfifo(pipe)
    with subprocess.Popen([*program, "serve", "--config", str(pipe)]) as process:
        try:
            writer = opened_by_reader(pipe)
            process.send_signal(signal.SIGTERM)
            os.close(writer)  # Python hears of a signal that came just before a read only when the read is over
            assert process.wait(30) == 0
        finally:
            process.kill()


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(("command", "code"), [("serve", 0), ("download", 143)])
def test_a_sigterm_during_the_imports_ends_it(program: list[str], command: str, code: int, tmp_path: Path) -> None:
    """Without a handler it would be ignored by the first process of a container, and end any other by the signal."""
    (tmp_path / "click.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n")
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}  # the first import that is not Python's own ends it
    done = subprocess.run([*program, command], env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (code, "")


def opened_by_reader(pipe: Path) -> int:
    """The pipe's writing end, as soon as somebody reads from the other."""

    def opened() -> int | None:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            return None

    return until(opened, 60, "somebody reads from the pipe")


def test_an_unknown_key(tmp_path: Path) -> None:
    refused(serve(tmp_path, **{"engine.maxSequence": 1}), "start.yaml: engine.maxSequence", "maxSequences")


def test_a_live_part_that_is_not_there(tmp_path: Path) -> None:
    refused(serve(tmp_path, live={"path": "/nowhere/live.yaml"}), "/nowhere/live.yaml: cannot be read")


def test_a_missing_model_folder(tmp_path: Path) -> None:
    refused(serve(tmp_path), "no model folder /models/demo", "model.path", "spec.model")


def test_a_folder_that_holds_no_model(tmp_path: Path) -> None:
    refused(serve(tmp_path, **{"model.path": str(tmp_path)}), "holds no model", "config.json")


def test_an_engine_argument_that_is_not_the_configs_to_set(tmp_path: Path, model: Path) -> None:
    changes = {"model.path": str(model), "engine.arguments": {"dtype": "auto"}}
    refused(serve(tmp_path, **changes), "engine.arguments.dtype is set by engine.dtype")


def test_a_demo_model_over_something_else(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep me")
    refused(run("demo-model", tmp_path), str(tmp_path))
    assert (tmp_path / "mine").read_text() == "keep me"


def test_without_vllm(tmp_path: Path, model: Path) -> None:
    refused(serve(tmp_path, **{"model.path": str(model)}), "vLLM is not installed", sys.executable)


def test_flags_go_over_the_file(tmp_path: Path) -> None:
    result = serve(tmp_path, "--http-port", "0")
    assert result.exit_code == 2
    assert "--http-port" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["serve", "demo-model"]),
        (["serve", "--help"], ["--config", "--host", "--http-port", "--control-port", "SIGTERM", "Example: "]),
        (["demo-model", "--help"], ["OUT", "--seed"]),
    ],
)
def test_help(arguments: list[str], words: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 0
    assert all(word in result.stdout for word in words)


def test_the_help_of_serve_reads_well_in_a_terminal() -> None:
    """No wider than a terminal, under headings, with every key's way in."""
    lines = CliRunner().invoke(main, ["serve", "--help"], terminal_width=80).stdout.splitlines()
    assert max(len(line) for line in lines) <= 80
    headings = [line for line in lines if re.fullmatch(r"\w[\w ]+:", line)]
    assert headings == ["The model:", "Listening:", "Configuration:", "Help:"]
    flags = {line.split()[0] for line in lines if line.startswith("  --")}
    assert flags >= {*FLAGS.values(), "--config", "--env-file", "--set", "--auto-port"}
    assert "MODELSERVER_SERVE_ADMISSION_MAX_RUNNING" in " ".join(lines)


def test_the_version_is_the_distributions() -> None:
    project = tomllib.loads(Path("runtime/pyproject.toml").read_text())["project"]
    assert modelserver_runtime.__version__ == project["version"]


def test_listen_is_not_reached_when_the_config_is_bad(tmp_path: Path) -> None:
    with listen.bind("127.0.0.1", 0, "port") as taken:
        port = taken.getsockname()[1]
        refused(serve(tmp_path, **{"server.httpPort": port}), "no model folder")
