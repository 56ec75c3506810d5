"""What the engine is told and given, as far as it says how much memory there is and is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from modelserver_operator.resolve.memory.shape import UnknowableError

# By vLLM's words; where the engine decides by itself ("auto"), it takes one of the two 16-bit formats.
DTYPE_BYTES: Mapping[str, int] = MappingProxyType({"auto": 2, "bfloat16": 2, "float16": 2, "float32": 4})

# What --kv-cache-dtype says, in bytes; vLLM knows further ones, whose scales lie in the cache, too.
CACHE_BYTES: Mapping[str, int] = MappingProxyType(
    {"bfloat16": 2, "float16": 2, "fp8": 1, "fp8_e4m3": 1, "fp8_e5m2": 1, "fp8_inc": 1}
)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What the engine is told.

    dtype, cache_dtype: vLLM's words. block_tokens: of one block of the KV cache; vLLM's default on accelerators is 16.
    batched_tokens: the most that one step computes; steps: how many are under way at a time.
    whole: sliding windows are kept whole (--disable-hybrid-kv-cache-manager). eager: no CUDA graphs.
    quantization: the method that is asked for (--quantization), empty where none is.
    longer: a context that is longer than the model's own is allowed.
    """

    dtype: str
    tensor_parallel_size: int
    pipeline_parallel_size: int
    max_context_tokens: int
    max_sequences: int
    batched_tokens: int
    steps: int
    cache_dtype: str = "auto"
    block_tokens: int = 16
    whole: bool = False
    eager: bool = False
    quantization: str = ""
    longer: bool = False

    @property
    def plain_bytes(self) -> int:
        """Bytes of a number that the engine computes with."""
        return DTYPE_BYTES[self.dtype]

    @property
    def cache_bytes(self) -> int:
        """Bytes of a number in the KV cache. Raises UnknowableError."""
        if self.cache_dtype == "auto":
            return self.plain_bytes
        if self.cache_dtype not in CACHE_BYTES:
            raise UnknowableError(f"the size of kv-cache-dtype {self.cache_dtype} is not known here")
        return CACHE_BYTES[self.cache_dtype]


@dataclass(frozen=True)
class Room:
    """Bytes on one accelerator. total: what the engine may take of it; cache: what it is told to take for the KV cache
    (--kv-cache-memory-bytes), None where it takes all that is left; spare: what there is beside the total, which a
    CPU's unit of memory has not: there the kernel ends who takes more."""

    total: int
    cache: int | None = None
    spare: int = 0
