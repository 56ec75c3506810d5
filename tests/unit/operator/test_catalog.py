"""Which ModelServers and classes are found in files, and that no other class judges than the one that was meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.crd_cases import server, server_class

from modelserver_operator.cli.catalog import catalog
from modelserver_operator.cli.documents import Malformed


def write(path: Path, *manifests: dict[str, Any]) -> Path:
    """The manifests as documents of a file."""
    path.write_text(yaml.safe_dump_all(manifests), encoding="utf-8")
    return path


def listed(*items: Any) -> dict[str, Any]:
    """What `kubectl get -o yaml` prints of several objects."""
    return {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": list(items)}


def test_what_kubectl_prints_of_several_objects_is_read(tmp_path: Path) -> None:
    classes = write(tmp_path / "classes.yaml", listed(server_class(), server_class("other")))
    found = catalog([write(tmp_path / "demo.yaml", listed(server(className="small")))], [classes], None)
    assert [(each.document.name, each.class_name) for each in found.verdicts if each.resolved] == [("demo", "small")]
    assert ([each.document.name for each in found.verdicts], found.skipped) == (["demo", "small", "other"], [])


def test_a_list_of_something_else_is_malformed(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="holds a List of which an item is no manifest"):
        catalog([write(tmp_path / "demo.yaml", listed("demo"))], [], None)


def test_a_server_that_stands_twice_is_refused_at_both_places(tmp_path: Path) -> None:
    """Without a namespace it is in the default one; another namespace has another server of this name."""
    elsewhere, default = server(), server()
    elsewhere["metadata"]["namespace"], default["metadata"]["namespace"] = "team", "default"
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("\n---\n".join(map(json.dumps, (server("other"), server(), elsewhere))), encoding="utf-8")
    second.write_text(
        f"kind: List\napiVersion: v1\nitems:\n- {json.dumps(server('last'))}\n- {json.dumps(default)}\n",
        encoding="utf-8",
    )
    found = catalog([first, second], [], None)
    says = f"namespace default has room for one of this name, which stands twice: at {first}:3 and {second}:5"
    told = [(each.document.place, each.document.name, *map(str, each.problems)) for each in found.refused]
    assert told == [(str(file), "demo", f"metadata.name: {says}") for file in (first, second)]
    assert [(each.name, each.namespace) for each in found.resolved] == [
        ("other", "default"),
        ("demo", "team"),
        ("last", "default"),
    ]


def test_the_namespace_of_the_command_line_may_make_two_the_same(tmp_path: Path) -> None:
    there = server()
    there["metadata"]["namespace"] = "team"
    file = write(tmp_path / "demo.yaml", server(), there)
    assert [catalog([file], [], namespace).refused != [] for namespace in (None, "team")] == [False, True]


def test_three_of_them_are_counted(tmp_path: Path) -> None:
    file = write(tmp_path / "demo.yaml", server(), server(className="no"), server())
    (problem, *_) = catalog([file], [], None).refused[0].problems
    assert "stands 3 times: at " in problem.message


def test_a_class_file_without_a_class_is_no_licence_for_the_built_in_one(tmp_path: Path) -> None:
    other = write(tmp_path / "other.yaml", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}})
    with pytest.raises(Malformed, match=r"other\.yaml: holds no ModelServerClass, which --class-file is for"):
        catalog([write(tmp_path / "demo.yaml", server(className="small"))], [other], None)
