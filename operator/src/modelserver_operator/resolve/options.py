"""The engine options that are ours: nobody sets them by name, neither a class nor a ModelServer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from modelserver_operator.api import ModelServerClass
from modelserver_operator.api.classengine import ClassEngine

# Options that a field sets, or that the runtime's promises rest on; the runtime refuses them too, at start.
OWN_OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "model": "is set by spec.model",
        "served-model-name": "is set by spec.servedNames",
        "max-model-len": "is set by spec.engine.maxContextTokens",
        "dtype": "is set by spec.engine.dtype",
        "max-num-seqs": "is set by spec.engine.maxSequences",
        "gpu-memory-utilization": "is set by spec.engine.acceleratorMemoryPercent",
        "stream-interval": "is set by spec.engine.streamIntervalTokens",
        "tensor-parallel-size": "is set by spec.accelerators.tensorParallelSize",
        "pipeline-parallel-size": "is set by spec.accelerators.pipelineParallelSize",
        "host": "is set by the runtime",
        "port": "is set by the runtime",
        "api-server-count": "is set by the runtime, which counts requests in one process",
        "enable-log-requests": "is never set, for prompts are not logged",
        "enable-log-outputs": "is never set, for answers are not logged",
        "enable-log-deltas": "is never set, for answers are not logged",
        "log-level": "is never set, for at DEBUG prompts would be logged",
        "logging-config": "is never set, for all lines of the log have one shape",
        "log-config-file": "is never set, for all lines of the log have one shape",
        "api-key": "is never set, for it would stand in the pod's manifest; spec.auth names a Secret",
        "hf-token": "is never set, for it would stand in the pod's manifest; tokenSecretRef names a Secret",
        "config": "is never set, for it would bring in options unseen",
        "middleware": "is never set, for it would run code before ours",
    }
)
CPU_OPTIONS: Mapping[str, str] = MappingProxyType(
    {"enable-chunked-prefill": "is fixed on CPU: a seed with a prompt that is prefilled in parts would end the engine"}
)
# With vectors these bring the plugin that steers into the engine.
STEERING_OPTIONS = frozenset({"additional-config", "worker-extension-cls"})


def class_engine(server_class: ModelServerClass) -> ClassEngine:
    """What the class says of the engine; a part that is left out says nothing."""
    return server_class.spec.engine or ClassEngine()


def ours(option: str, server_class: ModelServerClass) -> str:
    """Why the option is not to be set; empty when it may be."""
    options = {**OWN_OPTIONS, **CPU_OPTIONS} if server_class.spec.device == "Cpu" else OWN_OPTIONS
    return options.get(stem(option), "")


def stem(option: str) -> str:
    """vLLM writes the opposite of a flag with "no-" before it: both set the same thing."""
    return option.removeprefix("no-")
