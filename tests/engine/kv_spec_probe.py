"""Run with the engine's Python and folders of a config.json each: prints, as JSON, what vLLM's own model of each keeps.

The model is made on the meta device, which gives shapes without memory: a 70B costs as little as a tiny one.
"""

import copy
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from vllm import ModelRegistry
from vllm.config import VllmConfig, get_layers_from_vllm_config, set_current_vllm_config
from vllm.distributed import init_distributed_environment, initialize_model_parallel
from vllm.engine.arg_utils import EngineArgs
from vllm.model_executor.layers.attention_layer_base import AttentionLayerBase
from vllm.model_executor.model_loader.utils import initialize_model
from vllm.v1.core.kv_cache_utils import _max_memory_usage_bytes_from_groups, get_kv_cache_groups

SIZES = (1, 2, 4, 8, 16)  # of tensor parallelism
LONGEST = 16384


def vllm_config(folder: Path) -> VllmConfig:
    config = json.loads((folder / "config.json").read_text())
    # vLLM looks at a class in a process of its own, which takes seconds each time, unless it is registered here.
    (architecture,) = config["architectures"]
    ModelRegistry.register_model(architecture, ModelRegistry.models[architecture].load_model_cls())
    made = EngineArgs(
        model=str(folder),
        skip_tokenizer_init=True,
        load_format="dummy",
        dtype="bfloat16",
        enforce_eager=True,
        max_model_len=min(LONGEST, config.get("max_position_embeddings", LONGEST)),
        max_num_batched_tokens=512,
        max_num_seqs=64,
    ).create_engine_config()
    made.cache_config.kv_cache_layout = "LBNHC"  # a worker would choose it; sizes do not depend on it
    return made


def facts(config: VllmConfig) -> dict[str, Any]:
    """Bytes of one token, of one sequence, and of the parameters; and key-value heads by tensor parallel size."""
    torch.set_default_dtype(config.model_config.dtype)
    with set_current_vllm_config(config), torch.device("meta"):
        model = initialize_model(config)
        layers = get_layers_from_vllm_config(config, AttentionLayerBase).items()
        specs = {name: layer.get_kv_cache_spec(config) for name, layer in layers}
        groups = get_kv_cache_groups(config, dict(specs))
    return {
        "token": sum(spec.page_size_bytes / spec.block_size for spec in specs.values()),
        "sequence": _max_memory_usage_bytes_from_groups(config, groups),
        "weights": sum(weight.numel() * weight.element_size() for weight in model.parameters()),
        "blockTokens": config.cache_config.block_size,
        "maxModelLen": config.model_config.max_model_len,
        "steps": config.max_concurrent_batches,
        "heads": {str(size): heads(config, size) for size in SIZES},
    }


def heads(config: VllmConfig, size: int) -> int:
    """Key-value heads that each accelerator keeps in every layer."""
    spread = copy.copy(config.parallel_config)
    spread.tensor_parallel_size = size
    kept: int = config.model_config.get_num_kv_heads(spread)
    return kept


if __name__ == "__main__":
    configs = {folder: vllm_config(Path(folder)) for folder in sys.argv[1:]}
    with tempfile.TemporaryDirectory() as scratch, set_current_vllm_config(next(iter(configs.values()))):
        init_distributed_environment(1, 0, f"file://{scratch}/rendezvous", 0, "gloo")
        initialize_model_parallel(1, 1)
        print(json.dumps({folder: facts(config) for folder, config in configs.items()}))
