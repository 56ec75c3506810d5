"""The formats of quantized weights, as their quantization_config states them.

Sizes are those of the tensors that each format stores for a matrix of rows x columns: packed numbers, scales, and where
there are such, zero points and the order of the columns. vLLM loads the same, and reorders it for some kernels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from modelserver_operator.resolve.memory.compressed import compressed_size
from modelserver_operator.resolve.memory.fields import Fields
from modelserver_operator.resolve.memory.packing import Matrix, Packing, unpacked
from modelserver_operator.resolve.memory.shape import UnknowableError

Size = Callable[[int, int], int]


def packing(config: Mapping[str, object]) -> Packing:
    """How the config's model packs its matrices. Raises UnknowableError."""
    named = method(config)
    return _METHODS[named](Fields(config, {}).part("quantization_config", {})) if named else unpacked


def method(config: Mapping[str, object]) -> str:
    """The name of the method, empty where the weights are not quantized. Raises UnknowableError."""
    if config.get("quantization_config") is None:
        return ""
    found = Fields(config, {}).part("quantization_config", {}).value("quant_method")
    if not isinstance(found, str) or found not in _METHODS:
        known = ", ".join(_METHODS)
        raise UnknowableError(f"the size of quant_method {found!r} is not known here; known are {known}")
    return found


def _fp8(stated: Fields) -> Packing:
    """A byte a number; a float32 scale for each block, or one for all and one for what comes in."""
    block = stated.value("weight_block_size")
    if block is None:
        return _where(_left(stated), lambda rows, columns: rows * columns + 8)
    if not isinstance(block, list) or len(block) != 2 or not all(isinstance(side, int) and side > 0 for side in block):
        raise UnknowableError(f"weight_block_size is {block!r}, not two whole numbers")
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
    return _where(_names(stated, "ignore"), compressed_size(stated))


_METHODS: Mapping[str, Callable[[Fields], Packing]] = MappingProxyType(
    {"fp8": _fp8, "awq": _awq, "gptq": _gptq, "mxfp4": _mxfp4, "compressed-tensors": _compressed}
)


def _where(left: Sequence[str], size: Size) -> Packing:
    """Packs all matrices but those that are left as they are."""
    return lambda matrix: (
        None if any(_named(matrix.module, name) for name in left) else size(matrix.rows, matrix.columns)
    )


def _left(stated: Fields) -> list[str]:
    """Modules that are left as they are, with the head."""
    return [*_stated_to_be_left(stated), "lm_head"]


def _stated_to_be_left(stated: Fields) -> list[str]:
    return [*_names(stated, "modules_to_not_convert"), *_names(stated, "ignored_layers")]


def _names(stated: Fields, name: str) -> list[str]:
    found = stated.value(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(entry, str) for entry in found):
        raise UnknowableError(f"{name} of quantization_config is no list of names")
    return found


def _named(module: str, name: str) -> bool:
    """A name is a regular expression after "re:", or whole parts of a module's path. In a model that also sees, the
    language model's modules have a prefix."""
    if name.startswith("re:"):
        return re.match(name.removeprefix("re:"), module) is not None
    return f".{name.replace('language_model.', '')}." in f".{module}."


def _group(found: object) -> int | None:
    """Columns of a group; None: one group of all."""
    if not isinstance(found, int) or isinstance(found, bool) or (found < 1 and found != -1):
        raise UnknowableError(f"group_size is {found!r}, not a whole number")
    return None if found == -1 else found
