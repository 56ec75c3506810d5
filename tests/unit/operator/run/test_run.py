"""`modelserver run`: a real process that starts a real process, which stands for the runtime and needs no engine."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from tests.crd_cases import server, server_class
from tests.unit.operator.run.process import Start, ends, packages, refused, said, with_vllm

HAPPY = {"name": "happy", "mix": [{"vector": "joy", "scale": 0.7}], "phase": "all"}


def test_the_same_file_with_local_folders(start: Start, models: Path, tmp_path: Path) -> None:
    vectors = {"persistentVolumeClaim": {"claimName": "steering", "path": "demo"}}
    variants = [{"name": "happy", "mix": [{"vector": "joy", "scale": 0.704}]}]
    emotions = {"vectors": vectors, "perRequest": "Disabled", "variants": variants}
    environment = [{"name": "COLOUR", "value": "red"}, {"name": "OMP_NUM_THREADS", "value": "1"}]
    manifests = [server(className="small", emotions=emotions), server_class(environment=environment)]
    claims = ["--claim", f"models={models}", "--claim", f"steering={tmp_path}"]
    process = start(*claims, "--port", "8123", manifests=manifests, END="0", OMP_NUM_THREADS="3")
    status, output, errors = ends(process)
    assert status == 0, errors
    told = json.loads(output)
    assert told["arguments"] == ["serve", "--config"]
    assert told["more"] == ["--http-port", "8123", "--control-port", "9000"]
    config = told["config"]
    assert (config["model"]["path"], config["vectors"]["path"]) == (f"{models}/demo", f"{tmp_path}/demo")
    assert (config["server"]["host"], config["server"]["httpPort"]) == ("127.0.0.1", 8123)
    assert config["drain"]["lameDuckSeconds"] == 0
    assert config["steering"] == {"maxActiveMixes": 64}
    assert told["live"] == {"schemaVersion": 1, "emotions": {"perRequest": "Disabled", "variants": [HAPPY]}}
    # The class's variables hold, and this shell's own before them.
    assert told["environment"] == {"HF_HUB_OFFLINE": "1", "HF_TOKEN": None, "OMP_NUM_THREADS": "3", "COLOUR": "red"}
    assert "http://127.0.0.1:8123" in errors


def test_another_port_will_do(start: Start, models: Path) -> None:
    """The runtime finds it, and keeps it from the moment in which it was free."""
    process = start("--claim", f"models={models}", "--port", "8123", "--auto-port", manifests=[server()], END="0")
    status, output, errors = ends(process)
    assert (status, json.loads(output)["more"]) == (0, ["--http-port", "8123", "--control-port", "9000", "--auto-port"])
    assert "http://127.0.0.1:8123, or the port named below;" in errors


@pytest.mark.parametrize(("end", "status"), [("3", 3), ("killed", 137)])
def test_the_exit_status_is_the_runtimes(end: str, status: int, start: Start, models: Path, tmp_path: Path) -> None:
    process = start("--claim", f"models={models}", manifests=[server()], END=end)
    assert ends(process)[0] == status
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_passed_on_once_as_sigterm(number: signal.Signals, start: Start, models: Path) -> None:
    process = start("--claim", f"models={models}", manifests=[server()])
    said(process)
    process.send_signal(number)
    status, output, errors = ends(process)
    assert (status, json.loads(output)) == (0, [signal.SIGTERM])
    assert "finishing what was accepted, at most 360 s" in errors


def test_a_second_signal_stops_at_once(start: Start, models: Path) -> None:
    process = start("--claim", f"models={models}", manifests=[server()], DEAF="1")
    said(process)
    process.send_signal(signal.SIGINT)
    assert json.loads(said(process)) == [signal.SIGTERM]
    process.send_signal(signal.SIGINT)
    assert ends(process)[0] == 137


def test_a_missing_claim_names_the_flag(tmp_path: Path) -> None:
    status, errors = refused(tmp_path, manifests=[server()])
    assert status == 2
    assert "spec.model is on the PersistentVolumeClaim models" in errors
    assert "--claim models=FOLDER" in errors


def test_a_missing_claim_of_vectors_names_the_flag(tmp_path: Path, models: Path) -> None:
    emotions = {"vectors": {"persistentVolumeClaim": {"claimName": "steering"}}}
    status, errors = refused(tmp_path, "--claim", f"models={models}", manifests=[server(emotions=emotions)])
    assert status == 2
    assert "--claim steering=FOLDER" in errors


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--claim", "models=/no/such/folder"], "there is no folder /no/such/folder"),
        (["--claim", "models"], "'models' is not NAME=FOLDER"),
        (["--secret", "keys=/no/such/folder"], "there is no folder /no/such/folder"),
        (["--port", "70000"], "--port"),
    ],
)
def test_a_wrong_command_line(arguments: list[str], says: str, tmp_path: Path) -> None:
    status, errors = refused(tmp_path, *arguments, manifests=[server()])
    assert status == 2
    assert says in errors


def test_an_unused_claim_or_secret_is_told(start: Start, models: Path) -> None:
    arguments = [word for flag in ("--claim", "--secret") for word in (flag, f"other={models}")]
    status, _, errors = ends(start("--claim", f"models={models}", *arguments, manifests=[server()], END="0"))
    assert status == 0
    assert "--claim other is not used by demo" in errors
    assert "--secret other is not used by demo" in errors


def test_a_volume_of_the_class_is_told(start: Start, models: Path) -> None:
    volume = {"name": "engine", "persistentVolumeClaim": {"claimName": "engine"}, "mountPath": "/opt/engine"}
    manifests = [server(className="small"), server_class(volumes=[volume])]
    _, _, errors = ends(start("--claim", f"models={models}", manifests=manifests, END="0"))
    assert "volume engine at /opt/engine is not mounted on this machine" in errors


def test_one_of_several(start: Start, models: Path, tmp_path: Path) -> None:
    both, claim = [server("one"), server("two")], ["--claim", f"models={models}"]
    status, errors = refused(tmp_path, *claim, manifests=both)
    assert status == 2
    assert "ModelServers one, two: choose one of them with --name" in errors
    status, output, _ = ends(start(*claim, "--name", "two", manifests=both, END="0"))
    assert json.loads(output)["config"]["server"]["name"] == "two"


def test_the_runtime_alone_is_lent_to_a_python_with_vllm(
    start: Start, models: Path, tmp_path: Path, bare: Path
) -> None:
    """Where it lies among other packages, as after an ordinary installation, they stay where they are."""
    package = tmp_path / "installed" / "modelserver_runtime"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package.parent / "other.py").touch()
    says = "import sys, importlib.util; print(sys.prefix, importlib.util.find_spec('other'))"
    (package / "__main__.py").write_text(says, encoding="utf-8")
    with_vllm(packages(bare))
    process = start(
        *("--claim", f"models={models}", "--python", str(bare / "bin" / "python")),
        manifests=[server()],
        before=f"sys.path.insert(0, {str(package.parent)!r})",
        PYTHONPATH="",
    )
    status, output, errors = ends(process)
    assert (status, output) == (0, f"{bare} None\n"), errors
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_runtime_that_is_nowhere(start: Start, models: Path, bare: Path) -> None:
    with_vllm(packages(bare))
    python = str(bare / "bin" / "python")
    hidden = "sys.path[:] = [folder for folder in sys.path if not folder.endswith('runtime/src')]"
    claim = ["--claim", f"models={models}"]
    status, _, errors = ends(start(*claim, "--python", python, manifests=[server()], before=hidden, PYTHONPATH=""))
    assert status == 1
    assert f"is installed neither in {python} nor beside this command: `pip install ./runtime`" in errors


def test_a_python_without_vllm(start: Start, models: Path, bare: Path) -> None:
    python = str(bare / "bin" / "python")
    process = start("--claim", f"models={models}", "--python", python, manifests=[server()], PYTHONPATH="")
    status, _, errors = ends(process)
    assert status == 1
    assert f"vLLM is not installed in {python}. Name the Python that has it with --python or" in errors


def test_no_python_at_all(start: Start, models: Path) -> None:
    process = start("--claim", f"models={models}", manifests=[server()], MODELSERVER_RUNTIME_PYTHON="/no/python")
    status, _, errors = ends(process)
    assert status == 1
    assert "/no/python cannot be started: No such file or directory." in errors


def test_what_is_not_valid_is_not_run(tmp_path: Path, models: Path) -> None:
    status, errors = refused(tmp_path, "--claim", f"models={models}", manifests=[server(modle={})])
    assert status == 1
    assert "spec.modle: unknown key; did you mean model?" in errors
