"""The part of an object's metadata that we read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from modelserver_operator.api.struct import Struct


class Metadata(Struct):
    """metadata is the object's name and what the API server adds to it."""

    name: Annotated[str, Field(min_length=1, max_length=253)]
    """name is unique in the namespace."""

    namespace: str | None = None
    """namespace is where the object lives; a file may leave it out."""

    uid: str | None = None
    """uid tells two objects apart that had the same name one after the other."""

    generation: int = 0
    """generation counts the changes of spec; 0 for an object that was never stored."""
