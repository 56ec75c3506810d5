"""Which ModelServers and classes are found in files, and that no other class judges than the one that was meant."""

from __future__ import annotations

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


def test_a_class_file_without_a_class_is_no_licence_for_the_built_in_one(tmp_path: Path) -> None:
    other = write(tmp_path / "other.yaml", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}})
    with pytest.raises(Malformed, match=r"other\.yaml: holds no ModelServerClass, which --class-file is for"):
        catalog([write(tmp_path / "demo.yaml", server(className="small"))], [other], None)


def test_a_file_that_is_given_twice_is_read_once(tmp_path: Path) -> None:
    file = write(tmp_path / "demo.yaml", server(className="small"), server_class())
    found = catalog([file, file], [file], None)
    assert [(each.document.name, each.class_name) for each in found.verdicts] == [("demo", "small"), ("small", "")]
