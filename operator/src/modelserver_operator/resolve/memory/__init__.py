"""How much memory a model needs: its config.json, or what a ModelServer says of it, to bytes."""

from modelserver_operator.resolve.memory.config import shape
from modelserver_operator.resolve.memory.estimate import Estimate, Verdict, estimate
from modelserver_operator.resolve.memory.headroom import Headroom
from modelserver_operator.resolve.memory.judging import judged
from modelserver_operator.resolve.memory.setting import Room, Setting
from modelserver_operator.resolve.memory.shape import KeptLayers, ModelShape, Tensors, Unknown
from modelserver_operator.resolve.memory.stated import facts_of, stated
from modelserver_operator.resolve.memory.told import room, setting

__all__ = [
    "Estimate",
    "Headroom",
    "KeptLayers",
    "ModelShape",
    "Room",
    "Setting",
    "Tensors",
    "Unknown",
    "Verdict",
    "estimate",
    "facts_of",
    "judged",
    "room",
    "setting",
    "shape",
    "stated",
]
