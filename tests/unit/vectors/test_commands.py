"""The commands of `vectors` as far as they go without torch."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from modelserver_runtime.commands import main
from modelserver_runtime.vectors.commands import vectors
from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.missing import needed_for
from modelserver_runtime.vectors.pairs import shipped
from modelserver_runtime.vectors.progress import steps


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["vectors", *map(str, arguments)])


@pytest.fixture
def _without_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where vLLM is not installed; tests of no kind have torch here, and some machines do."""
    for name in ("torch", "transformers", "safetensors"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.usefixtures("_without_engine")
@pytest.mark.parametrize("name", vectors.commands)
def test_help_needs_no_engine(name: str) -> None:
    assert run(name, "--help").exit_code == 0


@pytest.mark.usefixtures("_without_engine")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("extract", "--shipped", "--model", ".", "--out", "out"), "making vectors needs torch: run this with"),
        (("import", "a.gguf", "--name", "a", "--model", ".", "--out", "out"), "importing a vector needs torch: run"),
        (
            ("evaluate", "--vectors", ".", "--prompts", "p.txt", "--model", ".", "--out", "out"),
            "judging vectors needs torch: run this with the Python in which vLLM is installed",
        ),
    ],
)
def test_without_an_engine_a_sentence_names_what_is_missing(arguments: tuple[str, ...], message: str) -> None:
    ended = run(*arguments)

    assert ended.exit_code == 2
    assert ended.output.startswith(f"Error: {message}")
    assert len(ended.output.splitlines()) == 1


@pytest.mark.parametrize("package", ["matplotlib", "gguf"])
def test_what_vllm_does_not_bring_is_named_with_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    told = f"drawing needs {package}, .* vLLM: pip install {package}"
    with pytest.raises(VectorError, match=told), needed_for("drawing"):
        __import__(package)


def test_a_module_of_ours_that_is_gone_is_an_error_of_ours() -> None:
    with pytest.raises(ModuleNotFoundError), needed_for("drawing"):
        __import__("modelserver_runtime.vectors.gone")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--layers", "7", "'7' are no layers: say for example 7-20"),
        ("--layers", "9-7", "'9-7' are no layers"),
        ("--method", "best", "'best' is not one of 'mean', 'pca', 'probe'"),
        ("--batch-size", "0", "0 is not in the range x>=1"),
    ],
)
def test_a_bad_option_is_named(option: str, value: str, message: str) -> None:
    ended = run("extract", "--shipped", "--model", ".", "--out", "out", option, value)

    assert ended.exit_code == 2
    assert f"Invalid value for '{option}': {message}" in ended.output


@pytest.mark.parametrize(
    ("scales", "message"),
    [("0,x", "are no numbers with commas between them"), ("5", "between -4 and 4"), ("nan", "between -4 and 4")],
)
def test_scales_are_those_of_a_request(scales: str, message: str) -> None:
    ended = run("evaluate", "--vectors", ".", "--prompts", "p", "--model", ".", "--out", "o", "--scales", scales)

    assert ended.exit_code == 2
    assert message in ended.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "there is nothing to make vectors from: give --pairs or --shipped"),
        (("--shipped", "--name", "x"), "--name goes with one file of pairs"),
        (("--shipped", "--pairs", shipped("anger")), "two files of pairs have the same name"),
        (("--pairs", f"none={shipped('anger')}"), "'none' cannot name a vector: no vector may be called none"),
        (("--pairs", f"An Ger={shipped('anger')}"), "'An Ger' cannot name a vector: String should match"),
    ],
)
def test_names_are_checked_before_anything_is_loaded(arguments: tuple[str | Path, ...], message: str) -> None:
    ended = run("extract", "--model", ".", "--out", "out", *arguments)

    assert ended.exit_code == 2
    assert message in ended.output


def test_the_shipped_pairs_keep_their_rules() -> None:
    ended = run("lint", *(shipped(emotion) for emotion in ("anger", "sadness")))

    assert (ended.exit_code, ended.output) == (0, "")


def test_lint_tells_each_complaint_on_a_line(tmp_path: Path) -> None:
    path = tmp_path / "anger.jsonl"
    line = {"topic": "tea", "person": "first", "positive": "I rage!", "negative": "I drink."}
    path.write_text(json.dumps(line))

    ended = run("lint", path)

    assert ended.exit_code == 1
    assert ended.output.startswith("anger: there are 1 pairs")


def test_a_file_that_is_no_pairs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "anger.jsonl"
    path.write_text("{")

    assert run("lint", path).exit_code == 2


def test_progress_has_ten_lines_at_most(capsys: pytest.CaptureFixture[str]) -> None:
    for total in (3, 10, 1000):
        with steps("reading", total) as advance:
            for _ in range(total):
                advance()
        lines = capsys.readouterr().err.splitlines()
        assert lines[-1] == f"reading: {total} of {total}"
        assert len(lines) == min(total, 10)
