"""Kubernetes quantities: a number and a suffix."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

_BINARY = {f"{letter}i": 1024**power for power, letter in enumerate("KMGTPE", start=1)}
_DECIMAL = {letter: 1000**power for power, letter in enumerate("kMGTPE", start=1)}
FACTORS: Mapping[str, Decimal] = MappingProxyType(
    {"": Decimal(1), "m": Decimal("0.001")}
    | {suffix: Decimal(factor) for suffix, factor in (_BINARY | _DECIMAL).items()}
)


def times(quantity: str, count: int) -> str:
    """`count` times the quantity, in the same unit."""
    number, suffix = _parts(quantity)
    return f"{_plain(number * count)}{suffix}"


def as_bytes(quantity: str) -> int:
    """The quantity as a whole number."""
    number, suffix = _parts(quantity)
    return int(number * FACTORS[suffix])


def _parts(quantity: str) -> tuple[Decimal, str]:
    """The CRD's pattern has let through nothing else."""
    found = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", quantity)
    assert found, quantity
    return Decimal(found[1]), found[2]


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
