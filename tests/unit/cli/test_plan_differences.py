"""How `plan` tells two objects apart, and what kubectl would make of the one."""

from __future__ import annotations

from typing import Any

import pytest

from modelserver_operator.cli.plan.contents import Difference
from modelserver_operator.cli.plan.differences import differences, unified
from modelserver_operator.cli.plan.kubectl import three_way


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"engine": {"dtype": "auto"}}, {"engine": {"dtype": "float16"}}, [("engine.dtype", "auto", "float16")]),
        ({}, {"auth": {"keysPath": "/keys"}}, [("auth", None, {"keysPath": "/keys"})]),
        ({"auth": {"keysPath": "/keys"}}, {}, [("auth", {"keysPath": "/keys"}, None)]),
        (
            {"containers": [{"name": "runtime", "image": "a"}]},
            {"containers": [{"name": "runtime", "image": "b"}]},
            [("containers[runtime].image", "a", "b")],
        ),
        ({"args": ["a"]}, {"args": ["a", "b"]}, [("args", ["a"], ["a", "b"])]),
        (
            {"variants": [{"name": "gay", "phase": "all"}]},
            {"variants": []},
            [("variants", [{"name": "gay", "phase": "all"}], [])],
        ),
    ],
)
def test_values_by_their_fields(before: Any, after: Any, found: list[tuple[str, Any, Any]]) -> None:
    assert list(differences(before, after)) == [Difference(*each) for each in found]


def test_the_text_leaves_out_what_the_api_server_counts() -> None:
    metadata = {"name": "demo", "resourceVersion": "1", "managedFields": [], "generation": 1, "uid": "x"}
    now = {"kind": "Service", "metadata": metadata, "spec": {"type": "ClusterIP"}, "status": {"loadBalancer": {}}}
    then = now | {"metadata": metadata | {"resourceVersion": "2", "generation": 2}, "status": {}}
    assert unified(now, then) == ""
    changed = unified(now, then | {"spec": {"type": "NodePort"}}).splitlines()
    assert changed[:2] == ["--- now", "+++ then"]
    assert changed[-2:] == ["-  type: ClusterIP", "+  type: NodePort"]


def test_the_order_of_keys_is_no_difference() -> None:
    """What is listed has its kind put behind the rest, where an apply answers with the kind first."""
    listed = {
        "metadata": {"name": "demo", "labels": {"b": "1", "a": "1"}},
        "data": {"live.yaml": "a: 1\n"},
        "apiVersion": "v1",
        "kind": "ConfigMap",
    }
    answered = {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {"labels": {"a": "1", "b": "1"}, "name": "demo"},
        "data": {"live.yaml": "a: 1\n"},
    }
    assert unified(listed, answered) == ""
    changed = unified(listed, answered | {"data": {"live.yaml": "a: 2\n"}}).splitlines()[3:]
    assert [line for line in changed if not line.startswith(" ")] == ["-    a: 1", "+    a: 2"]


@pytest.mark.parametrize(
    ("original", "wanted", "live", "merged"),
    [
        ({"a": 1}, {}, {"a": 1, "b": 2}, {"b": 2}),
        ({"a": 1}, {"a": 2}, {"a": 1, "b": 2}, {"a": 2, "b": 2}),
        ({}, {"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}),
        ({"a": {"x": 1, "y": 1}}, {"a": {"x": 1}}, {"a": {"x": 1, "y": 1, "z": 1}}, {"a": {"x": 1, "z": 1}}),
        ({"a": [1]}, {"a": [2]}, {"a": [1, 3]}, {"a": [2]}),
        ({"a": 1}, {"a": {"x": 1}}, {"a": 1}, {"a": {"x": 1}}),
    ],
)
def test_three_ways_as_kubectl_merges_them(
    original: dict[str, Any], wanted: dict[str, Any], live: dict[str, Any], merged: dict[str, Any]
) -> None:
    assert three_way(original, wanted, live) == merged
