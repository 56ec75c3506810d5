"""Whether a model fits into its accelerators, from what the ModelServer says of the model.

weights in bytes = parameters * bytesPerParameter
KV cache in bytes per token = 2 (key and value) * layers * keyValueHeads * hiddenSize / attentionHeads * bytes of dtype
room in bytes = count * memory of one accelerator * acceleratorMemoryPercent

Sizes are reckoned as in memory/, which also reads config.json: a head that several accelerators keep counts as often,
and --kv-cache-dtype counts. The estimate leaves out activations and CUDA graphs, so only what is impossible is refused.
"""

from __future__ import annotations

from dataclasses import replace

from modelserver_operator.api import ModelServer, ModelServerClass, Reason
from modelserver_operator.api.modelfacts import ModelFacts
from modelserver_operator.resolve.engine import engine
from modelserver_operator.resolve.memory import Estimate, Unknown, estimate, setting, stated
from modelserver_operator.resolve.memory.stated import unstated, weight_bytes_stated
from modelserver_operator.resolve.outcome import Refusal, Valued
from modelserver_operator.resolve.quantities import as_bytes


def weights_fit(server: ModelServer, server_class: ModelServerClass) -> Refusal | None:
    """The weights alone are not larger than what the engine may take."""
    weights, room = weight_bytes_stated(_facts(server)), _room(server, server_class)
    if weights is None or room is None or weights <= room:
        return None
    message = (
        f"The weights need {_gib(weights)} ({_weights_in_words(server)}), and the accelerators have "
        f"{_gib(room)} ({_room_in_words(server, server_class)}); take more accelerators or a smaller model."
    )
    return Refusal(Reason.SPEC_INVALID, message, "spec.model.facts")


def fit(server: ModelServer, server_class: ModelServerClass) -> Valued[str]:
    """The estimate in words; called once the check above has passed."""
    weights, room = weight_bytes_stated(_facts(server)), _room(server, server_class)
    missing = _missing(server, server_class)
    if missing or weights is None or room is None:
        return Valued("unknown", f"not stated: {', '.join(missing)}")
    token = _token(server, server_class)
    if isinstance(token, Unknown):
        return Valued("unknown", token.why)
    words = (_weights_in_words(server), _room_in_words(server, server_class), f"{token:,} bytes per token")
    return Valued(_in_words(server, server_class, room, weights, token), "spec.model.facts: " + "; ".join(words))


def _in_words(server: ModelServer, server_class: ModelServerClass, room: int, weights: int, token: int) -> str:
    context, tokens = engine(server, server_class).max_context_tokens.value, (room - weights) // token
    word = "fits" if tokens >= context else "too small for one sequence"
    return (
        f"{word}: {_gib(weights)} of weights leave {_gib(room - weights)} of {_gib(room)} for "
        f"{tokens:,} tokens of KV cache, which is {tokens / context:.1f} times maxContextTokens"
    )


def _token(server: ModelServer, server_class: ModelServerClass) -> int | Unknown:
    """Bytes of KV cache per token on all accelerators together, which keep it once however the layers are dealt out."""
    shape = stated(_facts(server))
    told = setting(engine(server, server_class), server_class.spec)
    if isinstance(shape, Unknown):
        return shape
    if isinstance(told, Unknown):
        return told
    found = estimate(shape, replace(told, pipeline_parallel_size=1), None)
    return found.token * told.tensor_parallel_size if isinstance(found, Estimate) else found


def _room(server: ModelServer, server_class: ModelServerClass) -> int | None:
    memory = _memory(server_class)
    percent = engine(server, server_class).accelerator_memory_percent.value
    return None if memory is None else _count(server) * as_bytes(memory) * percent // 100


def _missing(server: ModelServer, server_class: ModelServerClass) -> list[str]:
    """The fields without which there is no estimate."""
    of_class = [] if _memory(server_class) else [f"accelerator.memory of class {server_class.metadata.name}"]
    return unstated(_facts(server)) + of_class


def _memory(server_class: ModelServerClass) -> str | None:
    accelerator = server_class.spec.accelerator
    return accelerator.memory if accelerator else None


def _facts(server: ModelServer) -> ModelFacts:
    return server.spec.model.facts or ModelFacts()


def _count(server: ModelServer) -> int:
    return server.spec.accelerators.count if server.spec.accelerators else 1


def _weights_in_words(server: ModelServer) -> str:
    facts = _facts(server)
    return f"{facts.parameters:,} parameters of {facts.bytes_per_parameter:g} bytes"


def _room_in_words(server: ModelServer, server_class: ModelServerClass) -> str:
    percent = engine(server, server_class).accelerator_memory_percent.value
    return f"{percent} % of {_count(server)} times {_memory(server_class)}"


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"
