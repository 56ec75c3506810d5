"""The two buffers that hooked layers read: what each row adds after each layer, and which row each token has."""

import numpy as np
import torch
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Table:
    """Buffers for `layers` layers and `rows` rows, and for steps of up to `tokens` tokens, padding included."""

    def __init__(
        self, layers: int, rows: int, hidden_size: int, tokens: int, **where: torch.dtype | torch.device
    ) -> None:
        """`where`: the model's dtype and device."""
        # Written in vLLM's steps, which run in inference mode, and traced outside it: ordinary tensors can be both.
        with torch.inference_mode(False):
            self.deltas = torch.zeros(layers, rows, hidden_size, **where)
            self.rows = torch.zeros(tokens, dtype=torch.int32, device=where["device"])
        self._told = np.zeros(0, np.int32)  # what `rows` begins with; beyond it all is zero

    def write(self, row: int, delta: Floats) -> None:
        """Let `row` add `delta` (layers × hidden size). On the stream of the steps, so those before it read the old."""
        self.deltas[:, row].copy_(self._staged(torch.from_numpy(delta).to(self.deltas.dtype)), non_blocking=True)

    def set(self, rows: NDArray[np.int32]) -> None:
        """The rows of the next step's tokens; nothing is done where they are those of the step before."""
        if np.array_equal(rows, self._told):
            return
        padded = np.zeros(max(len(rows), len(self._told)), np.int32)
        padded[: len(rows)] = rows
        self.rows[: len(padded)].copy_(self._staged(torch.from_numpy(padded)), non_blocking=True)
        self._told = rows.copy()

    def clear(self) -> None:
        """Steer no token of the next step; costs nothing where the step before steered none either."""
        if len(self._told):
            self.rows[: len(self._told)].zero_()
            self._told = self._told[:0]

    def _staged(self, value: torch.Tensor) -> torch.Tensor:
        """For a copy that nobody waits for.

        A page-locked buffer of ours, used again while an earlier copy from it still waits in the stream, would be a
        race: steps are prepared ahead of the device. vLLM's idiom (`async_tensor_h2d`) is a fresh one each time:
        torch's allocator gives its memory out again only when the copy has been made.
        """
        return value.pin_memory() if self.deltas.is_cuda else value
