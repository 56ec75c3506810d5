"""compressed-tensors: one library's several formats of quantized weights."""

from __future__ import annotations

from collections.abc import Callable

from modelserver_operator.resolve.memory.fields import Fields, shown
from modelserver_operator.resolve.memory.shape import UnknowableError

SCALE = 2  # bytes: scales are stored in the model's 16-bit format
EIGHT_BITS = ("float-quantized", "int-quantized", "naive-quantized")


def compressed_size(stated: Fields) -> Callable[[int, int], int]:
    """Bytes of a matrix, by rows and columns. Raises UnknowableError."""
    group = _only_group(stated)
    weights, form = group.part("weights", {}), group.value("format") or stated.value("format")
    bits = weights.number("num_bits")
    if form == "nvfp4-pack-quantized":
        # An 8-bit scale for each 16 numbers, and two in float32 for all.
        return lambda rows, columns: rows * columns // 2 + rows * columns // 16 + 8
    if form == "pack-quantized" or (form in EIGHT_BITS and bits == 8):
        return _with_scales(weights, bits, form == "pack-quantized")
    raise UnknowableError(f"the size of compressed-tensors' format {shown(form)} with {bits} bits is not known here")


def _only_group(stated: Fields) -> Fields:
    """The one group of settings, which must hold for every linear layer."""
    groups = stated.part("config_groups", {}).values
    if len(groups) != 1:
        raise UnknowableError("its compressed-tensors format differs from module to module (config_groups)")
    group = Fields(groups, {}).part(next(iter(groups)), {})
    if group.value("targets") != ["Linear"]:
        raise UnknowableError(f"its compressed-tensors format is for {shown(group.value('targets'))}, not for Linear")
    return group


def _with_scales(weights: Fields, bits: int, packed: bool) -> Callable[[int, int], int]:
    """Packed into words of 32 bits, or a byte each; a scale for each group, row, block, or for all."""
    per_row, high, wide = _scale_of(weights)
    if weights.value("actorder") == "group":
        raise UnknowableError("its columns are in an order of their own (actorder: group), which vLLM no longer serves")
    symmetric = weights.value("symmetric") is not False

    def size(rows: int, columns: int) -> int:
        groups = -(-columns // (wide or columns))
        scales = groups * (-(-rows // high) if per_row else 1)
        numbers = rows * -(-columns * bits // 32) * 4 + 16 if packed else rows * columns
        zeros = 0 if symmetric else groups * -(-rows * bits // 32) * 4
        return numbers + scales * SCALE + zeros

    return size


def _scale_of(weights: Fields) -> tuple[bool, int, int | None]:
    """(whether rows have scales of their own, rows of one, columns of one or None for all)."""
    strategy = weights.value("strategy")
    if strategy == "tensor":
        return False, 1, None
    if strategy == "channel":
        return True, 1, None
    if strategy == "group":
        return True, 1, weights.number("group_size")
    if strategy == "block" and (block := weights.sides("block_structure")):
        return True, *block
    raise UnknowableError(f"the size of compressed-tensors' strategy {shown(strategy)} is not known here")
