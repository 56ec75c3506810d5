"""The precision that a model computes in, by what the class's device can do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from modelserver_operator.api import ModelServer, ModelServerClass, Reason
from modelserver_operator.api.engine import Dtype
from modelserver_operator.resolve.outcome import Refusal, Valued

# The first NVIDIA generation (Ampere) whose tensor cores compute in bfloat16; vLLM refuses it below.
BFLOAT16_FROM = (8, 0)

# vLLM's words.
WORDS: Mapping[Dtype, str] = MappingProxyType({"Bfloat16": "bfloat16", "Float16": "float16", "Float32": "float32"})


def dtype(server: ModelServer, server_class: ModelServerClass) -> Valued[str]:
    """The precision in vLLM's word, chosen or asked for."""
    asked = _asked(server)
    return Valued(WORDS[asked], "spec.engine.dtype") if asked != "Auto" else _by_device(server_class)


def device_has_dtype(server: ModelServer, server_class: ModelServerClass) -> Refusal | None:
    """bfloat16 is asked for only where the class's accelerators have it."""
    capability = _capability(server_class)
    if _asked(server) != "Bfloat16" or capability is None or capability >= BFLOAT16_FROM:
        return None
    message = (
        f"Bfloat16 needs compute capability 8.0 and class {server_class.metadata.name} has {_shown(capability)}; "
        "set spec.engine.dtype to Auto or Float16."
    )
    return Refusal(Reason.FORBIDDEN_BY_CLASS, message, "spec.engine.dtype")


def _by_device(server_class: ModelServerClass) -> Valued[str]:
    name = server_class.metadata.name
    if server_class.spec.device == "Cpu":
        # Few CPUs compute in bfloat16; the others convert at every step and are slower and less exact.
        return Valued("float32", f"class {name} computes on the CPU, and every CPU computes in float32")
    capability = _capability(server_class)
    if capability is None:
        return Valued("auto", f"class {name} states no computeCapability, so the engine decides at start")
    if capability >= BFLOAT16_FROM:
        return Valued("bfloat16", f"compute capability {_shown(capability)} of class {name} has bfloat16")
    return Valued("float16", f"compute capability {_shown(capability)} of class {name} has no bfloat16")


def _asked(server: ModelServer) -> Dtype:
    return (server.spec.engine and server.spec.engine.dtype) or "Auto"


def _capability(server_class: ModelServerClass) -> tuple[int, int] | None:
    accelerator = server_class.spec.accelerator
    if accelerator is None or accelerator.compute_capability is None:
        return None
    major, minor = accelerator.compute_capability.split(".")
    return int(major), int(minor)


def _shown(capability: tuple[int, int]) -> str:
    return ".".join(map(str, capability))
