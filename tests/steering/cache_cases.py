"""Cases for warm.py: the same prompt steered in several ways, through the prefix cache."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import islice, permutations, product
from pathlib import Path
from typing import Any, NamedTuple

from tests.steering import mixed, models, serving, vectors
from tests.steering.asked import Asked
from tests.steering.reference import Reference, difference
from tests.steering.vectors import Made

from modelserver_runtime.steering.spec import Phase, Spec

PROMPT = 150
WAYS: tuple[tuple[Phase, dict[str, int]], ...] = (
    ("all", {}),
    ("all", {"anger": 100}),
    ("all", {"anger": 101}),
    ("decode", {"anger": 100}),
)
CONTINUED = 45  # tokens of an answer that becomes part of a prompt: a block of 32 of it lies wholly behind the first


class Scene(NamedTuple):
    """An engine, the model that it serves, and the vectors that it holds by name."""

    engine: serving.Serving
    folder: Path
    of: dict[str, Made]

    def reference(self, *instead: Made) -> Reference:
        """With the scene's vectors, or others."""
        return Reference(self.folder, {made.digest: made.vector for made in instead or self.of.values()})


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    """A tiny model, served."""
    folder = models.write(Path(tempfile.mkdtemp()), "qwen2", seed=1)
    of = mixed.made(folder)
    async with serving.steerable(folder, of.values()) as engine:
        yield Scene(engine, folder, of)


def every_order(orders: int = 24) -> dict[str, Any]:
    """A prompt under four specs in each of 24 orders (or the first so many), then the last of them again.

    worst: of all differences. cached: the tokens found in the cache, by what they were found for: `all` the first
    time, `unsteered` prompts (plain and decode) the first time and after one another, and whatever came again.
    """
    return asyncio.run(_every_order(orders))


async def _every_order(orders: int) -> dict[str, Any]:
    worst, cached = 0.0, _Cached()
    async with scene() as at:
        reference = at.reference()
        for number, order in enumerate(islice(permutations(WAYS), orders)):
            unsteered = False
            for place, way in enumerate((*order, order[-1])):
                asked = Asked(mixed.words(number, PROMPT), mixed.spec(at.of, way), tokens=6)
                answer = await at.engine.answer(asked)
                worst = max(worst, difference(answer, reference.logprobs(asked, answer.tokens)))
                kind = "steered" if _whole(asked.spec) else "unsteered"
                again = place == len(order) or (unsteered and kind == "unsteered")
                cached.count(f"{kind} again" if again else kind, answer.cached)
                unsteered = unsteered or kind == "unsteered"
    return {"worst": worst, "cached": cached.sorted()}


def _whole(spec: Spec | None) -> bool:
    """Whether the prompt is steered, too."""
    return spec is not None and spec.phase == "all"


class _Cached(dict[str, set[int]]):
    def count(self, kind: str, found: int) -> None:
        self.setdefault(kind, set()).add(found)

    def sorted(self) -> dict[str, list[int]]:
        return {kind: sorted(found) for kind, found in self.items()}


def continued() -> dict[str, Any]:
    """An answer that was steered while it was written becomes part of a prompt, under every spec. worst: as above."""
    return asyncio.run(_continued())


async def _continued() -> dict[str, Any]:
    worst = 0.0
    async with scene() as at:
        reference = at.reference()
        for number, (first, then) in enumerate(product(WAYS, WAYS)):
            prompt = mixed.words(500 + number, 40)
            written = await at.engine.answer(Asked(prompt, mixed.spec(at.of, first), tokens=CONTINUED))
            asked = Asked((*prompt, *written.tokens), mixed.spec(at.of, then), tokens=6)
            answer = await at.engine.answer(asked)
            worst = max(worst, difference(answer, reference.logprobs(asked, answer.tokens)))
    return {"worst": worst}


def new_bytes(phase: Phase) -> dict[str, Any]:
    """A prompt under a vector, then under another of the same name at the same scale.

    from_old, from_new: how far the second answer is from what each vector makes of it. cached: of its prompt.
    """
    return asyncio.run(_new_bytes(phase))


async def _new_bytes(phase: Phase) -> dict[str, Any]:
    async with scene() as at:
        old = at.of["anger"]
        new = vectors.make(old.vector.description.model, "anger", seed=77)
        prompt = mixed.words(3, PROMPT)
        await at.engine.answer(Asked(prompt, _at_one(old, phase), tokens=6))
        await at.engine.hold(new)
        second = Asked(prompt, _at_one(new, phase), tokens=6)
        answer = await at.engine.answer(second)
        far = [
            difference(answer, at.reference(made).logprobs(replace(second, spec=_at_one(made, phase)), answer.tokens))
            for made in (old, new)
        ]
    return {"from_old": far[0], "from_new": far[1], "cached": answer.cached}


def _at_one(made: Made, phase: Phase) -> Spec | None:
    return Spec.of([(made.digest, 100)], phase)
