"""Whether a model fits, from what the ModelServer says of it: on its accelerators, or into the memory of a CPU's pod.

weights in bytes = parameters * bytesPerParameter
KV cache in bytes per token = 2 (key and value) * layers * keyValueHeads * hiddenSize / attentionHeads * bytes of dtype

Both are shared between the accelerators: the numbers told are those of one, the fullest.
It is judged in memory/, by the function that `modelserver plan` calls, too: what a plan says of these facts, the status
says as well. Refused are only weights that are too large: all else rests on an allowance.
"""

from __future__ import annotations

from modelserver_operator.api import ModelServer, ModelServerClass, Reason
from modelserver_operator.api.modelfacts import ModelFacts
from modelserver_operator.resolve.engine import engine
from modelserver_operator.resolve.memory import Estimate, Unknown, judged, room, stated
from modelserver_operator.resolve.memory.stated import unstated, weight_bytes_stated
from modelserver_operator.resolve.memory.told import memory_field, memory_stated, share, taken
from modelserver_operator.resolve.outcome import Refusal, ResolvedEngine, Valued


def weights_fit(server: ModelServer, server_class: ModelServerClass) -> Refusal | None:
    """The weights are not larger than what the engine may take, also where nothing else is stated."""
    weights, told = weight_bytes_stated(_facts(server)), engine(server, server_class)
    there = taken(told, server_class.spec)
    if weights is None or there is None:
        return None
    held, one = _held(weights, server, told, server_class), _one(server_class)
    if held <= there:
        return None
    message = (
        f"The weights need {_gib(weights)} ({_weights_in_words(server)}): {_gib(held)} on one {one}, which has "
        f"{_gib(there)} ({_room_in_words(told, server_class)}); take more {one}s or a smaller model."
    )
    return Refusal(Reason.SPEC_INVALID, message, "spec.model.facts")


def fit(server: ModelServer, server_class: ModelServerClass) -> Valued[str]:
    """The estimate in words; called once the check above has passed."""
    if missing := _missing(server, server_class):
        return Valued("unknown", f"not stated: {', '.join(missing)}")
    told = engine(server, server_class)
    there = room(told, server_class.spec)
    found = there if isinstance(there, Unknown) else judged(stated(_facts(server)), told, server_class.spec)
    if isinstance(found, Unknown):
        return Valued("unknown", found.why)
    words = (_weights_in_words(server), _room_in_words(told, server_class), f"{found.token:,} bytes per token")
    return Valued(_in_words(found, _one(server_class)), "spec.model.facts: " + "; ".join(words))


def _held(weights: int, server: ModelServer, told: ResolvedEngine, server_class: ModelServerClass) -> int:
    """Bytes of the weights on the fullest accelerator; where the facts do not tell, as if all held as much."""
    found = judged(stated(_facts(server)), told, server_class.spec)
    return found.weights if isinstance(found, Estimate) else -(-weights // told.accelerators)


def _in_words(found: Estimate, one: str) -> str:
    """one: what an accelerator is called; the numbers are those of the fullest."""
    assert found.room, "is asked for where there is one"
    cache, times = found.cache or 0, found.at_once or 0.0
    return (
        f"{found.verdict.value}: of the {_gib(found.room.total)} of one {one} the weights take "
        f"{_gib(found.weights)} and a step {_gib(found.headroom.total)}; the KV cache has {_gib(cache)}, "
        f"{cache // found.token:,} tokens, which is {times:.1f} times maxContextTokens"
    )


def _one(server_class: ModelServerClass) -> str:
    return "unit" if server_class.spec.device == "Cpu" else "accelerator"


def _missing(server: ModelServer, server_class: ModelServerClass) -> list[str]:
    """The fields without which there is no estimate."""
    field = f"{memory_field(server_class.spec)} of class {server_class.metadata.name}"
    return unstated(_facts(server)) + ([] if memory_stated(server_class.spec) else [field])


def _facts(server: ModelServer) -> ModelFacts:
    return server.spec.model.facts or ModelFacts()


def _weights_in_words(server: ModelServer) -> str:
    facts = _facts(server)
    return f"{facts.parameters:,} parameters of {facts.bytes_per_parameter:g} bytes"


def _room_in_words(told: ResolvedEngine, server_class: ModelServerClass) -> str:
    return f"{share(told, server_class.spec)} % of {memory_stated(server_class.spec)}"


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"
