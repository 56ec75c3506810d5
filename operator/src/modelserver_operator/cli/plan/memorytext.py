"""The memory that a model needs, for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from modelserver_operator.cli.plan.sizes import Memory
from modelserver_operator.cli.screen import row, table

GIB, MIB = 1 << 30, 1 << 20
COLOURS = {True: "green", False: "red", None: ""}


def memory(found: Memory) -> Iterator[RenderableType]:
    """Whether it fits, by which sizes, and what to do about it."""
    yield Text(_sentence(found.verdict), style=COLOURS[found.fits])
    if found.weights is not None:
        yield _sizes(found)
        yield Text(f"Weights by family: {'; '.join(f'{each.name} {_size(each.size)}' for each in found.families)}.")
    if found.context is not None and found.fits is False:
        yield Text(f"The model's own context, by its config.json: {found.context:,} tokens.")
    if found.files is not None:
        yield Text(f"Weights in the model's files, of all accelerators together: {_size(found.files)}.")
    yield Text(_sentence(found.reason))
    if found.advice:
        yield Text(f"It would fit with {', or with '.join(found.advice)}.")


def _sizes(found: Memory) -> RenderableType:
    made = table("what", "size")
    made.columns[1].justify = "right"
    for name, size in (
        (f"room {_place(found)}", found.room),
        ("weights", found.weights),
        ("activations of the largest batch", found.activations),
        *(() if found.on_cpu else (("CUDA graphs", found.graphs),)),
        ("libraries" if found.on_cpu else "driver and libraries", found.outside),
        ("left for the KV cache", found.cache),
        ("KV cache of one sequence of maxContextTokens", found.cache_per_sequence),
        ("KV cache of maxSequences of them", found.cache_for_all),
    ):
        row(made, name, "not known" if size is None else _size(size))
    row(made, "KV cache of one token", f"{found.cache_per_token:,} bytes")
    if found.sequences_at_once is not None:
        row(made, "sequences of maxContextTokens at once", f"{found.sequences_at_once:,}")
    return made


def _place(found: Memory) -> str:
    """Where the room is."""
    if found.accelerators == 1:
        return "in the pod's memory" if found.on_cpu else "on the accelerator"
    of = f"each of {found.accelerators}"
    return f"in the memory of {of} units" if found.on_cpu else f"on {of} accelerators"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _size(size: int) -> str:
    return f"{size / GIB:,.2f} GiB" if size >= GIB // 10 or size == 0 else f"{size / MIB:,.1f} MiB"
