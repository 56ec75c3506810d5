"""The part of an object's metadata that we read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from modelserver_operator.api.struct import Struct


def _day(time: object) -> date | None:
    """Its day in UTC. What is no time is left out: only the API server writes the field, and files hold anything."""
    try:
        found = time if isinstance(time, datetime) else datetime.fromisoformat(str(time))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).date()


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

    created: Annotated[date | None, BeforeValidator(_day), Field(alias="creationTimestamp")] = None
    """creationTimestamp is when the object was stored, of which the day is kept; none for one that never was."""
