"""Every command takes its files with -f and without."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from tests.crd_cases import server, server_class

from modelserver_operator.cli import main


@pytest.mark.parametrize("command", ["render", "validate"])
def test_with_f_and_without(command: str, tmp_path: Path) -> None:
    files = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    for file in files:
        file.write_text(yaml.safe_dump_all([server(file.stem, className="small"), server_class()]), encoding="utf-8")
    one, two = map(str, files)
    printed = {
        CliRunner().invoke(main, [command, *words]).stdout for words in (["-f", one, two], ["-f", one, "-f", two])
    }
    assert len(printed) == 1
    assert "two" in printed.pop()


@pytest.mark.parametrize("command", ["render", "run", "validate"])
def test_without_any_file(command: str) -> None:
    result = CliRunner().invoke(main, [command])
    assert result.exit_code == 2
    assert "Missing the files to read: -f FILE." in result.stderr


@pytest.mark.parametrize("words", [["validate"], ["render", "-f"]])
def test_a_folder_is_told_how_its_files_are_named(words: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(main, [*words, str(tmp_path)])
    assert result.exit_code == 2
    assert f"{tmp_path} is a folder: name its files, such as {tmp_path}/*.yaml" in result.stderr


@pytest.mark.parametrize("words", [[], ["validate"], ["status"]])
def test_help_is_asked_for_as_of_kubectl(words: list[str]) -> None:
    short, long = (CliRunner().invoke(main, [*words, name]) for name in ("-h", "--help"))
    assert (short.exit_code, short.stdout) == (0, long.stdout)
    assert short.stdout.startswith("Usage:")
