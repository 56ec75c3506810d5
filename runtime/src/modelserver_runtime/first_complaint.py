"""Lets vLLM's request classes give up at the first wrong item of a list, instead of keeping all complaints."""

from typing import Annotated, Any, Union, get_args

from pydantic import BaseModel, FailFast


class First(FailFast):
    """As an alternative of a union has to be: hashable."""

    __hash__ = object.__hash__


def only(model: type[BaseModel], field: str) -> None:
    """Let the list that `field` may be end at its first wrong item.

    An item of the Responses API is checked against some fifty classes: 5,000 empty ones took vLLM 24 s, in which nobody
    else was answered, and 2 GB of complaints.
    """
    found = model.model_fields[field]
    others: list[Any] = [Annotated[each, First()] if _is_list(each) else each for each in get_args(found.annotation)]
    union: Any = Union[tuple(others)]  # noqa: UP007 - of a number that is not known here
    found.annotation = union
    model.model_rebuild(force=True)


def _is_list(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is list
