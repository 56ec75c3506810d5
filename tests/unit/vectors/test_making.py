"""What `make` refuses before it trains."""

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from modelserver_runtime.commands import main
from modelserver_runtime.vectors.demo_model import make
from modelserver_runtime.vectors.errors import VectorError


@pytest.fixture
def _no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without an engine; whatever is refused later than the folder would show this."""
    monkeypatch.setitem(sys.modules, "torch", None)


@pytest.mark.usefixtures("_no_torch")
def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")

    with pytest.raises(VectorError, match="exists and was not made by demo-model"):
        make(tmp_path, seed=0)

    assert (tmp_path / "thesis.tex").read_text() == "precious"


@pytest.mark.usefixtures("_no_torch")
def test_a_file_in_the_place_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("precious")

    with pytest.raises(VectorError, match="exists and was not made by demo-model"):
        make(tmp_path / "out", seed=0)


@pytest.mark.usefixtures("_no_torch")
@pytest.mark.parametrize("content", [None, "demo-model.json"])
def test_without_an_engine_it_names_what_is_missing_and_leaves_nothing(tmp_path: Path, content: str | None) -> None:
    out = tmp_path / "out"
    out.mkdir()
    if content:
        (out / content).write_text("{}")

    with pytest.raises(VectorError, match="training needs torch: run this with the Python in which vLLM is installed"):
        make(out, seed=0)

    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.usefixtures("_no_torch")
def test_the_command_ends_with_one_sentence_and_code_2(tmp_path: Path) -> None:
    ended = CliRunner().invoke(main, ["demo-model", str(tmp_path / "out")])

    assert ended.exit_code == 2
    assert ended.output.startswith("Error: training needs torch")
    assert len(ended.output.splitlines()) == 1
