"""`modelserver completion`: scripts that real shells take, and that complete the command's words."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from tests.unit.cli.test_connection import config

from modelserver_operator.cli import connection, main
from modelserver_operator.cli.status import status

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


@pytest.mark.parametrize("listens", [False, True])
def test_a_tab_does_not_wait_for_a_cluster_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listens: bool
) -> None:
    """Somebody listens there and says nothing, for which other commands would here wait an hour, or nobody does."""
    monkeypatch.setattr(connection, "DEADLINE_SECONDS", 3600.0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        if not listens:
            listener.close()
        context = click.Context(status)
        context.params = {"kubeconfig": config(tmp_path, address), "kube_context": None, "namespace": None}
        assert [each.value for each in status.params[0].shell_complete(context, "")] == []


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
