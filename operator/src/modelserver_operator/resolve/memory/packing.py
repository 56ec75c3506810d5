"""Linear layers, and what a family of them takes in a format of quantized weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from modelserver_operator.resolve.memory.shape import Stage, Tensors


@dataclass(frozen=True)
class Matrix:
    """A linear layer: `rows` outputs of `columns` inputs. module: its name in the checkpoint; times: how many there
    are of it, such as experts."""

    module: str
    rows: int
    columns: int
    times: int = 1
    bias: bool = False


# Bytes of one such matrix with its scales; None where it stays plain. Its bias always does.
Packing = Callable[[Matrix], int | None]


def unpacked(_: Matrix) -> None:
    """The format of a model that is not quantized."""


def tensors(
    family: str,
    matrices: Iterable[Matrix],
    packing: Packing,
    *,
    plain: int = 0,
    parts: int | None = None,
    stage: Stage = "layers",
) -> Tensors:
    """A family of these matrices, and of `plain` further numbers such as norms."""
    packed = packed_bytes = 0
    for matrix in matrices:
        size, numbers = packing(matrix), matrix.rows * matrix.columns * matrix.times
        plain += (matrix.rows * matrix.times if matrix.bias else 0) + (numbers if size is None else 0)
        packed += 0 if size is None else numbers
        packed_bytes += 0 if size is None else size * matrix.times
    return Tensors(family=family, plain=plain, packed=packed, packed_bytes=packed_bytes, parts=parts, stage=stage)
