"""The engine serves only if core and all workers report that steering is in force, the same everywhere."""

from typing import Any

import pytest

from modelserver_runtime.steering.handshake import problem
from modelserver_runtime.steering.report import VERSION

CORE = {"version": VERSION, "problems": []}


def worker(*layers: int, **changes: Any) -> dict[str, Any]:
    return {
        **CORE,
        "runner": "V1",
        "layers": list(layers),
        "model_layers": 4,
        "hidden_size": 128,
        "rows": 17,
        "self_test": None,
        **changes,
    }


OURS = f"of the steering plugin, and this process {VERSION}."
WHOLE = worker(0, 1, 2, 3)


@pytest.mark.parametrize(
    "workers",
    [[WHOLE], [WHOLE, WHOLE], [worker(0, 1), worker(2, 3)], [worker(0, 1), worker(0, 1), worker(2, 3), worker(2, 3)]],
    ids=["one", "tensor", "pipeline", "both"],
)
def test_all_in_force(workers: list[dict[str, Any]]) -> None:
    assert problem(CORE, workers, 17) is None


@pytest.mark.parametrize(
    ("core", "workers", "said"),
    [
        ({**CORE, "version": 0}, [WHOLE], f"The engine core has version 0 {OURS}"),
        ({}, [WHOLE], f"The engine core has version None {OURS}"),
        ({**CORE, "problems": ["X of vLLM is not patched."]}, [WHOLE], "In the engine core: X of vLLM is not patched."),
        (CORE, [WHOLE, {**WHOLE, "version": 2}], f"The worker 1 has version 2 {OURS}"),
        (CORE, [{**WHOLE, "problems": ["Y is gone."]}], "In the worker 0: Y is gone."),
        (CORE, [{**WHOLE, "runner": "V2"}], "Worker 0 runs vLLM's model runner V2, and only V1 is proven."),
        (CORE, [{**WHOLE, "rows": 9}], "Worker 0 has a table of 9 rows for steering, not 17."),
        (CORE, [WHOLE, {**WHOLE, "self_test": "layer 2 does not move."}], "In worker 1 layer 2 does not move."),
        (CORE, [worker(0, 1), worker(3)], "The workers hooked the decoder layers [0, 1, 3] of 4."),
        (CORE, [WHOLE, {**WHOLE, "model_layers": 5}], "The workers hooked the decoder layers [0, 1, 2, 3] of 5."),
        (CORE, [], "No worker reported."),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(core: dict[str, Any], workers: list[dict[str, Any]], said: str) -> None:
    assert problem(core, workers, 17) == said
