"""Where the runtime is a source tree, the engine's processes find the plugin, too, and nothing is left behind."""

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from modelserver_runtime.steering import announce

ASKING = "from importlib.metadata import entry_points as e; print([x.value for x in e(group='vllm.general_plugins')])"


def found_by_a_child() -> str:
    return subprocess.run([sys.executable, "-c", ASKING], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def source_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the runtime were not installed: here it is, and its entry point may be known."""
    monkeypatch.setattr(announce, "_known", lambda: False)


def test_it_is_found_here_and_by_children_and_not_afterwards(source_tree: None) -> None:
    path, search = os.environ.get("PYTHONPATH"), list(sys.path)
    with announce.announced():
        folder = Path(os.environ["PYTHONPATH"].split(os.pathsep)[0])
        assert announce.VALUE in found_by_a_child()
        assert announce.VALUE in {each.value for each in entry_points(group=announce.GROUP)}

    assert (os.environ.get("PYTHONPATH"), sys.path) == (path, search)
    assert not folder.exists()


def test_what_is_on_the_path_already_stays_there(source_tree: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    with announce.announced():
        assert os.environ["PYTHONPATH"].split(os.pathsep)[1] == "/somewhere"
    assert os.environ["PYTHONPATH"] == "/somewhere"


def test_an_installed_runtime_is_not_announced_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announce, "_known", lambda: True)
    path = list(sys.path)
    with announce.announced():
        assert sys.path == path


def test_the_wheel_names_the_same_entry_point() -> None:
    written = (Path(__file__).parents[3] / "runtime/pyproject.toml").read_text()
    assert f'[project.entry-points."{announce.GROUP}"]\n{announce.NAME} = "{announce.VALUE}"' in written
