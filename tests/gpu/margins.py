"""A transformers model with the product's hooks, in float32 and bfloat16, against float32 with plain forward hooks.

In bfloat16 the likeliest token changes where two are nearly as likely: so each other token must have been a near tie.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from tests.gpu.check import Check
from tests.gpu.decoder import ROWS, deltas, rows, table
from tests.steering import models
from transformers import AutoModelForCausalLM

from modelserver_runtime.steering.layers import hook
from modelserver_runtime.vectors.hooks import adding, decoder_layers

TEXTS = 32
TOKENS = 64
# Natural logarithms of probabilities. Measured with this model on a CPU: 3 % of the tokens are others in bfloat16, by
# 0.10 at most; with another row's vector 77 %, by up to 4.4.
CLOSEST = 0.3
MOST_OTHER = 0.1  # of all tokens
FLOAT32_TOLERANCE = 1e-3  # a GPU may sum in another order; on a CPU there is no difference


@torch.inference_mode()  # type: ignore[untyped-decorator]
def checks(device: str) -> Iterator[Check]:
    """One check for each type, and the control."""
    with tempfile.TemporaryDirectory() as made:
        folder = models.write(Path(made), "qwen2", seed=1)
        truth = _reference(folder, device, shift=0)
        yield _float32(_hooked(folder, device, torch.float32), truth)
        yield _bfloat16(_hooked(folder, device, torch.bfloat16), truth)
        yield _control(_reference(folder, device, shift=1), truth)


def _float32(got: Any, truth: Any) -> Check:
    error = float((got - truth).abs().max())
    said = f"log-probabilities off by at most {error:.2g} ({FLOAT32_TOLERANCE:g} allowed)"
    return Check("float32 in transformers", error < FLOAT32_TOLERANCE, said, {"float32_error": error})


def _bfloat16(got: Any, truth: Any) -> Check:
    share, margin = _other(got, truth)
    said = f"{share:.2%} of the likeliest tokens are others, by a margin of at most {margin:.3f} ({CLOSEST:g} allowed)"
    figures = {"bfloat16_other_share": share, "bfloat16_largest_margin": margin}
    return Check("bfloat16 margins in transformers", share <= MOST_OTHER and margin < CLOSEST, said, figures)


def _control(got: Any, truth: Any) -> Check:
    share, margin = _other(got, truth)
    said = f"with the next row's vector {share:.0%} of the likeliest tokens are others, by up to {margin:.1f}"
    return Check("control: margins under another row", share > MOST_OTHER and margin > CLOSEST, said)


def _other(got: Any, truth: Any) -> tuple[float, float]:
    """The share of positions whose likeliest token is another, and by how much the truth preferred its own, at most."""
    chosen = got.argmax(-1)
    margin = truth.max(-1).values - truth.gather(-1, chosen[..., None])[..., 0]
    return float((chosen != truth.argmax(-1)).float().mean()), float(margin.max())


def _hooked(folder: Path, device: str, dtype: Any) -> Any:
    """Log-probabilities (texts × tokens × vocabulary) of a model of that type, hooked as the product does."""
    model = _loaded(folder, device, dtype)
    held = table(models.LAYERS, models.HIDDEN, TOKENS, device, dtype)
    for place, layer in enumerate(decoder_layers(model)):
        hook(layer, held.deltas[place], held.rows)
    for row in range(1, ROWS):
        held.write(row, _delta(row))
    answers = []
    for text in range(TEXTS):
        held.set(rows(text, TOKENS))
        answers.append(_logprobs(model, text))
    return torch.stack(answers)


def _reference(folder: Path, device: str, shift: int) -> Any:
    """The same in float32 by forward hooks; shift: another row's addition for each token, where it is not 0."""
    model = _loaded(folder, device, torch.float32)
    all_deltas = torch.stack([torch.from_numpy(_delta(row)) for row in range(ROWS)], dim=1).to(device)
    answers = []
    for text in range(TEXTS):
        by_token = torch.from_numpy((rows(text, TOKENS) + shift) % ROWS).long().to(device)
        with adding(decoder_layers(model), {layer: each[by_token] for layer, each in enumerate(all_deltas)}):
            answers.append(_logprobs(model, text))
    return torch.stack(answers)


def _loaded(folder: Path, device: str, dtype: Any) -> Any:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval().to(device)


def _logprobs(model: Any, text: int) -> Any:
    drawn = torch.Generator().manual_seed(text)
    ids = torch.randint(3, models.VOCABULARY, (1, TOKENS), generator=drawn).to(model.device)
    return torch.log_softmax(model(ids, use_cache=False).logits[0].float(), dim=-1)


def _delta(row: int) -> Any:
    """Layers × hidden; row 0 is that of tokens which nothing steers."""
    return (row > 0) * deltas(row, models.LAYERS, models.HIDDEN)
