"""What a load asks, and what a whole answer is: known beforehand, so that every stream can be compared with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


def as_it_came(body: bytes) -> bytes:
    """All of an answer's bytes, for servers whose answers hold neither times nor numbers of their own."""
    return body


@dataclass(frozen=True)
class Question:
    """One request, and its only right answer. `said` gives what of an answer's body is compared with `whole`, and gives
    of the beginning of a body the beginning of that."""

    url: str
    body: Mapping[str, Any]
    whole: bytes
    said: Callable[[bytes], bytes] = as_it_came
    headers: Mapping[str, str] = field(default_factory=dict)
