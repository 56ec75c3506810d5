"""The host prepares steps while the device is far behind: no step may see the rows, or a row's content, of another."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from tests.gpu.check import Check
from tests.gpu.decoder import ROWS, rows, table

from modelserver_runtime.steering.table import Table

STEPS = 100
# The map of a usual step, and one of 256 KiB: a driver may copy the smallest buffers at once, page-locked or not.
SIZES = (256, 65_536)
HIDDEN = 16
BUSY = 4096  # a product of two such square matrices takes a GPU of today some milliseconds, preparing a step 0.1
FEWEST_AHEAD = 3

Set = Callable[[Any], None]


@torch.inference_mode()  # type: ignore[untyped-decorator]
def checks(device: str) -> Iterator[Check]:
    """The table's own way on every device; how far the host is ahead, and the control, on a GPU."""
    found = [_run(device, tokens, lambda held: held.set) for tokens in SIZES]
    wrong, ahead = sum(each[0] for each in found), min(each[1] for each in found)
    said = f"{wrong} of {STEPS * len(SIZES)} steps saw another step's rows; the host was {ahead} steps ahead at the end"
    passed = wrong == 0 and (device == "cpu" or ahead >= FEWEST_AHEAD)
    yield Check("token to row map against a busy stream", passed, said, {"race_wrong": wrong, "race_ahead": ahead})
    if device == "cpu":
        yield Check("control: one page-locked buffer for all steps", None, "a CPU copies at once")
        return
    naive = sum(_run(device, tokens, _one_buffer)[0] for tokens in SIZES)
    said = f"{naive} of {STEPS * len(SIZES)} steps saw another step's rows, as some must"
    yield Check("control: one page-locked buffer for all steps", naive > 0, said, {"race_control_wrong": naive})


def _run(device: str, tokens: int, way: Callable[[Table], Set]) -> tuple[int, int]:
    """How many steps were wrong, and how many the device had still before it when the host was done."""
    held = table(1, HIDDEN, tokens, device)
    busy = torch.ones(BUSY, BUSY, device=device) if device != "cpu" else torch.ones(1, 1)
    maps, expected = _plan(tokens)
    truth = torch.from_numpy(expected).to(device)
    wrong = torch.zeros(STEPS, dtype=torch.bool, device=device)
    fill = way(held)
    _fill_the_pool(tokens, device)
    done = []
    for step, by_token in enumerate(maps):
        torch.mm(busy, busy)
        held.write(_written(step), np.full((1, HIDDEN), step + 1, np.float32))
        fill(by_token)
        added = held.deltas[0].index_select(0, held.rows)
        wrong[step] = (added != truth[step][:, None]).any()
        done.append(_mark(device))
    ahead = sum(not each.query() for each in done if each)
    return int(wrong.sum()), ahead


def _plan(tokens: int) -> tuple[list[Any], Any]:
    """The map of each step, and what each of its tokens must be given: steps × tokens."""
    content = np.zeros(ROWS, np.float32)
    maps, expected = [], np.zeros((STEPS, tokens), np.float32)
    for step in range(STEPS):
        content[_written(step)] = step + 1
        maps.append(rows(step, tokens))
        expected[step] = content[maps[step]]
    return maps, expected


def _written(step: int) -> int:
    """The row whose content this step replaces, while steps before it have still to read the old."""
    return 1 + step % (ROWS - 1)


def _one_buffer(held: Table) -> Set:
    """What the table must not do: fill one buffer again while copies from it wait in the stream."""
    pinned = torch.zeros(held.rows.shape, dtype=torch.int32, pin_memory=True)

    def fill(by_token: Any) -> None:
        pinned.numpy()[:] = by_token
        held.rows.copy_(pinned, non_blocking=True)

    return fill


def _fill_the_pool(tokens: int, device: str) -> None:
    """Let torch hold enough page-locked memory: asking the driver for more waits for the device."""
    if device != "cpu":
        sizes = (tokens, HIDDEN)
        pooled = [torch.zeros(size, dtype=torch.int32, pin_memory=True) for size in sizes for _ in range(STEPS)]
        pooled.clear()


def _mark(device: str) -> Any:
    if device == "cpu":
        return None
    event = torch.cuda.Event()
    event.record()
    return event
