"""The batch of the correctness bar: 72 requests of every length, eight for each of eight specs and for none."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from tests.steering import vectors
from tests.steering.asked import Asked
from tests.steering.models import LAYERS, VOCABULARY
from tests.steering.vectors import Made

from modelserver_runtime.steering.spec import Phase, Spec
from modelserver_runtime.vectors.identity import ModelIdentity

FIRST_WORD = 3  # below are the special tokens
NAMES = {"anger": None, "joy": None, "calm": (1, 2), "fear": (LAYERS - 1, LAYERS - 1)}  # with the band of layers
WAYS: tuple[tuple[Phase, dict[str, int]], ...] = (
    ("all", {}),
    ("all", {"anger": 100}),
    ("all", {"joy": -70}),
    ("all", {"anger": 50, "calm": 80, "fear": 40}),
    ("all", {"fear": 250}),
    ("all", {"calm": 120, "joy": 60}),
    ("decode", {"anger": 100}),
    ("decode", {"joy": 30, "anger": -40, "calm": 25}),
    ("decode", {"calm": -150}),
)
# One token is the shortest prompt there is; 31 to 33 lie around the end of a block, the longest needs several steps.
LENGTHS = (1, 31, 32, 33, 64, 97, 130, 170)
COMMON = 40  # tokens with which prompts that are long enough begin, a whole block of them: the prefix cache has hits


def made(folder: Path, seed: int = 5) -> dict[str, Made]:
    """By name, vectors for the model in `folder`."""
    identity = ModelIdentity.of(folder, "tiny")
    return {name: vectors.make(identity, name, seed + place, band) for place, (name, band) in enumerate(NAMES.items())}


def spec(of: Mapping[str, Made], way: tuple[Phase, Mapping[str, int]]) -> Spec | None:
    """A way to be steered, by digests."""
    phase, terms = way
    return Spec.of(((of[name].digest, hundredths) for name, hundredths in terms.items()), phase)


def words(seed: int, count: int) -> tuple[int, ...]:
    """Made-up tokens."""
    return tuple(np.random.default_rng(seed).integers(FIRST_WORD, VOCABULARY, count).tolist())


def requests(of: Mapping[str, Made], tokens: int) -> Sequence[Asked]:
    """All, in an order in which neighbours are steered differently; every third is sampled, the others greedy."""
    common = words(0, COMMON)
    asked = []
    for number, length in enumerate(LENGTHS):
        for place, way in enumerate(WAYS):
            prompt = (*common[:length], *words(100 * number + place, max(0, length - COMMON)))
            temperature = 0.8 if (number + place) % 3 == 0 else 0.0
            asked.append(Asked(prompt, spec(of, way), tokens + number, temperature))
    return asked
