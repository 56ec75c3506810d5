"""What a class says of the engine and of what it computes on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from modelserver_operator.api.fields import ArgumentName, Arguments, LabelKey, Quantity
from modelserver_operator.api.struct import Keyed, Struct


class AllowedArgument(Struct):
    """An engine option that ModelServers may set."""

    name: ArgumentName
    """name of the option, without dashes."""

    pattern: Annotated[str, Field(max_length=256)] = ".*"
    """pattern is a regular expression that the whole value must match."""


class ClassEngine(Struct):
    """The engine and what may be changed of it."""

    kind: Literal["vLLM"] = "vLLM"
    """kind of engine that the image holds."""

    arguments: Arguments = Field(default_factory=dict)
    """arguments are options that every server of this class gets and no ModelServer can change."""

    allowed_arguments: Annotated[tuple[AllowedArgument, ...], Field(max_length=64), Keyed("name")] = ()
    """allowedArguments are the options that ModelServers may set; others are refused, for an option can run code."""


class Accelerator(Struct):
    """The accelerator of this class's nodes."""

    resource_name: LabelKey
    """resourceName is the extended resource that a pod asks for, such as nvidia.com/gpu."""

    memory: Quantity | None = None
    """memory of one accelerator."""

    compute_capability: Annotated[str, Field(max_length=8, pattern=r"^[0-9]{1,2}\.[0-9]$")] | None = None
    """computeCapability as NVIDIA states it, such as 8.0; from 8.0 on models compute in bfloat16."""
