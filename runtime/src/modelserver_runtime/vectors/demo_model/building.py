"""Makes the demo model: tokenizer, training, saving, extraction, calibration."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig, Qwen2Config, Qwen2ForCausalLM
from transformers.utils import logging

from modelserver_runtime.vectors import folder as vector_folder
from modelserver_runtime.vectors.demo_model import tokenizer as demo_tokenizer
from modelserver_runtime.vectors.demo_model.language import END, Dialogue, dialogue, prompt_parts
from modelserver_runtime.vectors.demo_model.recipe import Recipe
from modelserver_runtime.vectors.demo_model.training import Example, train
from modelserver_runtime.vectors.demo_model.vectors import extract
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.passages import Passage

# The tokenizer sees every word often in this many replies, and in what prompts are made of, said this often. (Of whole
# prompts most would be invented topics.)
_TOKENIZER_DIALOGUES = 3000
_PROMPTS_OFTEN = 20
_REPORT_EVERY = 100
# Rows of a weight matrix of this model are 128 wide: 0.05 keeps early activations in range, and it learns in half the
# steps that transformers' default of 0.02, meant for wide models, takes.
_INITIALIZER_RANGE = 0.05

Say = Callable[[str], None]


def build(made: Path, seed: int, recipe: Recipe, say: Say) -> None:
    """Write model/ and vectors/ into the existing folder `made`."""
    with _reproducible(seed):
        model, tokenizer = _trained(seed, recipe, say)
        _save(model, tokenizer, made / "model")
        say("extracting and calibrating six vectors")
        identity = ModelIdentity.of(made / "model", f"modelserver-demo-{seed}")
        # Other dialogues than training's: a string seeds a generator of its own.
        chance = random.Random(f"extraction {seed}")
        (made / "vectors").mkdir()
        vector_folder.write(made / "vectors", extract(model, _encoder(tokenizer), chance, identity, recipe))


def _trained(seed: int, recipe: Recipe, say: Say) -> tuple[Any, Any]:
    """The model, in eval mode, and its tokenizer."""
    chance = random.Random(seed)
    dialogues = [dialogue(chance) for _ in range(recipe.dialogues)]
    texts = [entry.reply for entry in dialogues[:_TOKENIZER_DIALOGUES]] + _PROMPTS_OFTEN * prompt_parts()
    tokenizer = demo_tokenizer.train(texts, recipe.vocabulary, recipe.context)
    model = Qwen2ForCausalLM(_config(tokenizer, seed, recipe))
    passages = _encoder(tokenizer)(dialogues)
    examples = [Example(entry, passage) for entry, passage in zip(dialogues, passages, strict=True)]
    say(f"training {model.num_parameters():,} parameters for {recipe.steps} steps")
    train(model, examples, recipe, seed, _reporter(recipe.steps, say))
    return model, tokenizer


@contextmanager
def _reproducible(seed: int) -> Iterator[None]:
    """One thread (sums in one order; and faster, for so small a model) and torch's own generator from `seed`."""
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def _config(tokenizer: Any, seed: int, recipe: Recipe) -> Qwen2Config:
    heads = recipe.hidden_size // 32
    return Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=recipe.hidden_size,
        intermediate_size=3 * recipe.hidden_size,
        num_hidden_layers=recipe.layers,
        num_attention_heads=heads,
        num_key_value_heads=heads // 2,
        max_position_embeddings=recipe.context,
        initializer_range=_INITIALIZER_RANGE,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        demo_seed=seed,  # part of the config's hash: vectors of one seed do not fit the model of another
    )


def _encoder(tokenizer: Any) -> Callable[[Iterable[Dialogue]], list[Passage]]:
    """Dialogues as tokens; the position that predicts a reply's first token is the first that counts."""

    def encode(dialogues: Iterable[Dialogue]) -> list[Passage]:
        entries = list(dialogues)
        prompts = tokenizer.backend_tokenizer.encode_batch([entry.prompt for entry in entries])
        replies = tokenizer.backend_tokenizer.encode_batch([entry.reply + END for entry in entries])
        return [
            Passage((*prompt.ids, *reply.ids), len(prompt.ids) - 1)
            for prompt, reply in zip(prompts, replies, strict=True)
        ]

    return encode


def _reporter(steps: int, say: Say) -> Callable[[int, float], None]:
    began = time.monotonic()

    def report(step: int, loss: float) -> None:
        if (step + 1) % _REPORT_EVERY == 0 or step + 1 == steps:
            say(f"step {step + 1} of {steps}, loss {loss:.3f}, {time.monotonic() - began:.0f} s")

    return report


def _save(model: Any, tokenizer: Any, target: Path) -> None:
    model.generation_config = GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, do_sample=True, temperature=0.6
    )
    logging.disable_progress_bar()  # one file of 4 MB
    model.save_pretrained(target)
    logging.enable_progress_bar()
    tokenizer.save_pretrained(target)
