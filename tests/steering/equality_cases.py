"""Cases for warm.py: the mixed batch under many ways to run the engine."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from tests.steering import mixed, models, serving
from tests.steering.judged import judged
from tests.steering.reference import Reference

STEP = {"max_num_batched_tokens": 160}  # shorter than the longest prompts: those are prefilled in chunks


def equality(options: dict[str, Any], tokens: int = 36) -> dict[str, Any]:
    """The mixed batch at once, with options of the engine's; see `judged`."""
    return asyncio.run(_equality(options, tokens))


async def _equality(options: dict[str, Any], tokens: int) -> dict[str, Any]:
    folder = models.write(Path(tempfile.mkdtemp()), "qwen2", seed=1)
    of = mixed.made(folder)
    asked = mixed.requests(of, tokens)
    async with serving.steerable(folder, of.values(), **STEP | options) as engine:
        answers = await engine.together(asked)
        counted = engine.counted
    reference = Reference(folder, {made.digest: made.vector for made in of.values()})
    return judged(reference, asked, answers) | vars(counted)
