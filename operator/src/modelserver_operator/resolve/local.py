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
                # What the platform allows is not known here; it is said where the class is given.
                "allowed": {"hosts": ["*"]},
                # Compiling takes longer than a first try wants to wait.
                "engine": {
                    "arguments": {"enforce-eager": ""},
                    "allowedArguments": [{"name": name} for name in _FREE],
                },
            },
        },
        strict=True,
    )


# Options that cannot run code: on one's own machine more is harmless, but the file would be refused elsewhere.
_FREE = (
    "block-size",
    "enable-auto-tool-choice",
    "enable-prefix-caching",
    "kv-cache-memory-bytes",
    "max-num-batched-tokens",
    "no-enable-prefix-caching",
    "reasoning-parser",
    "seed",
    "tool-call-parser",
)
