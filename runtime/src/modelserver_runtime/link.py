"""A client's connection, as far as the requests that come over it have to know."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Scope

IN_STATE = "modelserver.link"  # in the state of a request's scope


def _nothing() -> None:
    """Of a connection that cannot be ended."""


@dataclass(slots=True, eq=False)
class Link:
    """One connection, shared by its requests.

    hang_up: ends it at once, with what is unsent.
    early: it was there when the server closed to new ones, which its caller cannot have known.
    over: no other request comes: the caller or an answer has said that it closes, or it is gone.
    """

    hang_up: Callable[[], None] = _nothing
    early: bool = False
    over: bool = False


def of(scope: Scope) -> Link:
    """That of a request; where it is no server of ours that listens, one that nobody else shares."""
    found: Link = scope.get("state", {}).get(IN_STATE) or Link()
    found.over |= _is_last(scope)
    return found


def _is_last(scope: Scope) -> bool:
    """Whether uvicorn closes the connection after the answer, since the caller is one that asks only once."""
    said = (value.lower().split(b",") for name, value in scope["headers"] if name == b"connection")
    return scope["http_version"] == "1.0" or any(b"close" in map(bytes.strip, words) for words in said)
