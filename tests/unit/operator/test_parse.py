"""What a person reads who has made a mistake, and what an operator ignores that has not made it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.crd_cases import MODEL, VECTORS, server

from modelserver_operator.api import InvalidObject, ModelServer


def problems(manifest: dict[str, Any], *, strict: bool = True) -> list[str]:
    """The problems of a manifest as text."""
    with pytest.raises(InvalidObject) as refusal:
        ModelServer.parse(manifest, strict=strict)
    return [str(problem) for problem in refusal.value.problems]


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"modle": MODEL}, "spec.modle: unknown key; did you mean model?"),
        ({"engine": {"maxSequence": 4}}, "spec.engine.maxSequence: unknown key; did you mean maxSequences?"),
        (
            {"emotions": {"vectors": VECTORS, "variants": [{"name": "a", "mix": [], "fase": "All"}]}},
            "spec.emotions.variants[0].fase: unknown key; did you mean phase?",
        ),
        ({"zzz": 1}, "spec.zzz: unknown key; known are accelerators, admission, auth,"),
    ],
)
def test_an_unknown_key_names_the_nearest_known_one(spec: dict[str, Any], problem: str) -> None:
    assert problems(server(**spec))[0].startswith(problem)


def test_the_operator_ignores_unknown_keys() -> None:
    manifest = server(engine={"newThing": 1, "maxSequences": 4}, later={})
    parsed = ModelServer.parse(manifest, strict=False)
    assert parsed.spec.engine is not None
    assert parsed.spec.engine.max_sequences == 4


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"engine": {"dtype": "float"}}, "must be 'Auto', 'Bfloat16', 'Float16' or 'Float32', not 'float'"),
        ({"engine": {"maxSequences": "8"}}, "spec.engine.maxSequences: must be a valid integer, not '8'"),
        ({"replicas": -1}, "spec.replicas: must be greater than or equal to 0, not -1"),
        ({"engine": [1]}, "spec.engine: must be a mapping"),
        ({"servedNames": "demo2"}, "spec.servedNames: must be a list, not 'demo2'"),
        ({"servedNames": ["a", "a"]}, "spec.servedNames: names a more than once"),
        ({"model": {"persistentVolumeClaim": {}}}, "spec.model.persistentVolumeClaim.claimName: is required"),
    ],
)
def test_a_wrong_value_is_named_with_its_field_and_the_rule(spec: dict[str, Any], problem: str) -> None:
    assert problem in "\n".join(problems(server(**spec)))


def test_all_problems_are_told_at_once() -> None:
    found = problems(server("7b", servedNames=["7b"]))
    assert [problem.partition(":")[0] for problem in found] == ["metadata.name", "spec.servedNames"]


def test_what_the_api_server_adds_is_no_problem() -> None:
    manifest = server()
    manifest["metadata"] |= {"uid": "u", "generation": 3, "managedFields": [{}], "labels": {"a": "b"}}
    manifest["status"] = {"conditions": [{"type": "Ready"}]}
    parsed = ModelServer.parse(manifest, strict=True)
    assert (parsed.metadata.uid, parsed.metadata.generation) == ("u", 3)


@pytest.mark.parametrize("key", ["apiVersion", "kind", "metadata", "spec"])
def test_nothing_of_an_object_may_be_missing(key: str) -> None:
    assert problems({name: value for name, value in server().items() if name != key}) == [f"{key}: is required"]


def test_a_number_that_is_none_is_refused() -> None:
    mix = [{"vector": "joy", "scale": float("nan")}]
    assert "scale" in problems(server(emotions={"vectors": VECTORS, "default": {"mix": mix}}))[0]
