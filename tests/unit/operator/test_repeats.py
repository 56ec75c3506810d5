"""A ModelServer that stands more than once in the given files: one cluster has no room for it, several may have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from tests.crd_cases import server, server_class

from modelserver_operator.cli import main
from modelserver_operator.cli.catalog import Catalog, catalog
from modelserver_operator.cli.repeats import for_any_clusters, for_one_cluster


def write(path: Path, *manifests: dict[str, Any]) -> Path:
    """The manifests as documents of a file."""
    path.write_text(yaml.safe_dump_all(manifests), encoding="utf-8")
    return path


def invoke(*arguments: str | Path) -> Result:
    """The command line, in this process."""
    return CliRunner().invoke(main, [str(each) for each in arguments])


def placed(namespace: str) -> dict[str, Any]:
    """The server, where it says itself that it is."""
    return server() | {"metadata": {**server()["metadata"], "namespace": namespace}}


def refused(found: Catalog) -> list[str]:
    """The files whose ModelServers are."""
    return [Path(each.document.place).stem for each in found.refused]


def test_one_cluster_refuses_both_at_both_places(tmp_path: Path) -> None:
    """Without a namespace it is in the default one; another namespace has another server of this name."""
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("\n---\n".join(map(json.dumps, (server("other"), server(), placed("team")))), encoding="utf-8")
    second.write_text(
        f"kind: List\napiVersion: v1\nitems:\n- {json.dumps(server('last'))}\n- {json.dumps(placed('default'))}\n",
        encoding="utf-8",
    )
    found = for_one_cluster(catalog([first, second], [], None))
    says = f"namespace default has room for one of this name, which stands twice: at {first}:3 and {second}:5"
    told = [(each.document.place, each.document.name, *map(str, each.problems)) for each in found.refused]
    assert told == [(str(file), "demo", f"metadata.name: {says}") for file in (first, second)]
    assert [(each.name, each.namespace) for each in found.resolved] == [
        ("other", "default"),
        ("demo", "team"),
        ("last", "default"),
    ]


def test_several_clusters_have_room_for_one_of_each_file(tmp_path: Path) -> None:
    once, twice = write(tmp_path / "once.yaml", server()), write(tmp_path / "twice.yaml", server(), server())
    found = catalog([once, twice], [], None)
    assert (refused(for_one_cluster(found)), refused(for_any_clusters(found))) == (
        ["once", "twice", "twice"],
        ["twice", "twice"],
    )


def test_a_server_beside_the_shared_class_counts(tmp_path: Path) -> None:
    shared = write(tmp_path / "shared.yaml", server_class(), server(className="small"))
    found = catalog([write(tmp_path / "demo.yaml", server(className="small"))], [shared], None)
    assert (refused(for_one_cluster(found)), refused(for_any_clusters(found))) == (["demo", "shared"], [])


def test_the_namespace_of_the_command_line_may_make_two_the_same(tmp_path: Path) -> None:
    file = write(tmp_path / "demo.yaml", server(), placed("team"))
    assert [refused(for_any_clusters(catalog([file], [], given))) != [] for given in (None, "team")] == [False, True]


def test_three_of_them_are_counted(tmp_path: Path) -> None:
    file = write(tmp_path / "demo.yaml", server(), server(className="no"), server())
    (problem, *_) = for_any_clusters(catalog([file], [], None)).refused[0].problems
    assert "stands 3 times: at " in problem.message


@pytest.mark.parametrize("command", [["plan", "-f"], ["render", "-f"], ["run", "-f"]])
def test_what_is_for_one_cluster_refuses_files_for_two(command: list[str], tmp_path: Path) -> None:
    first, second = (write(tmp_path / f"{name}.yaml", server()) for name in ("first", "second"))
    result = invoke(*command, first, second)
    assert result.exit_code == 1
    assert f"stands twice: at {first}:1 and {second}:1" in result.output


def test_validate_takes_the_files_of_two_clusters_and_says_so(tmp_path: Path) -> None:
    first, second = (write(tmp_path / f"{name}.yaml", server()) for name in ("first", "second"))
    result = invoke("validate", first, second)
    assert (result.exit_code, result.stdout.count(": valid")) == (0, 2), result.output
    note = f"ModelServer demo stands twice: at {first}:1 and {second}:1: one cluster has room for one of them"
    assert [line for line in result.stderr.splitlines() if "twice" in line] == [f"note: {first}: {note}"]


def test_validate_refuses_one_that_stands_twice_in_a_file(tmp_path: Path) -> None:
    file = write(tmp_path / "demo.yaml", server(), server())
    result = invoke("validate", file)
    assert result.exit_code == 1
    assert result.stdout.count("metadata.name: namespace default has room for one of this name") == 2
