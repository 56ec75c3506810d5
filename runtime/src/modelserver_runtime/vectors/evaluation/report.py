"""The report of an evaluation: its JSON, whose schema is docs/schemas/evaluation.json."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.index import VectorName


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Point(_Part):
    """One emotion at one scale."""

    scale: float
    effect: float = Field(
        description="How far the answers' text moves the unsteered model's reading along the vector, as a share of "
        "what scale 1 adds; 0 is the unsteered answers."
    )
    perplexity: float = Field(description="Of the answers under the unsteered model.")
    repetition: float = Field(description="Share of runs of four tokens that stood in the same answer before.")
    told_apart: float | None = Field(
        description="Share of the answers that lie nearest to this emotion's other answers, among those of all "
        "emotions at this scale and the unsteered ones; null at scale 0, where all are the same."
    )
    example: str = Field(description="The answer to the first prompt.")


class Emotion(_Part):
    """One vector at every scale."""

    sha256: str = Field(description="Of the vector's file.")
    breaks_down_at: float | None = Field(
        description="The smallest scale above 0 whose perplexity is more than breakdownTimes the unsteered one; null: "
        "none of those that were tried."
    )
    points: list[Point] = Field(description="By scale, ascending.")


class Report(_Part):
    """An evaluation of a folder of vectors."""

    schema_version: Literal[1] = 1
    model: ModelIdentity
    prompts: int = Field(description="How many.")
    prompts_sha256: str = Field(description="Of the file of prompts.")
    max_tokens: int = Field(description="The longest answer.")
    temperature: float = Field(description="At which answers were drawn.")
    chat: bool = Field(description="Prompts were asked in the model's chat template.")
    layer: int = Field(description="After which toldApart compares what the unsteered model reads.")
    breakdown_times: float = Field(description="See breaksDownAt.")
    unsteered_perplexity: float
    unsteered_example: str
    emotions: dict[VectorName, Emotion]
