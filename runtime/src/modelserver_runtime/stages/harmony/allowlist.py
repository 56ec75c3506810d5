"""Fields that may be shown, by name: what vLLM adds one day is hidden until it is listed."""

from typing import Any

Document = dict[str, Any]


def of(mapping: Document, names: tuple[str, ...]) -> Document:
    """Only those fields of `mapping`."""
    return {name: mapping[name] for name in names if name in mapping}
