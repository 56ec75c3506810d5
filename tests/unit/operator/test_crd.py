"""The CRDs: what the API server and `kubectl explain` make of them, as far as that can be told without one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from modelserver_operator.api import ModelServer, ModelServerClass
from modelserver_operator.api.crd import crds, modelservers
from modelserver_operator.cli import main

KINDS: dict[str, type[ModelServer] | type[ModelServerClass]] = {
    "ModelServer": ModelServer,
    "ModelServerClass": ModelServerClass,
}
CRDS = Path(__file__).parents[3] / "crds"
FORBIDDEN = {"$ref", "$defs", "title", "nullable", "const", "propertyNames", "patternProperties", "uniqueItems"}


def schemas(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema inside a schema, with its path."""
    yield path, schema
    for name, each in schema.get("properties", {}).items():
        yield from schemas(each, f"{path}.{name}".removeprefix("."))
    for key, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if key in schema:
            yield from schemas(schema[key], path + mark)


def fields() -> list[tuple[str, str, dict[str, Any]]]:
    """(kind, path, schema) of every field of both kinds, except those that are Kubernetes' own."""
    own = ("metadata.name", "metadata", "apiVersion", "kind", "")
    return [
        (crd["spec"]["names"]["kind"], path, schema)
        for crd in crds()
        for path, schema in schemas(crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
        if path not in own
    ]


def test_every_field_is_described_by_a_sentence_that_begins_with_its_name() -> None:
    named = [(path, schema) for _, path, schema in fields() if path[-1] not in "]}"]
    assert named
    for path, schema in named:
        name, description = path.rpartition(".")[2], schema.get("description", "")
        assert description.split(" ")[0] == name, f"{path}: {description!r}"
        assert description.endswith("."), path


@pytest.mark.parametrize(
    ("kind", "bounds"),
    [
        ("string", ("maxLength", "enum")),
        ("array", ("maxItems",)),
        ("integer", ("minimum",)),
        ("number", ("minimum",)),
    ],
)
def test_every_field_is_bounded(kind: str, bounds: tuple[str, ...]) -> None:
    of_kind = [(path, schema) for _, path, schema in fields() if schema.get("type") == kind]
    assert of_kind
    assert [path for path, schema in of_kind if not any(bound in schema for bound in bounds)] == []


def test_every_number_of_a_spec_has_an_upper_bound() -> None:
    numbers = [(p, s) for _, p, s in fields() if s.get("type") in ("integer", "number") and p.startswith("spec")]
    assert [path for path, schema in numbers if "maximum" not in schema] == []


def test_every_bound_is_a_whole_number() -> None:
    """The API server cuts off a bound's fraction where the value is whole: 0 would pass a minimum of 0.01."""
    bounds = [schema[word] for _, _, schema in fields() for word in ("minimum", "maximum") if word in schema]
    assert bounds
    assert [bound for bound in bounds if bound != int(bound)] == []


def test_every_map_is_bounded() -> None:
    maps = [(path, schema) for _, path, schema in fields() if "additionalProperties" in schema]
    assert maps
    assert [path for path, schema in maps if "maxProperties" not in schema] == []


def test_every_list_says_how_it_is_merged() -> None:
    lists = [(path, schema) for _, path, schema in fields() if schema.get("type") == "array"]
    assert [path for path, schema in lists if "x-kubernetes-list-type" not in schema] == []


def test_schemas_are_structural() -> None:
    assert [path for _, path, schema in fields() if FORBIDDEN & set(schema)] == []
    assert [path for _, path, schema in fields() if {"properties", "additionalProperties"} <= set(schema)] == []
    typed = [schema for _, _, schema in fields() if "x-kubernetes-int-or-string" not in schema]
    assert all("type" in schema for schema in typed)


def test_every_enum_is_camel_case() -> None:
    """Words such as on, off, yes and no are booleans to YAML."""
    status_of_a_condition = "status.conditions[].status"
    words = [word for _, path, s in fields() if path != status_of_a_condition for word in s.get("enum", ())]
    assert words
    assert [word for word in words if not word[:1].isupper() and word != "vLLM"] == []
    assert [word for word in words if yaml.safe_load(word) != word] == []


def test_what_a_profile_fills_has_no_default() -> None:
    defaults = {path: s["default"] for kind, path, s in fields() if kind == "ModelServer" and "default" in s}
    assert defaults == {
        "spec.className": "default",
        "spec.profile": "Balanced",
        "spec.model.huggingFace.revision": "main",
        "spec.accelerators.count": 1,
        "spec.autoscaling.minReplicas": 1,
        "spec.autoscaling.scaleDownWindowSeconds": 300,
        "spec.autoscaling.metricsSource": "Auto",
        "spec.cache.accessMode": "ReadWriteOnce",
        "spec.cache.whenDeleted": "Delete",
        "spec.monitoring.serviceMonitor": "Auto",
        "spec.monitoring.alerts": "Auto",
        "spec.paused": False,
        "spec.emotions.default.phase": "All",
        "spec.emotions.variants[].phase": "All",
        "spec.replicas": 1,
        "spec.rollout.strategy": "Auto",
    }


def test_each_crd_is_small() -> None:
    """In bytes of compact JSON; kubectl's annotation, etcd and every client's discovery carry them."""
    sizes = {crd["metadata"]["name"]: len(json.dumps(crd, separators=(",", ":"))) for crd in crds()}
    print(sizes)
    assert all(size < 32 * 1024 for size in sizes.values()), sizes


def test_columns() -> None:
    (version,) = modelservers()["spec"]["versions"]
    columns = version["additionalPrinterColumns"]
    assert [each["name"] for each in columns if not each.get("priority")] == ["Ready", "Model", "Replicas", "Age"]
    assert [each["name"] for each in columns if each.get("priority")] == ["Reason", "URL"]


def test_the_folder_holds_what_the_command_writes(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["crd", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    written = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_text(encoding="utf-8") for path in CRDS.iterdir()}


def test_the_command_prints_both() -> None:
    result = CliRunner().invoke(main, ["crd"])
    assert list(yaml.safe_load_all(result.stdout)) == crds()
