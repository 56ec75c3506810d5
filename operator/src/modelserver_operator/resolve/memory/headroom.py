"""What vLLM needs besides weights and KV cache: an allowance, not an estimate.

vLLM measures it at start, in a run of the largest batch; what is left is for the KV cache. It depends on kernels,
drivers and versions. The two constants are rounded up from what vLLM's own logs say: 0.2 to 1.8 GiB outside of torch's
allocator (0.2 GiB with 8B to 70B models on one accelerator, 1.8 GiB with Llama-3-8B on an H100, vLLM pull request
10511), and 0.4 to 0.6 GiB of CUDA graphs (vLLM pull request 5515, and the log of vLLM 0.27 on two accelerators).
"""

from __future__ import annotations

from dataclasses import dataclass

from modelserver_operator.resolve.memory.setting import Setting
from modelserver_operator.resolve.memory.shape import ModelShape

OUTSIDE = 1 << 30  # the driver's context, libraries, NCCL
GRAPHS = 3 << 28
# Numbers of a token that live at the same time: about six times the residual stream, and gate, up and their product.
HIDDEN, WIDEST = 6, 3
# Bytes of a word of the vocabulary for each sampled sequence: two float32, the sorted one, and its 8-byte index.
SAMPLED = 20


@dataclass(frozen=True)
class Headroom:
    """Bytes on one accelerator. activations: of the largest batch, by the formula above; graphs: of CUDA; outside: of
    driver and libraries."""

    activations: int
    graphs: int
    outside: int

    @property
    def total(self) -> int:
        """All three."""
        return self.activations + self.graphs + self.outside


def headroom(shape: ModelShape, setting: Setting) -> Headroom:
    """The allowance on one accelerator."""
    widest = -(-shape.widest // setting.tensor_parallel_size)
    numbers = HIDDEN * shape.hidden + WIDEST * widest
    layers = setting.batched_tokens * numbers * setting.plain_bytes
    sampling = min(setting.max_sequences, setting.batched_tokens) * shape.vocabulary * SAMPLED
    return Headroom(max(layers, sampling), 0 if setting.eager else GRAPHS, OUTSIDE)
