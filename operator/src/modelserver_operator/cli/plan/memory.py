"""The memory that a model needs on each accelerator, against what there is, and what would make it fit. Pure."""

from __future__ import annotations

from dataclasses import replace

from modelserver_operator.api import ModelServer, ModelServerClass
from modelserver_operator.api.modelfacts import ModelFacts
from modelserver_operator.cli.modelfiles import ModelFiles
from modelserver_operator.cli.plan.advice import advice
from modelserver_operator.cli.plan.sizes import Family, Memory
from modelserver_operator.resolve import Resolved
from modelserver_operator.resolve.memory import (
    Estimate,
    ModelShape,
    Room,
    Unknown,
    Verdict,
    judged,
    room,
    shape,
    stated,
)

FITS = {Verdict.ALL_SEQUENCES: True, Verdict.SOME_SEQUENCES: True, Verdict.UNKNOWN: None}


def memory(
    server: ModelServer, server_class: ModelServerClass, resolved: Resolved, read: ModelFiles | Unknown
) -> Memory:
    """resolved: the ModelServer with this class. read: what the model's files say; where they say too little,
    spec.model.facts count."""
    found = _memory(resolved, read)
    if found.fits is not False or found.weights is None:
        return found
    could = advice(server, server_class, resolved, found.context, lambda again: bool(_memory(again, read).fits))
    return replace(found, advice=tuple(could))


def _memory(resolved: Resolved, read: ModelFiles | Unknown) -> Memory:
    given, sizes = room(resolved.engine, resolved.placement), _sizes(resolved, read)
    files = read.weights_bytes if isinstance(read, ModelFiles) else None
    found = judged(sizes, resolved.engine, resolved.placement)
    if isinstance(found, Unknown):
        return _unknown(resolved, found, files, None if isinstance(given, Unknown) else given)
    assert not isinstance(sizes, Unknown), "there was something to judge"
    return replace(
        _of(found, resolved.engine.accelerators),
        reason="; ".join(filter(None, [_where(sizes, read), given.why if isinstance(given, Unknown) else ""])),
        context=sizes.context,
        on_cpu=_is_on_cpu(resolved),
        files=files,
    )


def _is_on_cpu(resolved: Resolved) -> bool:
    return resolved.placement.device == "Cpu"


def _sizes(resolved: Resolved, read: ModelFiles | Unknown) -> ModelShape | Unknown:
    of_files = read if isinstance(read, Unknown) else shape(read.config)
    if not isinstance(of_files, Unknown):
        return of_files
    of_facts = stated(resolved.model.facts or ModelFacts())
    return Unknown(f"{of_files.why}; {of_facts.why}") if isinstance(of_facts, Unknown) else of_facts


def _where(sizes: ModelShape, read: ModelFiles | Unknown) -> str:
    if sizes.stated or isinstance(read, Unknown):
        return "by spec.model.facts, which say nothing of what one step needs"
    return f"by config.json of {read.where}; the weights' size in the files: {read.why}"


def _unknown(resolved: Resolved, found: Unknown, files: int | None, there: Room | None) -> Memory:
    """What can be told still: the files alone may be too large."""
    accelerators = resolved.engine.accelerators
    too_large = files is not None and there is not None and files > there.total * accelerators
    return Memory(
        fits=False if too_large else None,
        verdict=Verdict.WEIGHTS_TOO_LARGE.value if too_large else "unknown",
        reason=found.why,
        on_cpu=_is_on_cpu(resolved),
        accelerators=accelerators,
        room=there.total if there else None,
        files=files,
    )


def _of(found: Estimate, accelerators: int) -> Memory:
    return Memory(
        fits=FITS.get(found.verdict, False),
        verdict=found.verdict.value,
        accelerators=accelerators,
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
