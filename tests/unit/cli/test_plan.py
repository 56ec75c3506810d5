"""`modelserver plan` without a cluster: its text, word for word, its documents and its exit status."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from rich.console import Console
from tests.crd_cases import server, server_class

from modelserver_operator.cli import main
from modelserver_operator.cli.catalog import catalog
from modelserver_operator.cli.models import Models
from modelserver_operator.cli.plan import offline
from modelserver_operator.cli.plan.text import pages

HERE = Path(__file__).parent
CASES = HERE.parent / "operator" / "cases"
GOLDENS = ("cpu", "tensor", "emotions", "keda")


def plan(*arguments: str | Path) -> Result:
    """The command, in this process."""
    return CliRunner().invoke(main, ["plan", *map(str, arguments)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file's path."""
    return tmp_path / "demo.yaml"


def write(path: Path, *manifests: dict[str, Any]) -> Path:
    """The manifests as documents of a file."""
    path.write_text(yaml.safe_dump_all(manifests), encoding="utf-8")
    return path


@pytest.mark.parametrize("case", GOLDENS)
def test_the_text(case: str, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    monkeypatch.chdir(CASES)
    result, golden = plan("-f", f"{case}.yaml"), HERE / "plans" / f"{case}.txt"
    assert (result.exit_code, result.stderr) == (0, "")
    if pytestconfig.getoption("--update-goldens", default=False):
        golden.write_text(result.stdout, encoding="utf-8")
    assert result.stdout == golden.read_text(encoding="utf-8")


def test_in_a_narrow_terminal_no_option_is_cut() -> None:
    """What is to be copied stays whole; its reason stands below it."""
    made = offline.plan(catalog([CASES / "tensor.yaml"], [], None), Models(None, {}, offline=True, environment={}))
    terminal = Console(file=io.StringIO(), width=60, color_system=None, highlight=False, markup=False, emoji=False)
    with terminal.capture() as captured:
        terminal.print(*pages(made))
    lines = [line.rstrip() for line in captured.get().splitlines()]
    for each in made.servers[0].engine_arguments:
        assert any(line.split()[:1] == [each.option] for line in lines), each
    assert "  metadata.name; the runtime knows the other names" in lines


def test_every_golden_has_a_case() -> None:
    assert {each.stem for each in (HERE / "plans").glob("*")} == set(GOLDENS)


def test_the_documents_hold_what_the_text_says() -> None:
    """Every word of a table that the text prints is a value of the document."""
    case = CASES / "tensor.yaml"
    found = json.loads(plan("-f", case, "-o", "json").stdout)
    assert yaml.safe_load(plan("-f", case, "-o", "yaml").stdout) == found
    (only,) = found["servers"]
    text = plan("-f", case).stdout
    for part in ("engineArguments", "effective", "budgets", "children"):
        assert only[part]
        assert [each for each in only[part] if not all(word in text for word in words(each))] == []
    assert found["ok"] is True
    assert only["basis"] == {
        "className": "nvidia",
        "classFrom": str(case),
        "profile": "Balanced",
        "cluster": "none was asked: a new one is assumed, that serves every optional kind",
    }


def words(entry: dict[str, Any]) -> list[str]:
    """What of an entry a reader of the text must find; the source of a value is told by the reason."""
    return [str(value) for key, value in entry.items() if key != "source" and value is not None]


def test_one_of_several_servers(file: Path) -> None:
    write(file, server("one", className="small"), server("two", className="small"), server_class())
    everything = json.loads(plan("-f", file, "-o", "json").stdout)
    assert [each["name"] for each in everything["servers"]] == ["one", "two"]
    assert [each["name"] for each in everything["classes"]] == ["small"]
    only = json.loads(plan("-f", file, "--name", "two", "-o", "json").stdout)
    assert [each["name"] for each in only["servers"]] == ["two"]
    missing = plan("-f", file, "--name", "three")
    assert missing.exit_code == 2
    assert "No ModelServer of the files is called three; there are: one, two." in missing.stderr


def test_what_is_refused_is_told_beside_what_is_not(file: Path) -> None:
    options = {"arguments": {"x": "1"}}
    write(file, server("good", className="small"), server("bad", className="small", engine=options), server_class())
    result = plan("-f", file)
    assert result.exit_code == 1
    assert "refused: spec.engine.arguments.x: Class small does not allow x" in result.stdout
    assert result.stdout.endswith("Not as it is: bad is refused.\n")
    good, bad = json.loads(plan("-f", file, "-o", "json").stdout)["servers"]
    assert good["engineArguments"]
    assert (bad["problems"][0]["field"], bad["engineArguments"]) == ("spec.engine.arguments.x", [])


def test_a_class_that_makes_no_sense(file: Path) -> None:
    result = plan("-f", write(file, server_class(engine={"arguments": {"port": "1"}})))
    assert result.exit_code == 1
    assert "refused: spec.engine.arguments" in result.stdout


def test_a_class_that_stands_in_is_named(file: Path) -> None:
    (told,) = json.loads(plan("-f", write(file, server(className="h100")), "-o", "json").stdout)["servers"]
    assert told["notes"][0].startswith(
        "No class is in the files, so the built-in class local, a processor, stands in for h100"
    )
    (told,) = json.loads(plan("-f", write(file, server(className="local")), "-o", "json").stdout)["servers"]
    assert not [note for note in told["notes"] if "stands in for" in note]


def test_another_version_of_ours_is_refused(file: Path) -> None:
    write(file, server_class(), server() | {"apiVersion": "modelserver.dev/v1beta1"})
    result = CliRunner().invoke(main, ["validate", str(file)])
    assert result.exit_code == 1
    assert "apiVersion: " in result.stdout
    assert "modelserver.dev/v1alpha1" in result.stdout


def test_a_document_without_a_name_is_called_by_its_file(file: Path) -> None:
    result = plan("-f", write(file, server() | {"metadata": {}}))
    assert result.exit_code == 1
    assert result.stdout.endswith(f"Not as it is: {file} is refused.\n")


def test_what_is_not_ours_is_named(file: Path) -> None:
    write(file, server(), {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}})
    assert f"Skipped, for it is not ours: {file}: Namespace team" in plan("-f", file).stdout


@pytest.mark.parametrize(
    ("color", "escapes"), [({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)]
)
def test_colour_only_where_it_is_wanted(
    file: Path, monkeypatch: pytest.MonkeyPatch, color: dict[str, str], escapes: bool
) -> None:
    assert "\x1b[" not in plan("-f", write(file, server())).stdout
    for name, value in ({"TERM": "xterm-256color"} | color).items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[3" in plan("-f", file).stdout) == escapes
