"""Whether a model fits: the one judgement, of `modelserver plan` and of the operator alike."""

from __future__ import annotations

from modelserver_operator.api.modelserverclass import ModelServerClassSpec
from modelserver_operator.resolve.memory.estimate import Estimate, estimate
from modelserver_operator.resolve.memory.setting import Room
from modelserver_operator.resolve.memory.shape import ModelShape, Unknown
from modelserver_operator.resolve.memory.told import room, setting
from modelserver_operator.resolve.outcome import ResolvedEngine


def judged(sizes: ModelShape | Unknown, engine: ResolvedEngine, placement: ModelServerClassSpec) -> Estimate | Unknown:
    """What a model of these sizes needs as the engine is told to run it, against what the class gives."""
    told, there = setting(engine, placement), room(engine, placement)
    if isinstance(told, Unknown):
        return told
    if isinstance(sizes, Unknown):
        return sizes
    return estimate(sizes, told, there if isinstance(there, Room) else None)
