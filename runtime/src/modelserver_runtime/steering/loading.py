"""A worker's model, just loaded: its layers are hooked, and its steering begins."""

from typing import Any

from modelserver_runtime.steering import layers
from modelserver_runtime.steering.state import Steering
from modelserver_runtime.steering.store import Store
from modelserver_runtime.steering.table import Table

CONFIG_KEY = "modelserver_steering"  # in vLLM's additional config


def rows_of(vllm_config: Any) -> int | None:
    """How many rows the table is to have; None: this engine is not to be steered."""
    additional = vllm_config.additional_config
    ours = additional.get(CONFIG_KEY) if isinstance(additional, dict) else None
    return int(ours["rows"]) if ours else None


def load(runner: Any) -> None:
    """Hook the layers of the runner's model, and give the runner its Steering, where the engine is to be steered.

    Raises:
        LayersError: the layers were not found.
    """
    config = runner.vllm_config
    rows = rows_of(config)
    if rows is None or "steering" in runner.__dict__:
        return
    hidden_size = config.model_config.get_hidden_size()
    found = layers.find(runner.get_model(), config.model_config.hf_text_config.num_hidden_layers)
    mine = layers.mine(found)
    table = Table(len(mine), rows, hidden_size, _tokens(config), dtype=config.model_config.dtype, device=runner.device)
    for place, number in enumerate(mine):
        layers.hook(found[number], table.deltas[place], table.rows)
    runner.steering = Steering(Store(len(found), hidden_size, mine), table, rows)


def loading(load_model: Any) -> Any:
    """A runner's `load_model`, and `load` after it."""

    def load_and_hook(self: Any, *args: Any, **options: Any) -> None:
        load_model(self, *args, **options)
        load(self)

    return load_and_hook


def _tokens(config: Any) -> int:
    """The most tokens of a step: CUDA graphs may be captured for more than the scheduler gives out."""
    captured: list[int] = config.compilation_config.cudagraph_capture_sizes or []
    scheduled: int = config.scheduler_config.max_num_batched_tokens
    return max([scheduled, *captured])
