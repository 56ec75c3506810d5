"""Answers of a model to prompts while a vector steers it, and how the unsteered model reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import GenerationConfig

from modelserver_runtime.vectors import extraction
from modelserver_runtime.vectors.hooks import adding, decoder_layers
from modelserver_runtime.vectors.making.subject import Subject
from modelserver_runtime.vectors.passages import Passage, batch, by_length
from modelserver_runtime.vectors.vector import Floats

Tokens = tuple[int, ...]

_SEED = 0  # the same at every scale: answers differ by the vector, not by the dice


@dataclass(frozen=True)
class Drawing:
    """How answers are drawn; at temperature 0 the likeliest token is taken."""

    max_tokens: int
    temperature: float
    batch_size: int


@dataclass(frozen=True)
class Answers:
    """The answers to all prompts, in their order.

    Args:
        texts: without special tokens.
        tokens: as generated, an end mark included.
        surprise: nats per answer, summed over its tokens, of the unsteered model after the prompt.
        streams: the unsteered model's mean residual stream over the answer's tokens, answers × layers × hidden size.
    """

    texts: tuple[str, ...]
    tokens: tuple[Tokens, ...]
    surprise: tuple[float, ...]
    streams: Floats


def answers(subject: Subject, prompts: Sequence[Tokens], deltas: Mapping[int, Floats], drawing: Drawing) -> Answers:
    """Answers to `prompts` with `deltas[i]` added after layer i, to prompt and answer."""
    added = {
        layer: torch.tensor(delta).to(subject.model.device, subject.model.dtype) for layer, delta in deltas.items()
    }
    with torch.inference_mode(), adding(decoder_layers(subject.model), added):
        generated = _generated(subject, prompts, drawing)
    passages = [Passage((*prompt, *answer), len(prompt)) for prompt, answer in zip(prompts, generated, strict=True)]
    streams = dict(extraction.text_means(subject.model, passages, drawing.batch_size))
    return Answers(
        texts=tuple(subject.tokenizer.decode(answer, skip_special_tokens=True) for answer in generated),
        tokens=tuple(generated),
        surprise=_surprise(subject.model, passages, drawing.batch_size),
        streams=_stacked(streams),
    )


def _generated(subject: Subject, prompts: Sequence[Tokens], drawing: Drawing) -> list[Tokens]:
    found: dict[int, Tokens] = {}
    ends, device = _ends(subject), subject.model.device
    settings = _settings(drawing, ends)
    passages = [Passage(prompt, 0) for prompt in prompts]
    for chosen in by_length(passages, drawing.batch_size):
        ids, mask = _padded_left([prompts[index] for index in chosen], min(ends))
        torch.manual_seed(_SEED)
        output = subject.model.generate(ids.to(device), attention_mask=mask.to(device), generation_config=settings)
        for index, row in zip(chosen, output[:, ids.shape[1] :].tolist(), strict=True):
            found[index] = _until_end(row, ends)
    return [found[index] for index in range(len(prompts))]


def _settings(drawing: Drawing, ends: set[int]) -> GenerationConfig:
    """All that could be set is: what is not, the model's own settings would say."""
    return GenerationConfig(
        do_sample=drawing.temperature > 0,
        temperature=drawing.temperature or 1.0,
        top_k=0,
        top_p=1.0,
        repetition_penalty=1.0,
        max_new_tokens=drawing.max_tokens,
        eos_token_id=sorted(ends),
        pad_token_id=min(ends),
    )


def _ends(subject: Subject) -> set[int]:
    """The tokens that end an answer."""
    told = subject.model.generation_config.eos_token_id
    known = told if isinstance(told, list) else [told]
    return {int(each) for each in (*known, subject.tokenizer.eos_token_id) if each is not None} or {0}


def _padded_left(prompts: Sequence[Tokens], padding: int) -> tuple[Any, Any]:
    """Token ids and attention mask; answers follow right of the prompts, so that padding goes to their left."""
    longest = max(len(prompt) for prompt in prompts)
    ids = torch.full((len(prompts), longest), padding)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, longest - len(prompt) :] = torch.tensor(prompt)
        mask[row, longest - len(prompt) :] = 1
    return ids, mask


def _until_end(row: list[int], ends: set[int]) -> Tokens:
    for index, token in enumerate(row):
        if token in ends:
            return tuple(row[: index + 1])
    return tuple(row)


def _surprise(model: Any, passages: Sequence[Passage], batch_size: int) -> tuple[float, ...]:
    found: dict[int, float] = {}
    for chosen in by_length(passages, batch_size):
        ids, counts = (each.to(model.device) for each in batch([passages[index] for index in chosen]))
        with torch.inference_mode():
            likely = torch.log_softmax(model(ids).logits[:, :-1].float(), dim=-1)
            of_next = likely.gather(-1, ids[:, 1:, None])[..., 0]
            sums = -(of_next * counts[:, 1:]).sum(-1)
        found |= dict(zip(chosen, sums.tolist(), strict=True))
    return tuple(found[index] for index in range(len(passages)))


def _stacked(streams: dict[int, Floats]) -> Floats:
    return np.stack([streams[index] for index in sorted(streams)])
