"""The demo model's six vectors, extracted and calibrated as those of any model: from texts and the model alone."""

import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from modelserver_runtime.vectors import calibration, extraction
from modelserver_runtime.vectors.demo_model.language import Dialogue, named_dialogue, plain_dialogue
from modelserver_runtime.vectors.demo_model.recipe import Recipe
from modelserver_runtime.vectors.demo_model.words import EMOTIONS, NEUTRAL, TEMPERS
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.passages import Passage
from modelserver_runtime.vectors.strength import REFERENCE_KL
from modelserver_runtime.vectors.vector import Band, Calibration, Description, Vector

Encode = Callable[[Iterable[Dialogue]], list[Passage]]


def extract(
    model: Any, encode: Encode, chance: random.Random, identity: ModelIdentity, recipe: Recipe
) -> Iterator[Vector]:
    """A vector per emotion: from the mean of all other tempers to its own, over replies whose temper is named."""
    means = {
        temper: extraction.means(model, encode(named_dialogue(chance, temper) for _ in range(recipe.texts_per_temper)))
        for temper in TEMPERS
    }
    neutral = encode(plain_dialogue(chance, NEUTRAL) for _ in range(recipe.neutral_texts))
    norm = extraction.norms(model, neutral)
    band = Band(first=recipe.steered_layer, last=recipe.steered_layer)
    for emotion in EMOTIONS:
        others = np.mean([mean for temper, mean in means.items() if temper != emotion], axis=0)
        direction = extraction.directions(means[emotion], others)
        factor = calibration.factor(model, direction, norm, band, neutral)
        yield Vector(_description(emotion, identity, band, factor, recipe), direction, norm)


def _description(emotion: str, identity: ModelIdentity, band: Band, factor: float, recipe: Recipe) -> Description:
    return Description(
        name=emotion,
        model=identity,
        method=extraction.METHOD,
        data=f"demo language, {recipe.texts_per_temper} replies of each temper, the temper named by a system prompt",
        band=band,
        factor=factor,
        calibration=Calibration(
            kl_per_token=REFERENCE_KL, text=f"demo language, {recipe.neutral_texts} neutral replies"
        ),
    )
