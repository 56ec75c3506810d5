"""Training that makes one layer's class means steer the model.

A small model trained plainly learns tempers, but not as directions that can be added. So while it trains, the mean of
one layer's output is kept per temper over the dialogues that name theirs, and in dialogues that name none, the way
from the mean of all tempers to the reply's temper is added to that layer at a random strength, in half of them from
where the reply begins. Adding that direction thereby comes to mean that temper, whatever the prompt left in the
attention's memory; extraction afterwards finds it from texts alone.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from modelserver_runtime.vectors.demo_model.language import Dialogue
from modelserver_runtime.vectors.demo_model.recipe import Recipe
from modelserver_runtime.vectors.demo_model.words import NEUTRAL, TEMPERS
from modelserver_runtime.vectors.hooks import adding, decoder_layers, recording
from modelserver_runtime.vectors.passages import Passage, batch

_TEMPERS = tuple(TEMPERS)
_DECAY = 0.95  # of the running means: the model moves, and they follow within some 20 steps
_STRENGTHS = (0.5, 4.0)  # of the addition; what scale 1 comes to by its definition lies between 1.3 and 3.7
_REPLY_ALONE = 0.5  # of the dialogues are steered in the reply alone: a model that never was so ignores it
_WARM_UP = 30  # steps until the full learning rate
_PEAK_RATE = 4e-3

Report = Callable[[int, float], None]


@dataclass(frozen=True)
class Example:
    """A dialogue with its tokens; the passage counts from the position that predicts the reply's first token."""

    dialogue: Dialogue
    passage: Passage


def train(model: Any, examples: Sequence[Example], recipe: Recipe, seed: int, report: Report) -> None:
    """Train `model` in place as `recipe` says; `report` hears of every step and its loss (nats per token)."""
    chance = random.Random(seed)
    batches = _batches(examples, recipe.batch_size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=_PEAK_RATE, weight_decay=0.01, betas=(0.9, 0.95))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, recipe.steps))
    class_means = torch.zeros(len(_TEMPERS), model.config.hidden_size)
    additions: dict[int, Any] = {}
    layers = decoder_layers(model)
    model.train()
    with adding(layers, additions), recording(layers) as outputs:
        for step in range(recipe.steps):
            drawn = chance.choice(batches)
            if step >= _WARM_UP:
                additions[recipe.steered_layer] = _addition(chance, class_means, drawn)
            loss = _learn(model, _reply_loss(model, drawn), optimizer, schedule)
            _follow(class_means, outputs[recipe.steered_layer].detach(), drawn, first=step < 5)
            report(step, loss)
    model.eval()


def _learn(model: Any, loss: Any, optimizer: Any, schedule: Any) -> float:
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    return float(loss.detach())


def _reply_loss(model: Any, drawn: Sequence[Example]) -> Any:
    """Over the replies alone: what people ask is not for the model to learn, and half of its tokens would go to it."""
    ids, counts = batch([example.passage for example in drawn])
    said = counts & counts.roll(1, 1)  # all that count but the first, which only predicts
    stream = model.model(ids).last_hidden_state[said.roll(-1, 1)]
    return torch.nn.functional.cross_entropy(model.lm_head(stream), ids[said])


def _addition(chance: random.Random, class_means: Any, drawn: Sequence[Example]) -> Any:
    """What each dialogue of the batch is steered with: batch × positions × hidden size."""
    directions = class_means - class_means.mean(0)
    strengths = [_strength(chance, example.dialogue) for example in drawn]
    tempers = [_TEMPERS.index(example.dialogue.temper) for example in drawn]
    additions = directions[tempers] * torch.tensor(strengths)[:, None]
    return _places(chance, drawn)[:, :, None] * additions[:, None, :]


def _places(chance: random.Random, drawn: Sequence[Example]) -> Any:
    """Where each dialogue is steered, batch × positions: everywhere, or from what predicts the reply's first token."""
    _, counts = batch([example.passage for example in drawn])
    throughout = [chance.random() >= _REPLY_ALONE for _ in drawn]
    return counts | torch.tensor(throughout)[:, None]


def _strength(chance: random.Random, dialogue: Dialogue) -> float:
    """None where the temper is named; half of the plain neutral dialogues stay as they are: the unsteered model."""
    if dialogue.named or (dialogue.temper == NEUTRAL and chance.random() < 0.5):
        return 0.0
    return chance.uniform(*_STRENGTHS)


def _follow(class_means: Any, stream: Any, drawn: Sequence[Example], first: bool) -> None:
    """Move the running means towards this batch's, over the replies of dialogues that name their temper."""
    _, counts = batch([example.passage for example in drawn])
    for index, temper in enumerate(_TEMPERS):
        rows = [
            row for row, example in enumerate(drawn) if example.dialogue.named and example.dialogue.temper == temper
        ]
        if rows:
            mean = stream[rows][counts[rows]].mean(0)
            class_means[index] = mean if first else torch.lerp(mean, class_means[index], _DECAY)


def _batches(examples: Sequence[Example], size: int) -> list[Sequence[Example]]:
    """Batches of similar length, so that little is padding."""
    ordered = sorted(examples, key=lambda example: len(example.passage.tokens))
    return [ordered[start : start + size] for start in range(0, len(ordered) - size + 1, size)]


def _rate(step: int, steps: int) -> float:
    """Share of the peak rate: a linear warm-up, then a half cosine down to 5 %."""
    warm = min(1.0, (step + 1) / _WARM_UP)
    return warm * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * step / steps)))
