"""The engine: on how many accelerators it computes, and what it is told."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from modelserver_operator.api.fields import Arguments
from modelserver_operator.api.rules import Rule
from modelserver_operator.api.struct import Struct

Dtype = Literal["Auto", "Bfloat16", "Float16", "Float32"]


class Accelerators(Struct):
    """How many accelerators one replica uses, and how the model is spread over them."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            message="tensorParallelSize times pipelineParallelSize must be count",
            cel="!has(self.tensorParallelSize) || !has(self.pipelineParallelSize)"
            " || self.tensorParallelSize * self.pipelineParallelSize == self.count",
            holds=lambda spread: (
                None in (spread.tensor_parallel_size, spread.pipeline_parallel_size)
                or spread.tensor_parallel_size * spread.pipeline_parallel_size == spread.count
            ),
        ),
        Rule(
            message="count must be a multiple of tensorParallelSize and of pipelineParallelSize",
            cel="(!has(self.tensorParallelSize) || self.count % self.tensorParallelSize == 0)"
            " && (!has(self.pipelineParallelSize) || self.count % self.pipelineParallelSize == 0)",
            holds=lambda spread: (
                spread.count % (spread.tensor_parallel_size or 1) == 0
                and spread.count % (spread.pipeline_parallel_size or 1) == 0
            ),
        ),
    )

    count: Annotated[int, Field(ge=1, le=64)] = 1
    """count is the number of accelerators of one replica; where the class has none, the number of its units of cpu
    and memory."""

    tensor_parallel_size: Annotated[int, Field(ge=1, le=64)] | None = None
    """tensorParallelSize is over how many accelerators each layer is split; left out, over all that
    pipelineParallelSize leaves."""

    pipeline_parallel_size: Annotated[int, Field(ge=1, le=64)] | None = None
    """pipelineParallelSize is over how many accelerators the layers are dealt out; left out, what
    tensorParallelSize leaves, else 1."""


class Engine(Struct):
    """What the engine is told; each field left out is filled by the profile or the class."""

    max_context_tokens: Annotated[int, Field(ge=16, le=16_777_216)] | None = None
    """maxContextTokens is the longest prompt and answer together; left out, the profile's. It may not exceed the
    model's own limit."""

    dtype: Dtype | None = None
    """dtype is the precision that the model computes in; Auto, also when left out, chooses by the class's device."""

    max_sequences: Annotated[int, Field(ge=1, le=4096)] | None = None
    """maxSequences is how many sequences the engine computes in one batch."""

    accelerator_memory_percent: Annotated[int, Field(ge=10, le=99)] | None = None
    """acceleratorMemoryPercent is the share of each accelerator's memory that the engine may take; on a CPU
    it means nothing."""

    stream_interval_tokens: Annotated[int, Field(ge=1, le=1024)] | None = None
    """streamIntervalTokens is how many tokens a stream's events hold; 1 streams each token as it is made."""

    arguments: Arguments = Field(default_factory=dict)
    """arguments are further options of the engine, without dashes, as far as the class allows them; an empty value
    is a flag."""
