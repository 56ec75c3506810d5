"""`modelserver completion`: scripts that real shells take, and that complete the command's words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from modelserver_operator.cli import main

PROGRAM = Path(sys.executable).parent / "modelserver"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_each_shell(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0, result.output
    assert f"_MODELSERVER_COMPLETE={shell}_complete" in result.stdout


def test_another_shell_is_a_wrong_command_line() -> None:
    result = CliRunner().invoke(main, ["completion", "cmd"])
    assert result.exit_code == 2
    assert "'cmd' is not one of 'bash', 'zsh', 'fish'" in result.stderr


def test_bash_completes_commands_and_options() -> None:
    """bash itself reads the script and asks for what can follow."""
    script = (
        "source <(modelserver completion bash)\n"
        "completed() { COMPREPLY=(); _modelserver_completion modelserver; echo ${COMPREPLY[@]}; }\n"
        "COMP_WORDS=(modelserver st); COMP_CWORD=1; completed\n"
        "COMP_WORDS=(modelserver status --w); COMP_CWORD=2; completed\n"
    )
    path = f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script], env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["status", "--watch"], done.stderr
