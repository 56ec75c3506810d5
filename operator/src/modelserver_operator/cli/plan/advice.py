"""Which one change of a ModelServer would make its model fit. Pure.

Each change is made, and the object with it is judged: what is advised is neither refused nor spread otherwise than it
was reckoned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from modelserver_operator.api import InvalidObject, ModelServer, ModelServerClass
from modelserver_operator.resolve import ASSUMED, Resolved, resolve

LEAST_CONTEXT = 256  # tokens: less serves nobody
MOST_ACCELERATORS = 16  # of one node, with room
CACHE = "kv-cache-memory-bytes"
LEAST_CACHE = 64 << 20  # bytes


class _Change(NamedTuple):
    """What is to be written, in words, and as a part of spec: its name and all of its content."""

    words: str
    part: str
    content: Mapping[str, Any]


def advice(
    server: ModelServer,
    server_class: ModelServerClass,
    resolved: Resolved,
    longest: int | None,
    fits: Callable[[Resolved], bool],
) -> Iterator[str]:
    """The smallest change of each kind that is enough; nothing where none is. resolved: as it is, and does not fit.
    longest: the model's own context, in tokens."""
    spec = server.model_dump(mode="json", by_alias=True, exclude_none=True)["spec"]
    for changes in (_shorter(spec, resolved, longest), _more(spec, resolved), _smaller(spec, resolved)):
        for change in changes:
            again = _with(server, server_class, {**spec, change.part: change.content})
            if again and fits(again):
                yield change.words
                break


def _with(server: ModelServer, server_class: ModelServerClass, spec: Mapping[str, Any]) -> Resolved | None:
    """The ModelServer with another spec; None where it would be refused. What a cluster has makes no difference."""
    whole = server.model_dump(mode="json", by_alias=True, exclude_none=True)
    try:
        outcome = resolve(ModelServer.parse({**whole, "spec": spec}, strict=False), server_class, ASSUMED)
    except InvalidObject:
        return None
    return outcome if isinstance(outcome, Resolved) else None


def _shorter(spec: Mapping[str, Any], resolved: Resolved, longest: int | None) -> Iterator[_Change]:
    """The model's own context where that is shorter, else half as many tokens, as often as it takes."""
    asked = resolved.engine.max_context_tokens.value
    tokens = longest if longest and longest < asked else asked // 2
    while tokens >= LEAST_CONTEXT:
        words = f"spec.engine.maxContextTokens: {tokens}"
        yield _Change(words, "engine", {**spec.get("engine", {}), "maxContextTokens": tokens})
        tokens //= 2


def _more(spec: Mapping[str, Any], resolved: Resolved) -> Iterator[_Change]:
    """Twice as many accelerators, as often as it takes, each layer split over all of them; where sizes are stated, they
    must be stated anew."""
    count = 2 * resolved.engine.accelerators
    is_stated = bool({"tensorParallelSize", "pipelineParallelSize"} & spec.get("accelerators", {}).keys())
    while count <= MOST_ACCELERATORS:
        if is_stated:
            words = f"spec.accelerators: {{count: {count}, tensorParallelSize: {count}}}"
            yield _Change(words, "accelerators", {"count": count, "tensorParallelSize": count})
        else:
            yield _Change(f"spec.accelerators.count: {count}", "accelerators", {"count": count})
        count *= 2


def _smaller(spec: Mapping[str, Any], resolved: Resolved) -> Iterator[_Change]:
    """Half of the KV cache that is told its size, as often as it takes."""
    told = resolved.engine.arguments.get(CACHE)
    size = int(told.value) // 2 if told else 0
    while size >= LEAST_CACHE:
        engine = spec.get("engine", {})
        arguments = {**engine.get("arguments", {}), CACHE: str(size)}
        yield _Change(f"spec.engine.arguments.{CACHE}: {size}", "engine", {**engine, "arguments": arguments})
        size //= 2
