"""Every choice with its reason, and every refusal with its field."""

from __future__ import annotations

from typing import Any

import pytest
from tests.crd_cases import server, server_class

from modelserver_operator.api import InvalidObject, ModelServer, ModelServerClass, Reason
from modelserver_operator.resolve import (
    ASSUMED,
    Refusal,
    Resolved,
    class_invalid,
    class_not_found,
    resolve,
    spec_invalid,
)
from modelserver_operator.resolve.options import CPU_OPTIONS, OWN_OPTIONS
from modelserver_operator.resolve.local import local_class
from modelserver_operator.resolve.profiles import PROFILES
from modelserver_runtime import engine_arguments

GPU = {"resourceName": "nvidia.com/gpu"}


def outcome(spec: dict[str, Any], of_class: dict[str, Any], namespace: str = "team") -> Resolved | Refusal:
    """What comes of a ModelServer of this spec with a class of that spec."""
    manifest = server(className="small", **spec)
    manifest["metadata"]["namespace"] = namespace
    return resolve(
        ModelServer.parse(manifest, strict=True),
        ModelServerClass.parse(server_class(**of_class), strict=True),
        ASSUMED,
    )


def resolved(spec: dict[str, Any], of_class: dict[str, Any] | None = None) -> Resolved:
    """The same, where nothing is refused."""
    found = outcome(spec, of_class or {})
    assert isinstance(found, Resolved), found
    return found


def cuda(capability: str | None = None) -> dict[str, Any]:
    """A class of accelerators."""
    return {"device": "Cuda", "accelerator": GPU | ({"computeCapability": capability} if capability else {})}


@pytest.mark.parametrize(
    ("asked", "of_class", "dtype", "reason"),
    [
        ("Auto", cuda("9.0"), "bfloat16", "9.0"),
        ("Auto", cuda("8.0"), "bfloat16", "8.0"),
        ("Auto", cuda("7.5"), "float16", "7.5"),
        ("Auto", cuda("10.0"), "bfloat16", "10.0"),
        ("Auto", cuda(), "auto", "states no computeCapability"),
        ("Auto", {}, "float32", "CPU"),
        (None, cuda("7.5"), "float16", "7.5"),
        ("Bfloat16", {}, "bfloat16", "spec.engine.dtype"),
        ("Float16", cuda("9.0"), "float16", "spec.engine.dtype"),
        ("Float32", cuda("7.5"), "float32", "spec.engine.dtype"),
    ],
)
def test_dtype(asked: str | None, of_class: dict[str, Any], dtype: str, reason: str) -> None:
    chosen = resolved({"engine": {"dtype": asked}}, of_class).engine.dtype
    assert chosen.value == dtype
    assert reason in chosen.reason


@pytest.mark.parametrize(
    ("asked", "tensor", "pipeline"),
    [
        (None, 1, 1),
        ({"count": 4}, 4, 1),
        ({"count": 4, "tensorParallelSize": 2}, 2, 2),
        ({"count": 4, "pipelineParallelSize": 4}, 1, 4),
        ({"count": 6, "tensorParallelSize": 3, "pipelineParallelSize": 2}, 3, 2),
    ],
)
def test_parallelism(asked: dict[str, int] | None, tensor: int, pipeline: int) -> None:
    engine = resolved({"accelerators": asked}, cuda()).engine
    assert (engine.tensor_parallel_size.value, engine.pipeline_parallel_size.value) == (tensor, pipeline)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_fills_what_is_left_out(profile: str) -> None:
    values, found = PROFILES[profile], resolved({"profile": profile})  # type: ignore[index]  # the table's own keys
    assert found.engine.max_sequences.value == values.max_sequences
    assert found.admission.max_running.value == values.max_sequences
    assert found.admission.max_waiting.value == values.max_waiting
    assert found.admission.queue_timeout_seconds.reason == f"profile {profile}"


def test_what_is_asked_for_overrides_the_profile() -> None:
    found = resolved({"engine": {"maxSequences": 3, "maxContextTokens": 99}, "admission": {"maxWaiting": 0}})
    assert (found.engine.max_sequences.value, found.engine.max_sequences.reason) == (3, "spec.engine.maxSequences")
    assert (found.engine.max_context_tokens.value, found.admission.max_running.value) == (99, 3)
    assert (found.admission.max_waiting.value, found.admission.max_waiting.reason) == (0, "spec.admission.maxWaiting")


@pytest.mark.parametrize(
    ("asked", "of_class", "strategy"),
    [
        ("Auto", {}, "Surge"),
        ("Auto", cuda(), "Replace"),
        ("Auto", {"accelerator": GPU}, "Replace"),
        ("Surge", cuda(), "Surge"),
        ("Replace", {}, "Replace"),
    ],
)
def test_strategy(asked: str, of_class: dict[str, Any], strategy: str) -> None:
    assert resolved({"rollout": {"strategy": asked}}, of_class).rollout.strategy.value == strategy


def test_times_contain_one_another() -> None:
    times = resolved({"admission": {"queueTimeoutSeconds": 20, "requestTimeoutSeconds": 100}}).rollout
    assert times.drain_seconds.value >= 120
    assert times.grace_period_seconds.value > times.lame_duck_seconds.value + times.drain_seconds.value
    longest = times.startup_timeout_seconds.value + times.grace_period_seconds.value
    assert times.progress_deadline_seconds.value > longest


@pytest.mark.parametrize(
    ("unit", "count", "total"),
    [
        ({"cpu": 4}, 1, "4"),
        ({"cpu": 4}, 2, "8"),
        ({"cpu": "500m"}, 3, "1500m"),
        ({"cpu": "7.5"}, 2, "15"),
        ({"cpu": "0.1"}, 3, "0.3"),
        ({"cpu": "100"}, 10, "1000"),
    ],
)
def test_resources_are_for_all_units(unit: dict[str, Any], count: int, total: str) -> None:
    cpu = resolved({"accelerators": {"count": count}}, {"resources": unit}).resources.cpu
    assert cpu is not None
    assert cpu.value == total


def test_what_the_class_leaves_out_stays_out() -> None:
    resources = resolved({}).resources
    assert (resources.cpu, resources.memory, resources.ephemeral_storage) == (None, None, None)
    assert resources.shared_memory.value == "1Gi"


def allowing(**patterns: str) -> dict[str, Any]:
    """A class that fixes seed and allows these options."""
    allowed = [{"name": name.replace("_", "-"), "pattern": pattern} for name, pattern in patterns.items()]
    return {"engine": {"arguments": {"seed": "1"}, "allowedArguments": allowed}}


def test_options_of_class_and_server_are_merged() -> None:
    found = resolved({"engine": {"arguments": {"block-size": "32"}}}, allowing(block_size="[0-9]+"))
    assert {name: argument.value for name, argument in found.engine.arguments.items()} == {
        "block-size": "32",
        "kv-cache-memory-bytes": "1073741824",
        "seed": "1",
    }
    assert found.engine.arguments["seed"].reason == "fixed by class small"


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
    refusal = outcome(spec, of_class)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.field) == (reason, field)
    assert says in refusal.message


def test_the_runtime_and_the_operator_refuse_the_same_options() -> None:
    assert engine_arguments.OWNED.keys() == OWN_OPTIONS.keys()
    assert {option.removeprefix("no-") for option in engine_arguments.CPU_OWNED} == CPU_OPTIONS.keys()


def test_an_option_that_is_fixed_on_cpu_is_free_on_accelerators() -> None:
    free = cuda() | {"engine": {"allowedArguments": [{"name": "enable-chunked-prefill"}]}}
    assert (
        "enable-chunked-prefill"
        in resolved({"engine": {"arguments": {"enable-chunked-prefill": ""}}}, free).engine.arguments
    )


def test_an_allowed_namespace() -> None:
    assert isinstance(outcome({}, {"allowed": {"namespaces": ["team"]}}), Resolved)


def test_every_value_that_is_told_has_a_reason() -> None:
    told = dict(resolved({"accelerators": {"count": 2}}, cuda("9.0") | allowing()).effective())
    assert {"engine.dtype", "admission.maxWaiting", "rollout.strategy", "resources.units", "replicas"} <= set(told)
    assert told["engine.arguments.seed"].value == "1"
    assert [name for name, valued in told.items() if not valued.reason] == []


def test_names_begin_with_the_objects_own() -> None:
    assert resolved({"servedNames": ["org/model"]}).served_names == ("demo", "org/model")


def test_refusals_before_resolving_say_what_to_do() -> None:
    error = InvalidObject([])
    assert class_not_found("fast").field == "spec.className"
    assert "kubectl get modelserverclasses" in class_not_found("fast").message
    assert class_invalid("fast", error).reason == Reason.CLASS_INVALID
    with pytest.raises(InvalidObject) as found:
        ModelServer.parse(server(model={}), strict=False)
    assert spec_invalid(found.value).field == "spec.model"


def test_the_built_in_class_serves() -> None:
    assert isinstance(resolve(ModelServer.parse(server(), strict=True), local_class(), ASSUMED), Resolved)
