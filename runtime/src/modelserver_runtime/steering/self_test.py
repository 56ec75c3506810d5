"""Proof on the real model, before it serves: a row moves the stream at its tokens by itself, and nothing else.

One pass of idle tokens marks each token at another layer, by a row of its own. Where a pair's sum is taken for the
stream, the pass is repeated with the row added to the other of the two: equal results say that only the sum counts.
Then all again as steps run, compiled and captured, where one sees only the model's output. All that for some layers
after others, so that little is kept. All ranks of a tensor group make the same passes in the same order, so that none
waits for another: what is found wrong ends nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from modelserver_runtime.steering.table import Table

Forward = Callable[[int, bool], Any]
Streams = list[tuple[Tensor, ...]]

# bfloat16 has 8 bits: rounding stays below. A mark is as large as the stream itself.
TOLERANCE = 1 / 32
LARGEST = 2.0**14  # float16 ends at 65,504
AT_ONCE = 16  # layers: of a model of 70 billion parameters 38 MB are kept for them, where the stream is a pair

# Passes, those that they are compared with, and what is wrong where they differ by anything but the marks.
COMPARED = (
    ("marked", "plain", "the model's output is wrong"),
    ("first", "plain", "the two parts of the stream do not count alike"),
    ("marked as configured", "plain as configured", "the model's output is wrong as it is to serve, compiled or not"),
)


class Trial(NamedTuple):
    """What the passes over a group of layers gave: per layer of it the parts of its output, and the model's own output.

    rows: what each layer added, float32; token 1 + i was marked at layer i of the group.
    """

    names: Sequence[int]
    rows: Tensor
    plain: Streams
    marked: Streams
    outputs: dict[str, Tensor | None]


def problem(model: nn.Module, layers: Sequence[tuple[int, nn.Module]], table: Table, forward: Forward) -> str | None:
    """What is not as it must be, as the end of a sentence; None where all is. Leaves the table all zeros.

    layers: number and module of those that this worker computes, in the order of the table.
    """
    size = min(len(layers), AT_ONCE, table.deltas.shape[1] - 1, table.rows.shape[0] - 2)
    said = [
        _judged(_trial(model, layers, range(at, min(at + size, len(layers))), table, forward))
        for at in range(0, len(layers), size)
    ]
    return next(filter(None, said), None)


def _trial(model: nn.Module, layers: Any, group: range, table: Table, forward: Forward) -> Trial:
    modules, tokens = [layers[place][1] for place in group], len(group) + 2
    outputs: dict[str, Tensor | None] = {}
    with _uncompiled(model):
        with _recorded(modules) as plain:
            outputs["plain"] = _whole(forward(tokens, False))
        rows = _marks(plain)
        with _marked(table, group, rows), _recorded(modules) as marked:
            outputs["marked"] = _whole(forward(tokens, False))
        with _added_to_the_first(modules, rows):
            outputs["first"] = _whole(forward(tokens, False))
    outputs["plain as configured"] = _whole(forward(tokens, True))
    with _marked(table, group, rows):
        outputs["marked as configured"] = _whole(forward(tokens, True))
    return Trial([layers[place][0] for place in group], rows, plain, marked, outputs)


def _judged(trial: Trial) -> str | None:
    if not len(trial.plain) == len(trial.marked) == len(trial.names):
        return "the model's layers do not run one after the other, each once"
    for place, number in enumerate(trial.names):
        if said := _layer(trial, place):
            return f"layer {number} does not steer as it must: {said}"
    for given, before, what in COMPARED:
        if said := _output(trial, trial.outputs[given], trial.outputs[before]):
            return f"{what}: {said}"
    return None


def _layer(trial: Trial, place: int) -> str | None:
    """Whether the stream after one layer is the unmarked one plus the row at its token; tokens marked before aside."""
    plain, marked = _stream(trial.plain[place]), _stream(trial.marked[place])
    expected = plain[place + 1 :].clone()
    expected[0] += trial.rows[place]
    size = float(trial.rows[place].abs().max())
    moved = (marked[place + 1 :] - expected).abs().amax(dim=1) / size
    if not moved[0] <= TOLERANCE:  # so written, what is no number fails, too
        return f"its row moved the stream by {float(moved[0]):.3f} of itself too much or too little"
    others = torch.cat([moved[1:], (marked[0] - plain[0]).abs().amax().reshape(1) / size])
    return None if float(others.max()) <= TOLERANCE else "it moved tokens that were not marked"


def _output(trial: Trial, given: Tensor | None, before: Tensor | None) -> str | None:
    if given is None or before is None:
        return None
    moved = (given - before).abs().amax(dim=1)
    wanted = trial.outputs["marked"] - trial.outputs["plain"]  # type: ignore[operator]
    strength = wanted.abs().amax(dim=1)[1:-1]
    if not float(strength.min()) > TOLERANCE * float(before.abs().amax()):
        return f"it does not depend on layer {trial.names[int(strength.argmin())]}"
    if not float(max(moved[0], moved[-1])) <= TOLERANCE * float(strength.min()):
        return "tokens that were not marked differ"
    differing = ((given - before) - wanted)[1:-1].abs().amax(dim=1) / strength
    if not float(differing.max()) <= 4 * TOLERANCE:  # the layers after it round what they compute from the mark, too
        return f"what layer {trial.names[int(differing.argmax())]} adds counts otherwise"
    return None


def _marks(plain: Streams) -> Tensor:
    """A row for each layer that ran: signs drawn by seed, as large as the stream's largest number there."""
    signs = np.random.default_rng(7).choice([-1.0, 1.0], (len(plain), plain[0][0].shape[-1]))
    sizes = [min(float(_stream(parts).abs().max()), LARGEST) or 1.0 for parts in plain]
    return torch.tensor(signs * np.array(sizes)[:, None], dtype=torch.float32)


@contextmanager
def _marked(table: Table, group: range, rows: Tensor) -> Iterator[None]:
    """Row 1 + i stands at token 1 + i, and holds something for layer i of the group only."""
    for place, layer in enumerate(group):
        delta = np.zeros((table.deltas.shape[0], table.deltas.shape[2]), np.float32)
        delta[layer] = rows[place].numpy()
        table.write(1 + place, delta)
    table.set(np.arange(1 + len(group), dtype=np.int32))
    try:
        yield
    finally:
        table.clear()
        table.deltas.zero_()


@contextmanager
def _recorded(modules: Sequence[nn.Module]) -> Iterator[Streams]:
    """The parts of each module's output, in their order, of the pass made in the block."""
    streams: Streams = []
    with ExitStack() as stack:
        for module in modules:
            record = module.register_forward_hook(lambda *given: streams.append(_parts(given[2])))
            stack.callback(record.remove)
        yield streams


@contextmanager
def _added_to_the_first(modules: Sequence[nn.Module], rows: Tensor) -> Iterator[None]:
    """As if marked, but on the first part of each module's output."""

    def adding(place: int) -> Callable[..., Any]:
        def add(_module: nn.Module, _given: Any, output: Any) -> Any:
            first = (output[0] if isinstance(output, tuple) else output).clone()
            first[..., 1 + place, :] += rows[place].to(first)
            return (first, *output[1:]) if isinstance(output, tuple) else first

        return add

    with ExitStack() as stack:
        for place, module in enumerate(modules):
            stack.callback(module.register_forward_hook(adding(place)).remove)
        yield


@contextmanager
def _uncompiled(model: nn.Module) -> Iterator[None]:
    """vLLM's compiled models run as they are written: inside compiled code nobody can look."""
    compiled = [module for module in model.modules() if getattr(module, "do_not_compile", True) is False]
    for module in compiled:
        module.do_not_compile = True
    try:
        yield
    finally:
        for module in compiled:
            module.do_not_compile = False


def _parts(output: Any) -> tuple[Tensor, ...]:
    parts = output if isinstance(output, tuple) else (output,)
    return tuple(part.detach().float().cpu().flatten(0, -2) for part in parts[:2] if part is not None)


def _stream(parts: tuple[Tensor, ...]) -> Tensor:
    return parts[0] if len(parts) == 1 else parts[0] + parts[1]


def _whole(output: Any) -> Tensor | None:
    """The model's output; of a pipeline rank that is not the last, what it hands on: the stream, or a pair."""
    if output is None:
        return None
    return _stream(_parts(tuple(output.tensors.values()) if hasattr(output, "tensors") else output))
