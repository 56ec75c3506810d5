"""What transformers computes with hooks, given a whole answer: the truth that the engine is held to."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from tests.steering.asked import Answer, Asked
from transformers import AutoModelForCausalLM

from modelserver_runtime.steering.spec import Spec
from modelserver_runtime.vectors.hooks import adding, decoder_layers
from modelserver_runtime.vectors.vector import Vector


class Reference:
    """A model in transformers, float32, with vectors by digest."""

    def __init__(self, folder: Path, vectors: Mapping[str, Vector]) -> None:
        self._model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
        self._model.eval()
        self._layers = decoder_layers(self._model)
        self._vectors = vectors

    def logprobs(self, asked: Asked, tokens: tuple[int, ...]) -> Any:
        """Log-probabilities, tokens × vocabulary, of what follows the prompt and each of the tokens but the last."""
        ids = torch.tensor([[*asked.prompt, *tokens[:-1]]])
        deltas = self._deltas(asked.spec, len(asked.prompt), ids.shape[1]) if asked.spec else {}
        with torch.inference_mode(), adding(self._layers, deltas):
            logits = self._model(ids, use_cache=False).logits[0, len(asked.prompt) - 1 :]
        return torch.log_softmax(logits.float(), dim=-1)

    def _deltas(self, spec: Spec, prompt: int, positions: int) -> dict[int, Any]:
        """By layer, positions × hidden: the sum of the terms from the first steered position on."""
        steered = (torch.arange(positions) >= spec.first_steered(prompt)).float()[:, None]
        return {
            layer: steered * sum(self._delta(digest, layer, hundredths) for digest, hundredths in spec.terms)
            for layer in range(len(self._layers))
        }

    def _delta(self, digest: str, layer: int, hundredths: int) -> Any:
        return torch.from_numpy(self._vectors[digest].delta(layer, hundredths / 100))


def difference(answer: Answer, truth: Any) -> float:
    """The largest difference of any log-probability that the engine gave from the truth's."""
    return max(
        abs(value - float(row[token]))
        for row, given in zip(truth, answer.logprobs, strict=True)
        for token, value in given.items()
    )


def margin(truth: Any, tokens: tuple[int, ...]) -> float:
    """By how many nats the truth prefers another token to one of the answer's, at most; 0 of its own greedy answer."""
    return max(float(row.max() - row[token]) for row, token in zip(truth, tokens, strict=True))
