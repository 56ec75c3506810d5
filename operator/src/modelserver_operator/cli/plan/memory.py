"""The memory that a model needs on each accelerator, against what there is, and what would make it fit. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from modelserver_operator.cli.plan.contents import Family, Memory
from modelserver_operator.resolve import Resolved
from modelserver_operator.resolve.memory import (
    Estimate,
    ModelShape,
    Room,
    Setting,
    Unknown,
    Verdict,
    estimate,
    room,
    setting,
)

FITS = {Verdict.ALL_SEQUENCES: True, Verdict.SOME_SEQUENCES: True, Verdict.UNKNOWN: None}
LEAST_CONTEXT = 256  # tokens: less serves nobody
MOST_ACCELERATORS = 16  # of one node, with room


def memory(resolved: Resolved, shape: ModelShape | Unknown, where: str) -> Memory:
    """shape: of the model whose config.json was read; where: that it was."""
    told, given = setting(resolved.engine, resolved.placement), room(resolved.engine, resolved.placement)
    if isinstance(shape, Unknown):
        return Memory(fits=None, verdict="unknown", reason=shape.why)
    if isinstance(told, Unknown):
        return Memory(fits=None, verdict="unknown", reason=told.why)
    there = None if isinstance(given, Unknown) else given
    found = estimate(shape, told, there)
    if isinstance(found, Unknown):
        return Memory(fits=None, verdict="unknown", reason=found.why)
    reason = f"{where}; {given.why}" if isinstance(given, Unknown) else where
    return replace(_of(found, told), reason=reason, advice=tuple(_advice(found, shape, told, there)))


def _of(found: Estimate, told: Setting) -> Memory:
    return Memory(
        fits=FITS.get(found.verdict, False),
        verdict=found.verdict.value,
        accelerators=told.accelerators,
        weights=found.weights,
        families=tuple(Family(name, size) for name, size in found.families.items()),
        activations=found.headroom.activations,
        graphs=found.headroom.graphs,
        outside=found.headroom.outside,
        room=found.room.total if found.room else None,
        cache=found.cache,
        cache_per_token=found.token,
        cache_per_sequence=found.sequence,
        cache_for_all=found.sequences,
        sequences_at_once=None if found.at_once is None else round(found.at_once, 1),
    )


def _advice(found: Estimate, shape: ModelShape, told: Setting, there: Room | None) -> Iterator[str]:
    """What alone would make it fit; nothing where it fits, or nothing would."""
    if FITS.get(found.verdict, False) is not False:
        return
    if context := _shorter(shape, told, there):
        yield f"spec.engine.maxContextTokens: {context}"
    if count := _more(shape, told, there):
        yield f"spec.accelerators.count: {count}"


def _shorter(shape: ModelShape, told: Setting, there: Room | None) -> int | None:
    """The longest context of which one sequence fits, in steps that people write."""
    context = told.max_context_tokens // 2
    while context >= LEAST_CONTEXT:
        if _fits(shape, replace(told, max_context_tokens=context), there):
            return context
        context //= 2
    return None


def _more(shape: ModelShape, told: Setting, there: Room | None) -> int | None:
    """How many accelerators are enough, each layer split over all of them."""
    count = told.accelerators * 2
    while count <= MOST_ACCELERATORS:
        if _fits(shape, replace(told, tensor_parallel_size=count, pipeline_parallel_size=1), there):
            return count
        count *= 2
    return None


def _fits(shape: ModelShape, told: Setting, there: Room | None) -> bool:
    found = estimate(shape, told, there)
    return isinstance(found, Estimate) and bool(FITS.get(found.verdict))
