"""Engine options: what class and ModelServer say of them, and every refusal with its field."""

from __future__ import annotations

from typing import Any

import pytest
from tests.crd_cases import VECTORS
from tests.unit.operator.resolving import allowing, cuda, refused, resolved

from modelserver_operator.api import Reason
from modelserver_operator.resolve.options import CPU_OPTIONS, OWN_OPTIONS, STEERING_OPTIONS
from modelserver_runtime import engine_arguments


@pytest.mark.parametrize(
    ("of_class", "size"),
    [
        ({}, "1073741824"),
        ({"resources": {"memory": "16Gi"}}, "4294967296"),
        ({"resources": {"memory": "2G"}}, "500000000"),
        ({"resources": {"memory": 4000}}, "1000"),
        ({"engine": {"arguments": {"kv-cache-memory-bytes": "5"}}, "resources": {"memory": "16Gi"}}, "5"),
        (cuda() | {"resources": {"memory": "16Gi"}}, None),
    ],
)
def test_the_cache_of_a_cpu_fits_the_pod(of_class: dict[str, Any], size: str | None) -> None:
    argument = resolved({}, of_class).engine.arguments.get("kv-cache-memory-bytes")
    assert (argument and argument.value) == size


ARGUMENTS = "spec.engine.arguments"


@pytest.mark.parametrize(
    ("spec", "of_class", "reason", "says", "field"),
    [
        ({}, {"allowed": {"namespaces": ["other"]}}, Reason.FORBIDDEN_BY_CLASS, "namespace team", "spec.className"),
        (
            {},
            {"allowed": {"sources": ["Image"]}},
            Reason.FORBIDDEN_BY_CLASS,
            "models from Image",
            "spec.model.persistentVolumeClaim",
        ),
        (
            {"engine": {"arguments": {"block-size": "32"}}},
            {},
            Reason.FORBIDDEN_BY_CLASS,
            "does not allow block-size; it allows none",
            f"{ARGUMENTS}.block-size",
        ),
        (
            {"engine": {"arguments": {"block-size": "32; rm"}}},
            allowing(block_size="[0-9]+"),
            Reason.FORBIDDEN_BY_CLASS,
            "only as [0-9]+",
            f"{ARGUMENTS}.block-size",
        ),
        (
            {"engine": {"arguments": {"seed": "1"}}},
            allowing(seed=".*"),
            Reason.FORBIDDEN_BY_CLASS,
            "fixes seed",
            f"{ARGUMENTS}.seed",
        ),
        (
            {"engine": {"arguments": {"no-seed": ""}}},
            allowing(no_seed=".*"),
            Reason.FORBIDDEN_BY_CLASS,
            "fixes seed",
            f"{ARGUMENTS}.no-seed",
        ),
        (
            {"engine": {"arguments": {"max-model-len": "9"}}},
            allowing(max_model_len=".*"),
            Reason.FORBIDDEN_BY_CLASS,
            "set by spec.engine.maxContextTokens",
            f"{ARGUMENTS}.max-model-len",
        ),
        (
            {"engine": {"arguments": {"no-enable-chunked-prefill": ""}}},
            allowing(no_enable_chunked_prefill=".*"),
            Reason.FORBIDDEN_BY_CLASS,
            "is fixed on CPU",
            f"{ARGUMENTS}.no-enable-chunked-prefill",
        ),
        ({}, {"engine": {"arguments": {"port": "1"}}}, Reason.CLASS_INVALID, "option port, which", "spec.className"),
        ({}, allowing(seed="["), Reason.CLASS_INVALID, "cannot be read", "spec.className"),
        (
            {"engine": {"dtype": "Bfloat16"}},
            cuda("7.5"),
            Reason.FORBIDDEN_BY_CLASS,
            "set spec.engine.dtype to Auto or Float16",
            "spec.engine.dtype",
        ),
        (
            {"rollout": {"drainSeconds": 60}},
            {},
            Reason.SPEC_INVALID,
            "at least 330",
            "spec.rollout.drainSeconds",
        ),
    ],
)
def test_refusals(*, spec: dict[str, Any], of_class: dict[str, Any], reason: Reason, says: str, field: str) -> None:
    refusal = refused(spec, of_class)
    assert (refusal.reason, refusal.field) == (reason, field)
    assert says in refusal.message


def test_the_runtime_and_the_operator_refuse_the_same_options() -> None:
    assert engine_arguments.OWNED.keys() == OWN_OPTIONS.keys()
    assert {option.removeprefix("no-") for option in engine_arguments.CPU_OWNED} == CPU_OPTIONS.keys()


def test_what_brings_steering_into_the_engine_is_nobodys_with_vectors() -> None:
    assert engine_arguments.STEERING_OWNED.keys() == STEERING_OPTIONS
    vectors = {"emotions": {"vectors": VECTORS}}
    for option in STEERING_OPTIONS:
        allows, fixes = allowing(**{option: ".*"}), {"engine": {"arguments": {option: "x"}}}
        asked = {"engine": {"arguments": {option: "x"}}}
        assert refused(vectors | asked, allows).field == f"spec.engine.arguments.{option}"
        assert refused(vectors, fixes).field == "spec.emotions.vectors"
        assert "fixed by class small" in refused(vectors, fixes).message
        assert option in resolved(asked, allows).engine.arguments
        assert option in resolved({}, fixes).engine.arguments


def test_an_option_that_is_fixed_on_cpu_is_free_on_accelerators() -> None:
    free = cuda() | {"engine": {"allowedArguments": [{"name": "enable-chunked-prefill"}]}}
    assert (
        "enable-chunked-prefill"
        in resolved({"engine": {"arguments": {"enable-chunked-prefill": ""}}}, free).engine.arguments
    )
