"""Whether a model fits, in numbers that were computed by hand."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.operator.resolving import GPU, refused, resolved

from modelserver_operator.api import Reason
from modelserver_operator.resolve import effective

SEVEN_BILLION = {
    "parameters": 7_600_000_000,
    "layers": 28,
    "hiddenSize": 3584,
    "attentionHeads": 28,
    "keyValueHeads": 4,
    "bytesPerParameter": 2,
}


def model(**facts: Any) -> dict[str, Any]:
    """A server whose model has these facts."""
    return {"model": {"persistentVolumeClaim": {"claimName": "models"}, "facts": facts}}


def cards(memory: str | None = "80Gi") -> dict[str, Any]:
    """A class of accelerators of that memory."""
    return {
        "device": "Cuda",
        "accelerator": GPU | {"computeCapability": "9.0"} | ({"memory": memory} if memory else {}),
    }


def of_memory(memory: str) -> dict[str, Any]:
    """A class of CPUs, a unit of which has so much."""
    return {"resources": {"memory": memory}}


@pytest.mark.parametrize(
    ("spec", "memory", "value", "reason"),
    [
        # 2 * 28 * 4 * 3584/28 * 2 / 2 = 28,672 bytes a token, and a step takes 6 * 3584 * 8192 * 2 + 1.75 GiB:
        # (72 GiB - 7.6 GB - 2.23 GB) / 28,672 = 2,353,447.
        (
            model(**SEVEN_BILLION) | {"accelerators": {"count": 2}},
            "80Gi",
            "fits, with maxSequences sequences of maxContextTokens at once: of the 72.0 GiB of one accelerator the "
            "weights take 7.1 GiB and a step 2.1 GiB; the KV cache has 62.8 GiB, 2,353,447 tokens, which is 574.6 "
            "times maxContextTokens",
            "spec.model.facts: 7,600,000,000 parameters of 2 bytes; 90 % of 80Gi; 28,672 bytes per token",
        ),
        # In float32 all but the weights, which are stated, takes twice as much: (72 GiB - 15.2 GB - 2.58 GB) / 114,688.
        (
            model(**SEVEN_BILLION) | {"engine": {"dtype": "Float32"}},
            "80Gi",
            "519,023 tokens",
            "114,688 bytes per token",
        ),
        # Half of the memory: (40 GiB - 15.2 GB - 2.23 GB) / 57,344 = 445,003.
        (
            model(**SEVEN_BILLION) | {"engine": {"acceleratorMemoryPercent": 50}},
            "80Gi",
            "445,003 tokens",
            "50 % of 80Gi",
        ),
        # Of two heads, four accelerators keep one each: 2 * 28 * 1 * 128 * 2.
        (
            model(**SEVEN_BILLION | {"keyValueHeads": 2}) | {"accelerators": {"count": 4}},
            "80Gi",
            "the weights take 3.5 GiB",
            "14,336 bytes per token",
        ),
        # Four bits a weight, 3.8 GB: 8.4 sequences of the 64 that are asked for.
        (
            model(**SEVEN_BILLION | {"bytesPerParameter": 0.5}),
            "8Gi",
            "fits; fewer than maxSequences sequences",
            "of 0.5 bytes",
        ),
        # 0.9 * 16 GiB - 15.2 GB is 0.2 GiB, of which a step leaves nothing.
        (
            model(**SEVEN_BILLION) | {"profile": "QualityFirst"},
            "16Gi",
            "not one sequence of maxContextTokens fits beside the weights: of the 14.4 GiB of one accelerator",
            "57,344 bytes per token",
        ),
    ],
)
def test_an_estimate(spec: dict[str, Any], memory: str, value: str, reason: str) -> None:
    fit = resolved(spec, cards(memory)).fit
    assert value in fit.value
    assert reason in fit.reason


@pytest.mark.parametrize(
    ("spec", "memory", "missing"),
    [
        (
            {},
            "80Gi",
            ", ".join(
                f"spec.model.facts.{name}"
                for name in (
                    "parameters",
                    "layers",
                    "hiddenSize",
                    "attentionHeads",
                    "keyValueHeads",
                    "bytesPerParameter",
                )
            ),
        ),
        (model(**{**SEVEN_BILLION, "layers": None}), "80Gi", "spec.model.facts.layers"),
        (model(**SEVEN_BILLION), None, "accelerator.memory of class small"),
    ],
)
def test_what_is_missing_is_named(spec: dict[str, Any], memory: str | None, missing: str) -> None:
    fit = resolved(spec, cards(memory)).fit
    assert (fit.value, fit.reason) == ("unknown", f"not stated: {missing}")


def test_on_a_processor_the_memory_of_its_pod_counts() -> None:
    """A quarter of it is for the KV cache, of which a token takes 114,688 bytes in float32."""
    assert "resources.memory of class small" in resolved(model(**SEVEN_BILLION)).fit.reason
    fit = resolved(model(**SEVEN_BILLION), of_memory("40Gi")).fit
    assert "of the 40.0 GiB of one unit the weights take 14.2 GiB" in fit.value
    assert "the KV cache has 10.0 GiB, 93,622 tokens" in fit.value


@pytest.mark.parametrize(
    ("memory", "count", "on_one"),
    [("14Gi", 1, "14.2 GiB on one unit, which has 14.0 GiB (100 % of 14Gi)"), ("7Gi", 2, "7.1 GiB on one unit")],
)
def test_weights_that_no_pod_on_a_processor_can_hold_are_refused(memory: str, count: int, on_one: str) -> None:
    asked = model(**SEVEN_BILLION) | {"accelerators": {"count": count}}
    refusal = refused(asked, of_memory(memory))
    assert (refusal.reason, refusal.field) == (Reason.SPEC_INVALID, "spec.model.facts")
    assert on_one in refusal.message
    assert refusal.message.endswith("take more units or a smaller model.")
    resolved(asked, of_memory("15Gi"))


def test_layers_that_cannot_be_dealt_out_evenly_count_where_there_are_most() -> None:
    """Three layers of five GiB on two accelerators: one of them has two."""
    facts = {**SEVEN_BILLION, "layers": 3, "parameters": 15 * 2**30, "bytesPerParameter": 1}
    asked = model(**facts) | {"accelerators": {"count": 2, "pipelineParallelSize": 2}}
    assert "10.0 GiB on one accelerator, which has 9.0 GiB" in refused(asked, cards("10Gi")).message
    assert "the weights take 10.0 GiB" in resolved(asked, cards("14Gi")).fit.value


def test_weights_that_cannot_fit_are_refused_with_the_numbers() -> None:
    """Also without layers and heads: the weights alone say it."""
    refusal = refused(model(parameters=70_000_000_000, bytesPerParameter=2), cards("80Gi"))
    assert (refusal.reason, refusal.field) == (Reason.SPEC_INVALID, "spec.model.facts")
    assert refusal.message.startswith(
        "The weights need 130.4 GiB (70,000,000,000 parameters of 2 bytes): 130.4 GiB on one accelerator, which has "
        "72.0 GiB (90 % of 80Gi);"
    )


@pytest.mark.parametrize(
    ("accelerators", "accepted"),
    [
        ({"count": 4}, True),
        ({"count": 8}, False),
        ({"count": 8, "tensorParallelSize": 4}, True),
        ({"count": 8, "pipelineParallelSize": 2}, True),
        ({"count": 3, "tensorParallelSize": 3}, False),
    ],
)
def test_heads_are_dealt_out_evenly(accelerators: dict[str, int], accepted: bool) -> None:
    asked = model(attentionHeads=28) | {"accelerators": accelerators}
    if accepted:
        resolved(asked, cards())
        return
    refusal = refused(asked, cards())
    assert (refusal.reason, refusal.field) == (Reason.SPEC_INVALID, "spec.accelerators")
    assert f"28 attention heads cannot be dealt out evenly to {accelerators['count']} accelerators" in refusal.message


def test_more_accelerators_hold_more() -> None:
    large = model(parameters=70_000_000_000, bytesPerParameter=2) | {"accelerators": {"count": 2}}
    assert resolved(large, cards("80Gi")).fit.value == "unknown"


def test_the_fit_is_told_in_status() -> None:
    assert dict(effective(resolved({})))["fit"].value == "unknown"
