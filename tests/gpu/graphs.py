"""A captured CUDA graph follows the table: rows, and what stands in them, change between its replays."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from tests.gpu.check import Check
from tests.gpu.decoder import HIDDEN, ROWS, TOKENS, Decoder, deltas, rows

REPLAYS = 24
# Float32 sums in another order differ by some 1e-6 here; an addition left out, or one too many, by about 0.5.
TOLERANCE = 1e-4


@torch.inference_mode()  # type: ignore[untyped-decorator]
def checks(device: str) -> Iterator[Check]:
    """Eager on every device; graphs and their control on a GPU."""
    yield _of("layer addition, eager", *_followed(device, _eager, copied=False))
    if device == "cpu":
        yield Check("layer addition in a CUDA graph", None, "a CPU has no CUDA graphs")
        return
    yield _of("layer addition in a CUDA graph", *_followed(device, _captured, copied=False))
    error, _ = _followed(device, _captured, copied=True)
    said = f"a graph that was captured over a copy of the rows is off by {error:.2g}, as it must be"
    yield Check("control: a graph over other memory", error > 0.1, said, {"graph_control_error": error})


def _of(name: str, error: float, moved: bool) -> Check:
    said = f"off by at most {error:.2g} from the sum written out, over {REPLAYS} steps with other rows"
    said += "; a buffer MOVED" if moved else ""
    key = "graph_error" if "graph" in name else "eager_error"
    return Check(name, error < TOLERANCE and not moved, said, {key: error})


def _followed(device: str, prepared: Callable[[Decoder], Callable[[], Any]], copied: bool) -> tuple[float, bool]:
    """The largest difference over all steps, and whether a buffer changed its address."""
    decoder = Decoder(device)
    table = decoder.table
    decoder.hook(table.rows.clone() if copied else table.rows)
    addresses = table.deltas.data_ptr(), table.rows.data_ptr()
    step = prepared(decoder)
    error = max(_step(decoder, number, step) for number in range(REPLAYS))
    return error, addresses != (table.deltas.data_ptr(), table.rows.data_ptr())


def _step(decoder: Decoder, number: int, step: Callable[[], Any]) -> float:
    """One step as the plugin prepares it: a row written, then the rows of fewer tokens than there are, or of none."""
    layers = len(decoder.layers)
    decoder.table.write(1 + number % (ROWS - 1), deltas(number, layers, HIDDEN))
    used = rows(number, TOKENS - 7 * number)
    if number % 6 == 5:
        decoder.table.clear()
        used = used[:0]
    else:
        decoder.table.set(used)
    got = step().clone()
    by_token = torch.from_numpy(np.pad(used, (0, TOKENS - len(used)))).long().to(got.device)
    return float((got - decoder.expected(_written(number, layers, got.device), by_token)).abs().max())


def _written(until: int, layers: int, device: Any) -> Any:
    """What the table must hold after the step `until`: layers × rows × hidden."""
    held = np.zeros((layers, ROWS, HIDDEN), np.float32)
    for number in range(until + 1):
        held[:, 1 + number % (ROWS - 1)] = deltas(number, layers, HIDDEN)
    return torch.from_numpy(held).to(device)


def _eager(decoder: Decoder) -> Callable[[], Any]:
    return decoder.forward


def _captured(decoder: Decoder) -> Callable[[], Any]:
    """As torch's documentation has it: warm up on another stream, capture, replay."""
    other = torch.cuda.Stream()
    other.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(other):
        for _ in range(3):
            decoder.forward()
    torch.cuda.current_stream().wait_stream(other)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = decoder.forward()

    def replay() -> Any:
        graph.replay()
        return result

    return replay
