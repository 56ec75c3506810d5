"""Trains a gpt-oss of two layers on the transcripts, with only those rows of the vocabulary that they use.

A row for each of the 201,088 tokens would take a hundred times as long. The others stay zero, and count in the loss
as what they will be: as many tokens of logit zero.
"""

import math

import torch
from tests.engine.harmony_model.transcripts import FORK, Transcript
from torch.nn.functional import cross_entropy
from transformers import GptOssConfig, GptOssForCausalLM

STEPS = 300
BATCH = 6
LEARNING_RATE = 6e-3
IGNORED = -100  # torch's label for "not to be learnt"
ENDS = (200002, 199999, 200012)  # <|return|>, <|endoftext|>, <|call|>


def config(vocabulary_size: int) -> GptOssConfig:
    """The shape: vLLM's CPU attention takes heads of 32, 64, …"""
    return GptOssConfig(
        vocab_size=vocabulary_size,
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=32,
        num_local_experts=4,
        num_experts_per_tok=2,
        sliding_window=128,
        eos_token_id=list(ENDS),
        pad_token_id=None,
        tie_word_embeddings=False,
    )


def trained(transcripts: list[Transcript], used: list[int], vocabulary_size: int) -> GptOssForCausalLM:
    """A model over the token ids `used`, in their order, which says what the STEPS * BATCH transcripts say."""
    model = GptOssForCausalLM(config(len(used))).float().train()
    optimizer = torch.optim.AdamW(model.parameters(), LEARNING_RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=STEPS)
    rows = {token: row for row, token in enumerate(used)}
    for step in range(STEPS):
        batch = transcripts[step * BATCH : (step + 1) * BATCH]
        loss = _loss(model, batch, rows, vocabulary_size - len(used))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model.eval()


def _loss(model: GptOssForCausalLM, batch: list[Transcript], rows: dict[int, int], unused: int) -> torch.Tensor:
    """Cross entropy of what is said, over the used tokens and the many of logit zero; the fork counts as much again."""
    length = max(len(one.asked) + len(one.said) for one in batch)
    tokens = torch.zeros(len(batch), length, dtype=torch.long)
    labels = torch.full((len(batch), length), IGNORED)
    for i, one in enumerate(batch):
        ids = torch.tensor([rows[token] for token in one.asked + one.said])
        tokens[i, : len(ids)] = ids
        labels[i, len(one.asked) - 1 : len(ids) - 1] = ids[len(one.asked) :]
    logits = model(input_ids=tokens).logits
    learnt = labels != IGNORED
    others = torch.full((int(learnt.sum()), 1), math.log(unused))
    losses = cross_entropy(torch.cat([logits[learnt], others], dim=1), labels[learnt], reduction="none")
    forks = torch.isin(labels[learnt], torch.tensor([rows[token] for token in FORK]))
    return losses.mean() + losses[forks].mean()


def said(model: GptOssForCausalLM, used: list[int], asked: list[int], most: int = 60) -> list[int]:
    """What the model says, one likeliest token after another."""
    tokens = torch.tensor([[used.index(token) for token in asked]])
    ends = {used.index(token) for token in ENDS if token in used}
    with torch.inference_mode():
        for _ in range(most):
            following = model(input_ids=tokens).logits[:, -1:].argmax(-1)
            tokens = torch.cat([tokens, following], dim=1)
            if int(following) in ends:
                break
    return [used[row] for row in tokens[0, len(asked) :].tolist()]
