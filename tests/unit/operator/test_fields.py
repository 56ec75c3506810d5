"""Which fields deviate: on objects that a real API server has stored, each beside the manifest that was applied."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelserver_operator.fields import deviations, owns_beyond, same, spelled, writer

OURS = "modelserver-operator"
SCALER = "modelserver-operator-replicas"
FILES = sorted((Path(__file__).parent / "applied").glob("*.yaml"))
IMAGE = ("f:spec", "f:template", "f:spec", "f:containers", 'k:{"name":"runtime"}', "f:image")
REPLICAS = ("f:spec", "f:replicas")

Manifest = dict[str, Any]


def stored(name: str) -> tuple[Manifest, Manifest]:
    """What was applied, and what the API server then gave."""
    wish, live = copy.deepcopy(_read(name))
    return wish, live


@cache
def _read(name: str) -> list[Manifest]:
    return list(yaml.safe_load_all((Path(__file__).parent / "applied" / f"{name}.yaml").read_text()))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all values that hold no others."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [leaf for key, each in items for leaf in leaves(each, (*path, key))]
    yield from below or [path]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def applied_fields(live: Manifest, manager: str) -> Manifest:
    (entry,) = (each for each in live["metadata"]["managedFields"] if each["manager"] == manager)
    fields: Manifest = entry["fieldsV1"]
    return fields


def test_there_is_one_for_every_kind_that_is_applied() -> None:
    kinds = {stored(file.stem)[0]["kind"] for file in FILES}
    assert len(kinds) == 10, kinds


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_was_applied_is_in_force(file: Path) -> None:
    wish, live = stored(file.stem)
    assert deviations(wish, live, OURS) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_value_may_differ(file: Path) -> None:
    wish, _ = stored(file.stem)
    identity = ("apiVersion", "kind", "name", "namespace")
    for leaf in [leaf for leaf in leaves(wish) if leaf[0] not in identity and leaf[:2] not in NAMES]:
        _, live = stored(file.stem)
        wished = copy.deepcopy(wish)
        at(wished, leaf[:-1])[leaf[-1]] = "another"
        assert deviations(wished, live, OURS), leaf


NAMES = (("metadata", "name"), ("metadata", "namespace"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_field_must_be_ours(file: Path) -> None:
    """Somebody has taken a field over: its value may have been changed, and changed back."""
    wish, live = stored(file.stem)
    for leaf in [leaf for leaf in leaves(applied_fields(live, OURS)) if leaf[-1] != "."]:
        _, taken = stored(file.stem)
        give_away(taken, leaf)
        assert deviations(wish, taken, OURS), leaf


def give_away(live: Manifest, leaf: tuple[str, ...]) -> None:
    """Make a field another manager's, as the API server does: it leaves no empty trees behind."""
    live["metadata"]["managedFields"].append(entry("kubectl", tree(leaf, {})))
    fields = applied_fields(live, OURS)
    del at(fields, leaf[:-1])[leaf[-1]]
    for length in range(len(leaf) - 1, 0, -1):
        if not at(fields, leaf[:length]):
            del at(fields, leaf[: length - 1])[leaf[length - 1]]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_field_that_is_no_longer_wished_for_is_not_as_wished(file: Path) -> None:
    wish, live = stored(file.stem)
    applied_fields(live, OURS).setdefault("f:metadata", {}).setdefault("f:annotations", {})["f:old"] = {}
    (path,) = deviations(wish, live, OURS)
    assert path[:2] == ("f:metadata", "f:annotations")
    del wish["metadata"]["labels"]
    assert ("f:metadata", "f:labels") in deviations(wish, live, OURS)


def test_what_others_add_is_theirs() -> None:
    wish, live = stored("deployment")
    live["metadata"]["labels"]["team"] = "a"
    live["spec"]["template"]["spec"]["containers"].append({"name": "sidecar", "image": "i"})
    more = {"f:metadata": {"f:labels": {"f:team": {}}}, **tree(IMAGE[:-2], {'k:{"name":"sidecar"}': {}})}
    live["metadata"]["managedFields"].append({"manager": "kubectl", "operation": "Update", "fieldsV1": more})
    assert deviations(wish, live, OURS) == []


def tree(path: tuple[str, ...], below: Manifest) -> Manifest:
    return {path[0]: tree(path[1:], below)} if path else below


def test_the_paths_say_what_differs() -> None:
    wish, live = stored("deployment")
    live["spec"]["template"]["spec"]["containers"][0]["image"] = "other"
    live["metadata"]["labels"].pop("app.kubernetes.io/managed-by")
    assert sorted(map(spelled, deviations(wish, live, OURS))) == [
        "metadata.labels.app.kubernetes.io/managed-by",
        "spec.template.spec.containers[runtime].image",
    ]


def test_a_missing_item_of_a_list_differs() -> None:
    wish, live = stored("deployment")
    live["spec"]["template"]["spec"]["containers"][0]["env"].pop(0)
    (path,) = deviations(wish, live, OURS)[:1]
    assert "containers[runtime].env[" in spelled(path)


def test_a_new_item_of_a_list_differs() -> None:
    wish, live = stored("deployment")
    wish["spec"]["template"]["spec"]["containers"][0]["env"].append({"name": "NEW", "value": "1"})
    (path,) = deviations(wish, live, OURS)
    assert path[:5] == IMAGE[:5]


def test_the_replicas_are_another_managers() -> None:
    wish, live = stored("deployment")
    scale = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": wish["metadata"], "spec": {"replicas": 1}}
    scale["metadata"] = {key: scale["metadata"][key] for key in ("name", "namespace")}
    assert deviations(scale, live, SCALER) == []
    live["spec"]["replicas"] = 3
    assert deviations(scale, live, SCALER) == [REPLICAS]
    assert deviations(wish, live, OURS) == []


def test_never_applied_by_us() -> None:
    wish, live = stored("service")
    del live["metadata"]["managedFields"]
    assert deviations(wish, live, OURS)


@pytest.mark.parametrize(
    ("wish", "live", "expected"),
    [
        ("1Gi", "1Gi", True),
        ("1024Mi", "1Gi", True),
        ("0.5", "500m", True),
        ("1Gi", "1G", False),
        ("1x", "1x", True),
        ("1x", "1y", False),
        (1, True, True),  # Python's own; no field is both
        (1, 2, False),
        (0, None, True),
        (False, None, True),
        ({}, None, True),
        ([], None, True),
        ("a", None, False),
        ({"a": 1}, {"a": 1, "defaulted": 2}, True),
        ({"a": 1}, {"b": 1}, False),
        ([{"a": 1}], [{"a": 1, "defaulted": 2}], True),
        ([1, 2], [2, 1], False),
        ([1], [1, 2], False),
    ],
)
def test_same(wish: Any, live: Any, expected: bool) -> None:
    assert same(wish, live) is expected


def entry(manager: str, fields: Manifest, **more: Any) -> Manifest:
    return {"manager": manager, "operation": "Update", "fieldsV1": fields} | more


def test_the_writer_of_a_field_is_the_last_one_that_is_not_us() -> None:
    image = tree(IMAGE, {})
    live = {
        "metadata": {
            "managedFields": [
                entry(OURS, image, time="2026-01-04T00:00:00Z"),
                entry("first", image, time="2026-01-01T00:00:00Z"),
                entry("last", tree(IMAGE[:4], {}), time="2026-01-02T00:00:00Z"),
                entry("another", tree(REPLICAS, {}), time="2026-01-03T00:00:00Z"),
            ]
        }
    }
    assert writer(live, IMAGE, but=(OURS,)) == "last"
    assert writer(live, ("f:metadata", "f:labels"), but=(OURS,)) == ""


def test_who_owns_more_than_one_field() -> None:
    _, live = stored("deployment")
    assert not owns_beyond(live, SCALER, REPLICAS)
    assert owns_beyond(live, OURS, REPLICAS)
    assert not owns_beyond(live, "kubectl", REPLICAS)
