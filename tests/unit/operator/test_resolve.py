"""Every choice with its reason, and every refusal with its field."""

from __future__ import annotations

from typing import Any

import pytest
from tests.crd_cases import server
from tests.unit.operator.resolving import GPU, allowing, cuda, outcome, resolved

from modelserver_operator.api import InvalidObject, ModelServer, Reason
from modelserver_operator.resolve import (
    ASSUMED,
    Resolved,
    class_invalid,
    class_not_found,
    effective,
    resolve,
    spec_invalid,
)
from modelserver_operator.resolve.local import local_class
from modelserver_operator.resolve.profiles import PROFILES

HUB: dict[str, Any] = {"model": {"huggingFace": {"repo": "org/name"}}}


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


@pytest.mark.parametrize(("mode", "strategy"), [("ReadWriteOnce", "Replace"), ("ReadWriteMany", "Surge")])
def test_a_cache_of_one_node_is_left_before_it_is_taken(mode: str, strategy: str) -> None:
    spec = HUB | {"cache": {"size": "1Gi", "accessMode": mode}}
    assert resolved(spec).rollout.strategy.value == strategy


def test_a_download_has_time_of_its_own() -> None:
    without, with_download = resolved({}).rollout, resolved(HUB).rollout
    added = with_download.progress_deadline_seconds.value - without.progress_deadline_seconds.value
    assert added == 3600
    assert with_download.progress_deadline_seconds.reason.endswith(" + download 3600")


def test_what_is_taken_as_it_stands() -> None:
    found = resolved(HUB | {"cache": {"size": "1Gi"}, "paused": True})
    assert found.model.hugging_face is not None
    assert found.cache is not None
    assert found.paused
    assert (resolved({}).cache, resolved({}).expose, resolved({}).paused) == (None, None, False)


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


def test_an_allowed_namespace() -> None:
    assert isinstance(outcome({}, {"allowed": {"namespaces": ["team"]}}), Resolved)


def test_every_value_that_is_told_has_a_reason() -> None:
    told = dict(effective(resolved({"accelerators": {"count": 2}}, cuda("9.0") | allowing())))
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
