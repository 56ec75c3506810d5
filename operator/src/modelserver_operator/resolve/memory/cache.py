"""What the KV cache takes, as vLLM allots it: in blocks of tokens, and in groups of layers that share a pool of blocks.

Groups as in vLLM 0.32 (vllm/v1/core/kv_cache_utils.py, _get_kv_cache_groups_uniform_page_size): layers of one kind
form a group. Where there are two kinds, all groups get the same number of layers, which is that of the rarer kind (of
the more frequent one, if that has less than 1.5 times as many); what is missing in a group lies idle. A block of any
group takes the same bytes, and a sequence needs blocks of each.
"""

from __future__ import annotations

from modelserver_operator.resolve.memory.setting import Setting
from modelserver_operator.resolve.memory.shape import KeptLayers, ModelShape, UnknowableError

FEW_MORE = 1.5  # vLLM's factor in the place named above


def token_bytes(shape: ModelShape, setting: Setting) -> int:
    """Bytes that one token takes on one accelerator in all of its layers, while no window is full. Raises
    UnknowableError."""
    return sum(_layers(kept.count, setting) * _layer_bytes(kept, setting) for kept in shape.kept)


def sequence_bytes(shape: ModelShape, setting: Setting, tokens: int) -> int:
    """Bytes that vLLM sets aside on one accelerator for one sequence of so many tokens. Raises UnknowableError."""
    if setting.whole or len(shape.kept) == 1:
        return sum(
            _blocks(kept, setting, tokens) * _layers(kept.count, setting) * _block_bytes(kept, setting)
            for kept in shape.kept
        )
    group, block = _group_size(shape), _same_block_bytes(shape, setting)
    blocks = sum(-(-kept.count // group) * _blocks(kept, setting, tokens) for kept in shape.kept)
    return blocks * _layers(group, setting) * block


def _layers(count: int, setting: Setting) -> int:
    """How many of so many layers are on the accelerator that has the most."""
    return -(-count // setting.pipeline_parallel_size)


def _layer_bytes(kept: KeptLayers, setting: Setting) -> int:
    """Of one token in one layer: heads are dealt out, and each accelerator has one at least. vLLM refuses to start
    where they do not come out even."""
    most, least = max(kept.heads, setting.tensor_parallel_size), min(kept.heads, setting.tensor_parallel_size)
    if most % least:
        accelerators = setting.tensor_parallel_size
        raise UnknowableError(f"{kept.heads} key-value heads cannot be dealt out evenly to {accelerators} accelerators")
    return max(1, kept.heads // setting.tensor_parallel_size) * kept.numbers * setting.cache_bytes


def _block_bytes(kept: KeptLayers, setting: Setting) -> int:
    return setting.block_tokens * _layer_bytes(kept, setting)


def _same_block_bytes(shape: ModelShape, setting: Setting) -> int:
    sizes = {_block_bytes(kept, setting) for kept in shape.kept}
    if len(sizes) > 1:
        raise UnknowableError("its layers keep different amounts of a token")
    return sizes.pop()


def _group_size(shape: ModelShape) -> int:
    """In layers, of all stages together."""
    counts = sorted(kept.count for kept in shape.kept)
    return counts[-1] if counts[-1] < counts[0] * FEW_MORE else counts[0]


def _blocks(kept: KeptLayers, setting: Setting, tokens: int) -> int:
    """Of a sequence in one layer. A window needs room for what is being computed, too: a step's tokens for each step
    under way, and a block more, because it seldom begins where a block does."""
    if kept.window is None or setting.whole:
        return -(-tokens // setting.block_tokens)
    held = min(kept.window - 1 + setting.steps * setting.batched_tokens, tokens)
    return -(-held // setting.block_tokens) + 1
