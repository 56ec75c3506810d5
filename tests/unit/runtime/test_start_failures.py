"""vLLM's words about a start that failed, and ours."""

import pytest

from modelserver_runtime.start_failures import sentence

CONTEXT = "engine.maxContextTokens (of a ModelServer: spec.engine.maxContextTokens)"
MEMORY = "engine.acceleratorMemoryPercent (of a ModelServer: spec.engine.acceleratorMemoryPercent)"
CACHE = "engine.arguments.kv-cache-memory-bytes (of a ModelServer: spec.engine.arguments)"


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        (
            "1 validation error for ModelConfig\n  Value error, User-specified max_model_len (9000) is greater than "
            "the derived max_model_len (max_position_embeddings=4096.0 or model_max_length=8192 in model's "
            "config.json). To allow overriding this maximum, set the env var",
            f"{CONTEXT} is 9000, and this model's context holds 8192 at most.",
        ),
        (
            "To serve at least one request with the model's max seq len (4096), (2.5 GiB KV cache is needed, which is "
            "larger than the available KV cache memory (0.01 GiB). Try increasing `gpu_memory_utilization`",
            f"{CONTEXT} is 4096, which needs 2.5 GiB for one request, and 0.01 GiB are left.",
        ),
        (
            "No available memory for the cache blocks. Try increasing `gpu_memory_utilization`",
            f"The model leaves no memory for requests: raise {MEMORY}, or spread it over more accelerators.",
        ),
        (
            "Free memory on device cuda:0 (10.5/79.1 GiB) on startup is less than desired GPU memory utilization "
            "(0.9, 71.2 GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes.",
            f"Only 10.5 of 79.1 GiB are free on the accelerator, less than {MEMORY} asks for: lower it, or end what "
            "else runs there.",
        ),
        (
            "Available memory on node 0 (18.71/23.54 GiB) on startup is less than desired CPU memory utilization "
            "(0.9, 21.19 GiB). On the CPU backend, the `--gpu-memory-utilization` flag controls the fraction of CPU",
            f"Only 18.71 of 23.54 GiB of this machine's memory are free, less than the 21.19 GiB that {MEMORY} asks "
            f"for: lower it, or leave it out and set {CACHE}.",
        ),
        (
            "Available memory on node 0 (1.0/23.54 GiB) on kv cache allocation is less than requested memory for kv "
            "(2.5 GiB). Decrease --kv-cache-memory-bytes, VLLM_CPU_KVCACHE_SPACE, or reduce CPU memory used",
            "Only 1.0 of 23.54 GiB of this machine's memory are free, less than the 2.5 GiB that the KV cache is to "
            f"have: lower {CACHE}, or end what else runs there.",
        ),
        (
            "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.10 GiB",
            "The accelerator's memory does not hold the model: spread it over more (engine.tensorParallelSize; of a "
            "ModelServer: spec.accelerators.count), or lower engine.maxSequences.",
        ),
        (
            "Cannot find any model weights with `/models/demo`",
            "The folder /models/demo holds no weights (model.path; of a ModelServer it is spec.model).",
        ),
        (
            "Model architectures ['NewForCausalLM'] are not supported for now. Supported architectures: dict_keys([",
            "This vLLM cannot serve the model's architecture, NewForCausalLM (architectures in its config.json).",
        ),
        (
            "Model architecture OldModel was supported in vLLM until v0.9, and is not supported anymore.",
            "This vLLM cannot serve the model's architecture, OldModel (architectures in its config.json).",
        ),
        ("Engine core initialization failed. See root cause above.", None),
    ],
)
def test_what_to_change_is_named(said: str, ours: str | None) -> None:
    assert sentence(said) == ours
