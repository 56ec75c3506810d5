"""How large a model is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from modelserver_operator.api.struct import Struct


class ModelFacts(Struct):
    """Numbers of the model's config.json and files; what is left out is not known."""

    parameters: Annotated[int, Field(ge=1, le=100_000_000_000_000)] | None = None
    """parameters is how many weights the model has."""

    layers: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """layers is how many layers it has: num_hidden_layers in config.json."""

    hidden_size: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """hiddenSize is how wide a layer is: hidden_size in config.json."""

    attention_heads: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """attentionHeads is how many heads attend: num_attention_heads in config.json."""

    key_value_heads: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """keyValueHeads is how many heads are kept in the KV cache: num_key_value_heads in config.json."""

    bytes_per_parameter: Annotated[float, Field(gt=0, le=8)] | None = None
    """bytesPerParameter is how many bytes a weight takes in memory: 2 in bfloat16 and float16, 1 in 8-bit formats."""
