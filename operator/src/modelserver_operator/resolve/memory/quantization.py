"""The formats of quantized weights, as their quantization_config states them.

Sizes are those of the tensors that each format stores for a matrix of rows x columns: packed numbers, scales, and where
there are such, zero points and the order of the columns. vLLM loads the same, and reorders it for some kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from modelserver_operator.resolve.memory.compressed import compressed_size
from modelserver_operator.resolve.memory.fields import Fields, shown
from modelserver_operator.resolve.memory.modules import named
from modelserver_operator.resolve.memory.packing import Matrix, Packing, unpacked
from modelserver_operator.resolve.memory.shape import UnknowableError

Size = Callable[[int, int], int]


def packing(config: Mapping[str, object]) -> Packing:
    """How the config's model packs its matrices. Raises UnknowableError."""
    way = method(config)
    return _METHODS[way](Fields(config, {}).part("quantization_config", {})) if way else unpacked


def method(config: Mapping[str, object]) -> str:
    """The name of the method, empty where the weights are not quantized. Raises UnknowableError."""
    if config.get("quantization_config") is None:
        return ""
    found = Fields(config, {}).part("quantization_config", {}).value("quant_method")
    if not isinstance(found, str) or found not in _METHODS:
        known = ", ".join(_METHODS)
        raise UnknowableError(f"the size of quant_method {shown(found)} is not known here; known are {known}")
    return found


def _fp8(stated: Fields) -> Packing:
    """A byte a number; a float32 scale for each block, or one for all and one for what comes in."""
    block = stated.sides("weight_block_size")
    if block is None:
        return _where(_left(stated), lambda rows, columns: rows * columns + 8)
    high, wide = block
    return _where(_left(stated), lambda rows, columns: rows * columns + 4 * -(-rows // high) * -(-columns // wide))


def _awq(stated: Fields) -> Packing:
    """Groups of columns with a 16-bit scale and a packed zero point for each row."""
    bits = stated.optional("bits") or stated.number("w_bit")
    group = _group(stated.value("group_size") or stated.value("q_group_size"))

    def size(rows: int, columns: int) -> int:
        groups = columns // (group or columns)
        return rows * columns * bits // 8 + groups * (rows * 2 + rows * bits // 8)

    return _where(_left(stated), size)


def _gptq(stated: Fields) -> Packing:
    """As AWQ, and the group of each column in 32 bits."""
    if stated.value("dynamic"):
        raise UnknowableError("its GPTQ format differs from module to module (dynamic)")
    bits, group = stated.number("bits"), _group(stated.value("group_size"))

    def size(rows: int, columns: int) -> int:
        groups = columns // (group or columns)
        return rows * columns * bits // 8 + groups * (rows * 2 + rows * bits // 8) + columns * 4

    return _where(_stated_to_be_left(stated) if stated.flag("lm_head") else _left(stated), size)


def _mxfp4(_: Fields) -> Packing:
    """gpt-oss: the experts in 4 bits, with an 8-bit scale for each 32 of them."""

    def pack(matrix: Matrix) -> int | None:
        packed = ".experts." in matrix.module
        return matrix.rows * (matrix.columns // 2 + -(-matrix.columns // 32)) if packed else None

    return pack


def _compressed(stated: Fields) -> Packing:
    return _where(stated.texts("ignore"), compressed_size(stated))


_METHODS: Mapping[str, Callable[[Fields], Packing]] = MappingProxyType(
    {"fp8": _fp8, "awq": _awq, "gptq": _gptq, "mxfp4": _mxfp4, "compressed-tensors": _compressed}
)


def _where(left: Sequence[str], size: Size) -> Packing:
    """Packs all matrices but those that are left as they are. Raises UnknowableError."""
    are_left = [named(name) for name in left]
    return lambda matrix: (
        None if any(is_left(matrix.module) for is_left in are_left) else size(matrix.rows, matrix.columns)
    )


def _left(stated: Fields) -> list[str]:
    """Modules that are left as they are, with the head."""
    return [*_stated_to_be_left(stated), "lm_head"]


def _stated_to_be_left(stated: Fields) -> list[str]:
    return [*stated.texts("modules_to_not_convert"), *stated.texts("ignored_layers")]


def _group(found: object) -> int | None:
    """Columns of a group; None: one group of all."""
    if not isinstance(found, int) or isinstance(found, bool) or (found < 1 and found != -1):
        raise UnknowableError(f"group_size is {shown(found)}, not a whole number")
    return None if found == -1 else found
