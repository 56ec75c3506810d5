"""What of a model needs memory: its weights by family, and what its layers keep of each token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Where the weights are when pipeline parallelism deals the layers out: beside the first layer, beside the last, or
# with their own layers.
Stage = Literal["first", "layers", "last"]


class UnknowableError(Exception):
    """The sentence says why a model's size cannot be told from its config.json."""


@dataclass(frozen=True)
class Unknown:
    """No size, and the sentence that says why."""

    why: str


@dataclass(frozen=True, kw_only=True)
class Tensors:
    """One family of weights, of all layers together.

    plain: numbers that the engine keeps in the precision that it computes in.
    packed: numbers that stay in a format of their own; packed_bytes: what they and their scales take.
    parts: into how many parts tensor parallelism can cut them at most; further accelerators hold copies. None: as
    many as there are accelerators; 1: each has all.
    published: they are in the model's files; False where the engine makes them while it loads.
    loaded: the engine loads them; False where it leaves them in the files.
    """

    family: str
    plain: int = 0
    packed: int = 0
    packed_bytes: int = 0
    parts: int | None = None
    stage: Stage = "layers"
    published: bool = True
    loaded: bool = True

    @property
    def parameters(self) -> int:
        """How many numbers there are, without scales."""
        return self.plain + self.packed

    def size(self, plain_bytes: int) -> int:
        """Bytes, with so many for each plain number."""
        return self.plain * plain_bytes + self.packed_bytes


@dataclass(frozen=True, kw_only=True)
class KeptLayers:
    """Layers that keep as much of a token as each other.

    heads: key-value heads, of which tensor parallelism gives each accelerator an equal share, and at least one.
    numbers: kept of one token for one head: key and value, or the one latent vector of MLA.
    window: only of so many last tokens; None: of all.
    """

    count: int
    heads: int
    numbers: int
    window: int | None = None


@dataclass(frozen=True, kw_only=True)
class ModelShape:
    """A model's sizes.

    architecture: the class that vLLM goes by, such as LlamaForCausalLM.
    plain_bytes: of one plain number in the files: 2 in bfloat16 and float16, 4 in float32.
    heads: query heads; tensorParallelSize must divide them.
    widest: numbers of one token in the widest place of a layer, which tensor parallelism splits.
    context: the longest prompt and answer that the model is made for; None where it does not say.
    packing: the method by which weights are quantized in the files; empty where they are not.
    stated: a person has stated the sizes as they are in memory, whatever the engine does to get there.
    """

    architecture: str
    tensors: tuple[Tensors, ...]
    kept: tuple[KeptLayers, ...]
    plain_bytes: int
    heads: int
    hidden: int
    widest: int
    vocabulary: int
    context: int | None
    packing: str = ""
    stated: bool = False

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return sum(kept.count for kept in self.kept)

    @property
    def parameters(self) -> int:
        """How many weights are in the files, without scales."""
        return sum(tensors.parameters for tensors in self.tensors if tensors.published)

    @property
    def published_bytes(self) -> int:
        """What the files' tensors take: total_size of a safetensors index."""
        return sum(tensors.size(self.plain_bytes) for tensors in self.tensors if tensors.published)
