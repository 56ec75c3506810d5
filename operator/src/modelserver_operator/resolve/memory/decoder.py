"""A language model of decoder layers: what stands before, in and behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from modelserver_operator.resolve.memory.fields import Fields
from modelserver_operator.resolve.memory.packing import Matrix, Packing, tensors
from modelserver_operator.resolve.memory.shape import KeptLayers, ModelShape, Tensors


@dataclass(frozen=True)
class Decoder:
    """The parts that an architecture brings. norms: how many norms as wide as the model each layer has; widest: the
    widest place of its feed-forward layers, in numbers."""

    attention: tuple[Tensors, ...]
    feed_forward: tuple[Tensors, ...]
    kept: tuple[KeptLayers, ...]
    widest: int
    norms: int = 2
    besides: tuple[Tensors, ...] = ()


def model_shape(
    architecture: str, fields: Fields, packing: Packing, decoder: Decoder, vision: tuple[Tensors, ...]
) -> ModelShape:
    """The whole model; `vision` is what it sees with. Raises UnknowableError."""
    layers, hidden = fields.number("num_hidden_layers"), fields.number("hidden_size")
    norms = Tensors(family="norms", plain=(decoder.norms * layers + 1) * hidden, parts=1)
    return ModelShape(
        architecture=architecture,
        tensors=(
            *_ends(fields, packing),
            *decoder.attention,
            *decoder.feed_forward,
            norms,
            *decoder.besides,
            *vision,
        ),
        kept=decoder.kept,
        plain_bytes=fields.plain_bytes(),
        heads=fields.number("num_attention_heads"),
        hidden=hidden,
        widest=decoder.widest,
        vocabulary=fields.number("vocab_size"),
        context=_context(fields),
    )


def _context(fields: Fields) -> int | None:
    """max_position_embeddings, where vLLM takes it as it stands: not where positions are stretched by a factor, unless
    as Llama 3 does it, and not where another number overrules it. Raises UnknowableError."""
    ways = [fields.value(name) for name in ("rope_scaling", "rope_parameters")]
    if fields.value("model_max_length") is not None or any(map(_may_stretch, ways)):
        return None
    return fields.optional("max_position_embeddings")


def _may_stretch(way: object) -> bool:
    if not isinstance(way, Mapping):
        return way is not None
    is_nested = any(isinstance(value, Mapping) for value in way.values())
    return is_nested or ("factor" in way and "llama3" not in (way.get("rope_type"), way.get("type")))


def gated(module: str, hidden: int, inner: int, *, times: int = 1, bias: bool = False) -> Iterable[Matrix]:
    """A feed-forward layer with a gate: three matrices."""
    for name in ("gate_proj", "up_proj"):
        yield Matrix(f"{module}.{name}", inner, hidden, times, bias)
    yield Matrix(f"{module}.down_proj", hidden, inner, times, bias)


def dense(fields: Fields, packing: Packing, *, bias: bool = False) -> tuple[Tensors, ...]:
    """One such layer in each decoder layer. Raises UnknowableError."""
    hidden, inner = fields.number("hidden_size"), fields.number("intermediate_size")
    layers = range(fields.number("num_hidden_layers"))
    matrices = (m for layer in layers for m in gated(f"model.layers.{layer}.mlp", hidden, inner, bias=bias))
    return (tensors("feed-forward", matrices, packing),)


def _ends(fields: Fields, packing: Packing) -> Iterator[Tensors]:
    """The embedding, and the head unless it is the same matrix."""
    rows, columns = fields.number("vocab_size"), fields.number("hidden_size")
    yield Tensors(family="embedding", plain=rows * columns, stage="first")
    if not fields.flag("tie_word_embeddings"):
        yield tensors("head", [Matrix("lm_head", rows, columns)], packing, stage="last")
