"""The class that stands in on a machine without a cluster: a CPU, a quick start, and nothing of the platform's."""

from __future__ import annotations

from modelserver_operator.api import API_VERSION, ModelServerClass

LOCAL = "local"


def local_class() -> ModelServerClass:
    """The built-in class of the command line."""
    return ModelServerClass.parse(
        {
            "apiVersion": API_VERSION,
            "kind": "ModelServerClass",
            "metadata": {"name": LOCAL},
            "spec": {
                "image": "localhost/modelserver-runtime:local",
                "device": "Cpu",
                # Compiling takes longer than a first try wants to wait; one process needs no executor.
                "engine": {
                    "arguments": {"enforce-eager": "", "distributed-executor-backend": "uni"},
                    "allowedArguments": [{"name": name} for name in _FREE],
                },
                # Two threads on two busy cores ran three to eight times slower than one each.
                "environment": [
                    {"name": "OMP_NUM_THREADS", "value": "1"},
                    {"name": "VLLM_ENABLE_V1_MULTIPROCESSING", "value": "0"},
                ],
            },
        },
        strict=True,
    )


# Options that cannot run code: on one's own machine more is harmless, but the file would be refused elsewhere.
_FREE = (
    "block-size",
    "enable-chunked-prefill",
    "enable-prefix-caching",
    "kv-cache-memory-bytes",
    "max-num-batched-tokens",
    "no-enable-prefix-caching",
    "reasoning-parser",
    "seed",
    "tool-call-parser",
    "enable-auto-tool-choice",
)
