"""Which layers look back only so far, as vLLM reads a config.json."""

from __future__ import annotations

from modelserver_operator.resolve.memory.fields import Fields
from modelserver_operator.resolve.memory.shape import UnknowableError

Windows = list[int | None]

KINDS = ("full_attention", "sliding_attention")


def nowhere(fields: Fields) -> Windows:
    """Every layer looks back to the beginning."""
    return [None] * fields.number("num_hidden_layers")


def everywhere(fields: Fields) -> Windows:
    """Every layer has the window of the config, where it has one, unless layer_types names those that have."""
    if fields.value("layer_types") is not None:
        return by_type(fields, 1)
    return [fields.optional("sliding_window")] * fields.number("num_hidden_layers")


def switched(fields: Fields) -> Windows:
    """The window counts only where use_sliding_window is true, and vLLM serves no such model whose layers differ."""
    if fields.flag("use_sliding_window"):
        raise UnknowableError("use_sliding_window is true, which vLLM treats in its own way")
    return nowhere(fields)


def by_type(fields: Fields, pattern: int) -> Windows:
    """As layer_types says; without it, every layer but each `pattern`-th has the window."""
    layers, window = fields.number("num_hidden_layers"), fields.optional("sliding_window")
    if fields.value("layer_types") is None:
        return [window if (layer + 1) % pattern else None for layer in range(layers)]
    types = fields.texts("layer_types")
    if len(types) != layers or not set(types) <= set(KINDS):
        raise UnknowableError(f"layer_types is no list of {layers} times {' or '.join(KINDS)}")
    return [window if kind == "sliding_attention" else None for kind in types]
