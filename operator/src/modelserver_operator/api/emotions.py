"""The steered variants of a model, and the vectors that they are mixed from."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from modelserver_operator.api.fields import ModelName, Scale, VectorName
from modelserver_operator.api.rules import Rule, never_none
from modelserver_operator.api.sources import VectorSource
from modelserver_operator.api.struct import Keyed, Struct

Phase = Literal["All", "Decode"]
PerRequest = Literal["Enabled", "Disabled"]


class MixTerm(Struct):
    """One vector of a mix and how strongly it steers."""

    rules: ClassVar[tuple[Rule, ...]] = (never_none("vector", "vector"),)

    vector: VectorName
    """vector is a name in vectors.json."""

    scale: Scale
    """scale is the strength, rounded to 0.01; 1 is the strength that the vector was calibrated to, below 0 steers
    away from it."""


Mix = Annotated[tuple[MixTerm, ...], Field(min_length=1, max_length=8), Keyed("vector")]


class DefaultMix(Struct):
    """How requests are steered that name the base model and no emotion."""

    mix: Mix
    """mix lists the vectors that are added up."""

    phase: Phase = "All"
    """phase says what is steered: All the prompt and the answer, Decode only the answer."""


class Variant(Struct):
    """A steered model with a name of its own."""

    rules: ClassVar[tuple[Rule, ...]] = (never_none("name", "name"),)

    name: ModelName
    """name is what clients write as the model."""

    mix: Mix
    """mix lists the vectors that are added up."""

    phase: Phase = "All"
    """phase says what is steered: All the prompt and the answer, Decode only the answer."""


class Emotions(Struct):
    """Emotional steering: which vectors there are, and which mixes are served under which names."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            message="vectors must be set where default or variants are: they name vectors",
            cel="has(self.vectors) || !(has(self.default) || (has(self.variants) && self.variants.size() > 0))",
            holds=lambda emotions: emotions.vectors is not None or not emotions.steers(),
        ),
    )

    vectors: VectorSource | None = None
    """vectors is the folder with vectors.json and the files that it names."""

    default: DefaultMix | None = None
    """default steers requests that name the base model and no emotion; left out, they are not steered."""

    variants: Annotated[tuple[Variant, ...], Field(max_length=32), Keyed("name")] = ()
    """variants are steered models beside the base model, on the same engine and the same accelerators."""

    per_request: PerRequest | None = None
    """perRequest says whether callers may send emotions of their own, with fields of the request or headers; left out,
    Enabled. A change replaces no pod."""

    max_active_mixes: Annotated[int, Field(ge=1, le=4096)] | None = None
    """maxActiveMixes is how many different mixes the unfinished requests of a pod may have before a request that brings
    another one is answered with 429, left out 64. Variants and the default answer always. A change replaces the
    pods."""

    def steers(self) -> bool:
        """Whether any request is answered by a steered model."""
        return self.default is not None or bool(self.variants)
