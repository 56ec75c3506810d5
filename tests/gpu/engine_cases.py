"""Mixed batches in a real engine, each answer held against transformers in float32 with forward hooks."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.gpu.check import Check
from tests.steering import mixed, models, serving
from tests.steering.asked import Answer, Asked
from tests.steering.judged import judged
from tests.steering.reference import Reference

TOKENS = 20
STEP = {"max_num_batched_tokens": 96, "gpu_memory_utilization": 0.3}  # the longest prompts are prefilled in chunks
FEW = 12  # seats for 72 requests: at nearly every step one has left and another joined


class Case(NamedTuple):
    """Options of an engine; closest: how much likelier the truth's token may be than the one that was given (nats)."""

    name: str
    closest: float
    options: dict[str, Any]


# In bfloat16, and in the TF32 in which a GPU's attention multiplies float32, near ties fall otherwise. bfloat16 as in
# margins.py; TF32 has three bits more, an eighth of that error, and is allowed a sixth.
FLOAT32, BFLOAT16 = 0.05, 0.3
CASES = (
    Case("float32, eager", FLOAT32, {}),
    Case("bfloat16, eager", BFLOAT16, {"dtype": "bfloat16"}),
    Case("float32, compiled, CUDA graphs", FLOAT32, {"enforce_eager": False}),
    Case("float32, steps ahead, requests join and leave", FLOAT32, {"async_scheduling": True, "max_num_seqs": FEW}),
    Case(
        "bfloat16, CUDA graphs, steps ahead, requests join and leave",
        BFLOAT16,
        {"dtype": "bfloat16", "enforce_eager": False, "async_scheduling": True, "max_num_seqs": FEW},
    ),
)


def checks(folder: Path, device: str) -> Iterator[Check]:
    """One check a case. folder: an empty one, for the model."""
    models.write(folder, "qwen2", seed=1)
    of = mixed.made(folder)
    asked = mixed.requests(of, TOKENS)
    reference = Reference(folder, {made.digest: made.vector for made in of.values()})
    for case in CASES:
        if device == "cpu" and case.closest == BFLOAT16:
            yield Check(case.name, None, "not every processor has bfloat16, and vLLM ends where it has not")
            continue
        answers, counted = asyncio.run(_answers(folder, list(of.values()), asked, case.options))
        yield _judged(case, reference, asked, answers, counted)


async def _answers(
    folder: Path, vectors: Sequence[Any], asked: Sequence[Asked], options: dict[str, Any]
) -> tuple[list[Answer], serving.Counted]:
    async with serving.steerable(folder, vectors, **STEP | options) as engine:
        return await engine.together(asked), engine.counted


def _judged(
    case: Case, reference: Reference, asked: Sequence[Asked], answers: list[Answer], counted: serving.Counted
) -> Check:
    """Near ties may fall otherwise; and an engine that steered nothing would be off by more than they are apart."""
    found = judged(reference, asked, answers)
    margin = found["greedy_margin"]
    said = (
        f"{found['requests']} requests, at most {counted.most_running} at once, {found['specs']} specs; "
        f"other tokens in {found['greedy']} greedy answers by a margin of at most "
        f"{margin:.3f} ({case.closest:g} allowed); log-probabilities off by at most {found['worst']:.2g}; "
        f"unsteered the nearest is off by {found['unlike_plain']:.2g}"
    )
    seats = counted.most_running <= case.options.get("max_num_seqs", len(asked))
    ahead = counted.scheduled_ahead == case.options.get("async_scheduling", False)
    passed = margin < case.closest and found["unlike_plain"] > max(case.closest, 2 * found["worst"]) and seats and ahead
    return Check(case.name, passed, said, {f"{case.name}: margin": margin, f"{case.name}: worst": found["worst"]})
