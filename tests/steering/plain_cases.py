"""Case for warm.py: requests that nothing steers, with the plugin and without it."""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.steering import mixed, models, serving
from tests.steering.asked import Answer, Asked
from tests.steering.vectors import Made

from modelserver_runtime.steering.spec import Spec

LENGTHS = (1, 20, 33, 64, 100, 150, 200, 300)


def replayed(options: dict[str, Any]) -> dict[str, Any]:
    """How many answers of requests asked one by one differ in any bit from those of an engine without the plugin.

    scale_0: of a vector at scale 0. scale_001: of one at 0.01, which must differ, or this would see nothing.
    """
    return asyncio.run(_replayed(options))


async def _replayed(options: dict[str, Any]) -> dict[str, Any]:
    folder = models.write(Path(tempfile.mkdtemp()), "qwen2", seed=1)
    of = mixed.made(folder)
    async with serving.steerable(folder, of.values(), **options) as engine:
        none = await _between_steered(engine, of, None)
        zero = await _between_steered(engine, of, Spec.of([(of["anger"].digest, 0)], "all"), start=1000)
        little = await _between_steered(engine, of, Spec.of([(of["anger"].digest, 1)], "all"), start=2000)
    async with serving.plain(folder, **options) as engine:
        truths = [await engine.alone(_asked(None, start)) for start in (0, 1000, 2000)]
    other = [_other(answers, truth) for answers, truth in zip((none, zero, little), truths, strict=True)]
    return {"requests": len(none), **dict(zip(("none", "scale_0", "scale_001"), other, strict=True))}


async def _between_steered(
    engine: serving.Serving, of: Mapping[str, Made], spec: Spec | None, start: int = 0
) -> list[Answer]:
    """Each request alone, after one that was steered: rows of the step before must not linger."""
    steered = Asked(mixed.words(start + 999, 90), mixed.spec(of, mixed.WAYS[3]), tokens=4)
    answers = []
    for asked in _asked(spec, start):
        await engine.answer(steered)
        answers.append(await engine.answer(asked))
    return answers


def _asked(spec: Spec | None, start: int) -> list[Asked]:
    """Half of them greedy, half sampled with a seed; `start` gives other prompts, which no cache knows."""
    return [
        Asked(mixed.words(start + length, length), spec, temperature=temperature, seed=seed)
        for length in LENGTHS
        for temperature, seed in ((0.0, None), (0.9, length))
    ]


def _other(answers: list[Answer], truth: list[Answer]) -> int:
    pairs = zip(answers, truth, strict=True)
    return sum((one.tokens, one.logprobs) != (other.tokens, other.logprobs) for one, other in pairs)
