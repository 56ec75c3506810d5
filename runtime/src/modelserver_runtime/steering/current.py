"""How a request's spec comes past vLLM's own app to its engine: beside the call, in its context.

Not in the body: the Messages API's has no field for it. Tasks that the app starts for a request inherit the context.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from modelserver_runtime.steering.spec import Spec

_current: ContextVar[Spec | None] = ContextVar("steering", default=None)


@contextmanager
def steered(spec: Spec | None) -> Iterator[None]:
    """Whatever is asked of the engine in this block, and by tasks begun in it, is steered so."""
    token = _current.set(spec)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Spec | None:
    """How what is asked of the engine now is to be steered."""
    return _current.get()
