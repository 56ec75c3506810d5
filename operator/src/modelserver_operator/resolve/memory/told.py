"""A resolved engine and its class, to what the estimate needs of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from modelserver_operator.api.modelserverclass import ModelServerClassSpec
from modelserver_operator.resolve.memory.setting import Room, Setting
from modelserver_operator.resolve.memory.shape import UnknowableError, Unknown
from modelserver_operator.resolve.outcome import ResolvedEngine
from modelserver_operator.resolve.quantities import as_bytes

# vLLM 0.32's own max-num-batched-tokens when it serves, by bytes of one accelerator (EngineArgs.get_batch_defaults).
# It gives an A100 the least, also with 80 GiB; its name is not known here, so that the estimate is on the safe side.
BATCHED_TOKENS = ((160 << 30, 16384), (70 << 30, 8192), (0, 2048))
CPU_BATCHED_TOKENS = 2048  # for each unit of a replica
CACHE = "kv-cache-memory-bytes"
LONGER = "VLLM_ALLOW_LONG_MAX_MODEL_LEN"
CPU_BLOCK_TOKENS = 128  # vLLM's default block-size on a CPU

# Options that change what is needed in ways that are not computed here.
OTHERWISE: Mapping[str, str] = MappingProxyType(
    {
        "hf-overrides": "changes the model's config",
        "speculative-config": "brings a second model",
        "cpu-offload-gb": "keeps weights elsewhere",
        "data-parallel-size": "loads several copies",
        "decode-context-parallel-size": "spreads the KV cache over accelerators",
        "performance-mode": "changes the largest batch",
        "enable-lora": "needs room for adapters",
    }
)


def setting(engine: ResolvedEngine, placement: ModelServerClassSpec) -> Setting | Unknown:
    """What the engine is told; Unknown names an option whose need of memory is not computed."""
    try:
        return _setting(engine, placement)
    except UnknowableError as error:
        return Unknown(str(error))


def room(engine: ResolvedEngine, placement: ModelServerClassSpec) -> Room | Unknown:
    """What there is on one accelerator, or in one unit's memory where the class computes on the CPU."""
    memory, most = _memory(placement), taken(engine, placement)
    if memory is None or most is None:
        return Unknown(f"the class does not state {memory_field(placement)}")
    given = engine.arguments.get(CACHE)
    if given and not given.value.isdecimal():
        return Unknown(f"the option {CACHE} is {given.value!r}, which is no whole number")
    return Room(most, int(given.value) if given else None, spare=memory - most)


def taken(engine: ResolvedEngine, placement: ModelServerClassSpec) -> int | None:
    """Bytes that the engine may take of it; None where the class does not say how much there is."""
    memory = _memory(placement)
    return None if memory is None else memory * share(engine, placement) // 100


def share(engine: ResolvedEngine, placement: ModelServerClassSpec) -> int:
    """The same in per cent of what there is."""
    return 100 if placement.device == "Cpu" else engine.accelerator_memory_percent.value


def memory_field(placement: ModelServerClassSpec) -> str:
    """Where a class of this device states how much there is."""
    return "resources.memory" if placement.device == "Cpu" else "accelerator.memory"


def memory_stated(placement: ModelServerClassSpec) -> str | None:
    """How much a class of this device says that there is, as it has it."""
    if placement.device == "Cpu":
        return placement.resources.memory if placement.resources else None
    return placement.accelerator.memory if placement.accelerator else None


def _setting(engine: ResolvedEngine, placement: ModelServerClassSpec) -> Setting:
    for option in engine.arguments:
        if option in OTHERWISE:
            raise UnknowableError(f"the option {option} {OTHERWISE[option]}")
    told = {name: valued.value for name, valued in engine.arguments.items()}
    return Setting(
        dtype=engine.dtype.value,
        tensor_parallel_size=engine.tensor_parallel_size.value,
        pipeline_parallel_size=engine.pipeline_parallel_size.value,
        max_context_tokens=engine.max_context_tokens.value,
        max_sequences=engine.max_sequences.value,
        batched_tokens=_number(told, "max-num-batched-tokens", _batched(engine, placement)),
        steps=_steps(engine, placement),
        cache_dtype=told.get("kv-cache-dtype", "auto"),
        block_tokens=_number(told, "block-size", CPU_BLOCK_TOKENS if placement.device == "Cpu" else 16),
        whole="disable-hybrid-kv-cache-manager" in told,
        eager="enforce-eager" in told or placement.device == "Cpu",
        quantization=told.get("quantization", ""),
        longer=any(variable.name == LONGER for variable in placement.environment),
    )


def _batched(engine: ResolvedEngine, placement: ModelServerClassSpec) -> int:
    """Never more than all sequences together have, and a whole prompt where prompts are not computed in parts, which
    the runtime forbids on a CPU."""
    context = engine.max_context_tokens.value
    is_whole = placement.device == "Cpu" or "no-enable-chunked-prefill" in engine.arguments
    usual = max(_usual_batch(engine, placement), context if is_whole else 0)
    return min(context * engine.max_sequences.value, usual)


def _usual_batch(engine: ResolvedEngine, placement: ModelServerClassSpec) -> int:
    if placement.device == "Cpu":
        return CPU_BATCHED_TOKENS * engine.accelerators
    memory = _memory(placement) or 0
    return next(tokens for least, tokens in BATCHED_TOKENS if memory >= least)


def _steps(engine: ResolvedEngine, placement: ModelServerClassSpec) -> int:
    """One for each stage; beside a GPU the next is scheduled meanwhile (VllmConfig.max_concurrent_batches)."""
    return engine.pipeline_parallel_size.value + (placement.device != "Cpu")


def _number(told: Mapping[str, str], option: str, default: int) -> int:
    given = told.get(option)
    if given is None:
        return default
    if not given.isdecimal() or int(given) == 0:
        raise UnknowableError(f"the option {option} is {given!r}, which is no whole number")
    return int(given)


def _memory(placement: ModelServerClassSpec) -> int | None:
    """Bytes of one accelerator, or of one unit on the CPU."""
    stated = memory_stated(placement)
    return None if stated is None else as_bytes(stated)
