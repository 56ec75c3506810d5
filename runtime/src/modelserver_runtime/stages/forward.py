"""What the engine's app gets to see of a request: our body, our id, and of the caller's headers only harmless ones.

vLLM takes orders from headers (priority, data-parallel rank, session): none of those is the caller's to give.
"""

from starlette.types import Scope

PASSED = frozenset({b"host", b"accept", b"content-type", b"user-agent", b"traceparent", b"tracestate"})


def inner_scope(scope: Scope, body: bytes, request_id: str) -> Scope:
    """A copy of `scope` for the engine's app."""
    headers = [(name, value) for name, value in scope["headers"] if name in PASSED]
    headers += [(b"content-length", str(len(body)).encode()), (b"x-request-id", request_id.encode())]
    # From ASGI 2.4 on, Starlette's streams would no longer listen for the disconnect by which deadlines reach them.
    asgi = {"version": "3.0", "spec_version": "2.3"}
    return {**scope, "headers": headers, "query_string": b"", "asgi": asgi}
