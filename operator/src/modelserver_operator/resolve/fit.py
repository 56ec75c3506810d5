"""Whether a model fits into its accelerators, from what the ModelServer says of the model.

weights in bytes = parameters * bytesPerParameter
KV cache in bytes per token = 2 (key and value) * layers * keyValueHeads * hiddenSize / attentionHeads * bytes of dtype
room in bytes = count * memory of one accelerator * acceleratorMemoryPercent

Where tensorParallelSize is more than keyValueHeads, vLLM keeps a head on several accelerators: it counts as often.

The estimate leaves out activations and CUDA graphs, so only what is impossible is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from modelserver_operator.api import ModelServer, ModelServerClass, Reason
from modelserver_operator.api.modelfacts import ModelFacts
from modelserver_operator.resolve.engine import engine
from modelserver_operator.resolve.outcome import Refusal, ResolvedEngine, Valued
from modelserver_operator.resolve.quantities import as_bytes

# By vLLM's words; where the engine decides by itself ("auto"), it takes one of the two 16-bit formats.
DTYPE_BYTES: Mapping[str, int] = MappingProxyType({"auto": 2, "bfloat16": 2, "float16": 2, "float32": 4})


@dataclass(frozen=True)
class _Sizes:
    """Bytes, and bytes per token; None where something that the size follows from is not stated."""

    weights: int | None
    room: int | None
    token: int | None


def weights_fit(server: ModelServer, server_class: ModelServerClass) -> Refusal | None:
    """The weights alone are not larger than what the engine may take."""
    sizes = _sizes(server, server_class)
    if sizes.weights is None or sizes.room is None or sizes.weights <= sizes.room:
        return None
    message = (
        f"The weights need {_gib(sizes.weights)} ({_weights_in_words(server)}), and the accelerators have "
        f"{_gib(sizes.room)} ({_room_in_words(server, server_class)}); take more accelerators or a smaller model."
    )
    return Refusal(Reason.SPEC_INVALID, message, "spec.model.facts")


def fit(server: ModelServer, server_class: ModelServerClass) -> Valued[str]:
    """The estimate in words; called once the check above has passed."""
    sizes = _sizes(server, server_class)
    if sizes.weights is None or sizes.room is None or sizes.token is None:
        return Valued("unknown", f"not stated: {', '.join(_missing(server, server_class))}")
    context = engine(server, server_class).max_context_tokens.value
    tokens = (sizes.room - sizes.weights) // sizes.token
    word = "fits" if tokens >= context else "too small for one sequence"
    value = (
        f"{word}: {_gib(sizes.weights)} of weights leave {_gib(sizes.room - sizes.weights)} of {_gib(sizes.room)} for "
        f"{tokens:,} tokens of KV cache, which is {tokens / context:.1f} times maxContextTokens"
    )
    words = (_weights_in_words(server), _room_in_words(server, server_class), f"{sizes.token:,} bytes per token")
    return Valued(value, "spec.model.facts: " + "; ".join(words))


def _sizes(server: ModelServer, server_class: ModelServerClass) -> _Sizes:
    facts = server.spec.model.facts or ModelFacts()
    return _Sizes(_weights(facts), _room(server, server_class), _token(facts, engine(server, server_class)))


def _weights(facts: ModelFacts) -> int | None:
    if facts.parameters is None or facts.bytes_per_parameter is None:
        return None
    return int(facts.parameters * facts.bytes_per_parameter)


def _room(server: ModelServer, server_class: ModelServerClass) -> int | None:
    memory = _memory(server_class)
    percent = engine(server, server_class).accelerator_memory_percent.value
    return None if memory is None else _count(server) * as_bytes(memory) * percent // 100


def _token(facts: ModelFacts, told: ResolvedEngine) -> int | None:
    heads, shared, hidden, layers = facts.attention_heads, facts.key_value_heads, facts.hidden_size, facts.layers
    if heads is None or shared is None or hidden is None or layers is None:
        return None
    kept = max(shared, told.tensor_parallel_size.value)
    return max(1, 2 * layers * kept * hidden * DTYPE_BYTES[told.dtype.value] // heads)


def _missing(server: ModelServer, server_class: ModelServerClass) -> list[str]:
    """The fields without which there is no estimate."""
    facts = server.spec.model.facts or ModelFacts()
    unstated = [f"spec.model.facts.{type(facts).model_fields[name].alias}" for name, value in facts if value is None]
    of_class = [] if _memory(server_class) else [f"accelerator.memory of class {server_class.metadata.name}"]
    return unstated + of_class


def _memory(server_class: ModelServerClass) -> str | None:
    accelerator = server_class.spec.accelerator
    return accelerator.memory if accelerator else None


def _count(server: ModelServer) -> int:
    return server.spec.accelerators.count if server.spec.accelerators else 1


def _weights_in_words(server: ModelServer) -> str:
    facts = server.spec.model.facts or ModelFacts()
    return f"{facts.parameters:,} parameters of {facts.bytes_per_parameter:g} bytes"


def _room_in_words(server: ModelServer, server_class: ModelServerClass) -> str:
    percent = engine(server, server_class).accelerator_memory_percent.value
    return f"{percent} % of {_count(server)} times {_memory(server_class)}"


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"
