"""The memory that a model needs on each accelerator, against what there is, and what would make it fit. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from modelserver_operator.api.modelfacts import ModelFacts
from modelserver_operator.cli.modelfiles import ModelFiles
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
    shape,
    stated,
)

FITS = {Verdict.ALL_SEQUENCES: True, Verdict.SOME_SEQUENCES: True, Verdict.UNKNOWN: None}
LEAST_CONTEXT = 256  # tokens: less serves nobody
MOST_ACCELERATORS = 16  # of one node, with room


@dataclass(frozen=True)
class _Case:
    """A model under a setting in a room; None: how much there is is not known."""

    shape: ModelShape
    told: Setting
    there: Room | None

    def estimate(self) -> Estimate | Unknown:
        return estimate(self.shape, self.told, self.there)


def memory(resolved: Resolved, read: ModelFiles | Unknown) -> Memory:
    """read: what the model's files say; where they say too little, spec.model.facts count."""
    given = room(resolved.engine, resolved.placement)
    there = None if isinstance(given, Unknown) else given
    files = read.weights_bytes if isinstance(read, ModelFiles) else None
    case = _case(resolved, read, there)
    if isinstance(case, Unknown):
        return _unknown(resolved, case, files, there)
    found = case.estimate()
    if isinstance(found, Unknown):
        return _unknown(resolved, found, files, there)
    return replace(
        _of(found, case.told),
        reason="; ".join(filter(None, [_where(case, read), given.why if isinstance(given, Unknown) else ""])),
        advice=tuple(_advice(found, case)),
        files=files,
    )


def _case(resolved: Resolved, read: ModelFiles | Unknown, there: Room | None) -> _Case | Unknown:
    told, sizes = setting(resolved.engine, resolved.placement), _sizes(resolved, read)
    if isinstance(told, Unknown):
        return told
    return sizes if isinstance(sizes, Unknown) else _Case(sizes, told, there)


def _sizes(resolved: Resolved, read: ModelFiles | Unknown) -> ModelShape | Unknown:
    of_files = read if isinstance(read, Unknown) else shape(read.config)
    if not isinstance(of_files, Unknown):
        return of_files
    of_facts = stated(resolved.model.facts or ModelFacts())
    return Unknown(f"{of_files.why}; {of_facts.why}") if isinstance(of_facts, Unknown) else of_facts


def _where(case: _Case, read: ModelFiles | Unknown) -> str:
    if case.shape.stated or isinstance(read, Unknown):
        return "by spec.model.facts, which say nothing of what one step needs"
    return f"by config.json of {read.where}; the weights' size in the files: {read.why}"


def _unknown(resolved: Resolved, found: Unknown, files: int | None, there: Room | None) -> Memory:
    """What can be told still: the files alone may be too large."""
    accelerators = resolved.engine.tensor_parallel_size.value * resolved.engine.pipeline_parallel_size.value
    too_large = files is not None and there is not None and files > there.total * accelerators
    return Memory(
        fits=False if too_large else None,
        verdict=Verdict.WEIGHTS_TOO_LARGE.value if too_large else "unknown",
        reason=found.why,
        accelerators=accelerators,
        room=there.total if there else None,
        files=files,
    )


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


def _advice(found: Estimate, case: _Case) -> Iterator[str]:
    """What alone would make it fit; nothing where it fits, or nothing would."""
    if FITS.get(found.verdict, False) is not False:
        return
    if context := _shorter(case):
        yield f"spec.engine.maxContextTokens: {context}"
    if count := _more(case):
        yield f"spec.accelerators.count: {count}"


def _shorter(case: _Case) -> int | None:
    """The longest context of which one sequence fits, halved as often as it takes."""
    context = case.told.max_context_tokens // 2
    while context >= LEAST_CONTEXT:
        if _fits(replace(case, told=replace(case.told, max_context_tokens=context))):
            return context
        context //= 2
    return None


def _more(case: _Case) -> int | None:
    """How many accelerators are enough, each layer split over all of them."""
    count = case.told.accelerators * 2
    while count <= MOST_ACCELERATORS:
        if _fits(replace(case, told=replace(case.told, tensor_parallel_size=count, pipeline_parallel_size=1))):
            return count
        count *= 2
    return None


def _fits(case: _Case) -> bool:
    found = case.estimate()
    return isinstance(found, Estimate) and bool(FITS.get(found.verdict))
