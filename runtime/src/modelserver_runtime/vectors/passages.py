"""Tokenised texts, and the padded batches in which models read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

# Texts that a model reads at once where nobody says otherwise: a GPU is busy with it, and a laptop has the memory.
BATCH_SIZE = 16


@dataclass(frozen=True)
class Passage:
    """A text as token ids; `start` is the first position that counts (for a dialogue: where the reply begins)."""

    tokens: tuple[int, ...]
    start: int


def by_length(passages: Sequence[Passage], size: int) -> list[list[int]]:
    """The passages' indexes in batches of at most `size`, of like length, so that little is padding."""
    order = sorted(range(len(passages)), key=lambda index: len(passages[index].tokens))
    return [order[start : start + size] for start in range(0, len(order), size)]


def batch(passages: Sequence[Passage]) -> tuple[Any, Any]:
    """Token ids (passages × longest, padded with 0 on the right) and a mask of the positions that count.

    Padding stands right of the text, where causal attention cannot see it: no attention mask is needed.
    """
    longest = max(len(passage.tokens) for passage in passages)
    ids = torch.zeros(len(passages), longest, dtype=torch.long)
    counts = torch.zeros(len(passages), longest, dtype=torch.bool)
    for row, passage in enumerate(passages):
        ids[row, : len(passage.tokens)] = torch.tensor(passage.tokens)
        counts[row, passage.start : len(passage.tokens)] = True
    return ids, counts
