"""Cases for warm.py: one family's answers, steered after one layer and after all, beside the reference."""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.steering import mixed, models, serving, vectors
from tests.steering.asked import Asked
from tests.steering.families import FAMILIES, REFUSED
from tests.steering.judged import judged
from tests.steering.reference import Reference
from tests.steering.vectors import Made

from modelserver_runtime.start_failures import RefusedError
from modelserver_runtime.steering.spec import Phase
from modelserver_runtime.vectors.identity import ModelIdentity

BANDS = {f"layer {layer}": (layer, layer) for layer in range(models.LAYERS)} | {"all": (0, models.LAYERS - 1)}
LENGTHS = (1, 40, 90)


def compared(family: str) -> dict[str, Any]:
    """See `judged`."""
    return asyncio.run(_compared(family))


def refused(family: str) -> str:
    """What is said instead of serving."""
    return asyncio.run(_refused(family))


async def _refused(family: str) -> str:
    folder = models.write(Path(tempfile.mkdtemp()), family, seed=1, **REFUSED[family])
    try:
        async with serving.steerable(folder, ()):
            return "it serves"
    except RefusedError as error:
        return str(error)


async def _compared(family: str) -> dict[str, Any]:
    folder = models.write(Path(tempfile.mkdtemp()), family, seed=1, **FAMILIES[family])
    identity = ModelIdentity.of(folder, "tiny")
    of = {name: vectors.make(identity, name.replace(" ", "-"), 7, band) for name, band in BANDS.items()}
    asked = _asked(of)
    async with serving.steerable(folder, of.values(), max_num_batched_tokens=64, max_num_seqs=32) as engine:
        answers = await engine.together(asked)
    reference = Reference(folder, {made.digest: made.vector for made in of.values()})
    return judged(reference, asked, answers)


def _asked(of: Mapping[str, Made]) -> list[Asked]:
    ways: list[tuple[Phase, dict[str, int]]] = [("all", {}), ("decode", {"all": 100})]
    ways += [("all", {name: 100}) for name in BANDS]
    return [Asked(mixed.words(length, length), mixed.spec(of, way), tokens=8) for length in LENGTHS for way in ways]
