"""What every part of a report is: strict, unchangeable, in camelCase."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


def camel(name: str) -> str:
    """`ttft_p95` as `ttftP95`, and e2e as it is, of which pydantic's own would make e2E."""
    first, *others = name.split("_")
    return first + "".join(each[:1].upper() + each[1:] for each in others)


class Part(BaseModel):
    """A part of a report."""

    model_config = ConfigDict(alias_generator=camel, populate_by_name=True, extra="forbid", frozen=True)
