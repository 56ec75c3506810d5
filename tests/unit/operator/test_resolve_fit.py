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


@pytest.mark.parametrize(
    ("spec", "memory", "value", "reason"),
    [
        # 2 * 28 * 4 * 3584/28 * 2 = 57,344 bytes a token; (144 GiB - 15.2 GB) / 57,344 = 2,431,271 tokens.
        (
            model(**SEVEN_BILLION) | {"accelerators": {"count": 2}},
            "80Gi",
            "fits: 14.2 GiB of weights leave 129.8 GiB of 144.0 GiB for 2,431,271 tokens of KV cache, "
            "which is 593.6 times maxContextTokens",
            "spec.model.facts: 7,600,000,000 parameters of 2 bytes; 90 % of 2 times 80Gi; 57,344 bytes per token",
        ),
        # In float32 a token takes twice as much: (72 GiB - 15.2 GB) / 114,688 = 541,551.
        (
            model(**SEVEN_BILLION) | {"engine": {"dtype": "Float32"}},
            "80Gi",
            "541,551 tokens of KV cache",
            "114,688 bytes per token",
        ),
        # Half of the memory: (40 GiB - 15.2 GB) / 57,344 = 483,915.
        (
            model(**SEVEN_BILLION) | {"engine": {"acceleratorMemoryPercent": 50}},
            "80Gi",
            "of 40.0 GiB for 483,915 tokens",
            "50 % of 1 times 80Gi",
        ),
        # Four accelerators keep each of two heads twice: 2 * 28 * 4 * 128 * 2, as if there were four.
        (
            model(**SEVEN_BILLION | {"keyValueHeads": 2}) | {"accelerators": {"count": 4}},
            "80Gi",
            "of 288.0 GiB",
            "57,344 bytes per token",
        ),
        # Four bits a weight: 3.8 GB.
        (model(**SEVEN_BILLION | {"bytesPerParameter": 0.5}), "8Gi", "fits: 3.5 GiB of weights", "of 0.5 bytes"),
        # (0.9 * 16 GiB - 15.2 GB) / 57,344 = 4,566 tokens, and a context has 8,192.
        (
            model(**SEVEN_BILLION) | {"profile": "QualityFirst"},
            "16Gi",
            "too small for one sequence: 14.2 GiB of weights leave 0.2 GiB of 14.4 GiB for 4,566 tokens",
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


def test_a_processor_has_no_memory_of_its_own() -> None:
    assert "accelerator.memory of class small" in resolved(model(**SEVEN_BILLION)).fit.reason


def test_weights_that_cannot_fit_are_refused_with_the_numbers() -> None:
    """Also without layers and heads: the weights alone say it."""
    refusal = refused(model(parameters=70_000_000_000, bytesPerParameter=2), cards("80Gi"))
    assert (refusal.reason, refusal.field) == (Reason.SPEC_INVALID, "spec.model.facts")
    assert refusal.message.startswith(
        "The weights need 130.4 GiB (70,000,000,000 parameters of 2 bytes), and the accelerators have 72.0 GiB "
        "(90 % of 1 times 80Gi);"
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
