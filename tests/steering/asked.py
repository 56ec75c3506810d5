"""What an engine is asked in these tests, and what it answers: tokens in, tokens and log-probabilities out."""

from dataclasses import dataclass

from modelserver_runtime.steering.spec import Spec

TOP = 20  # log-probabilities that are compared for each token of an answer, besides the token's own


@dataclass(frozen=True)
class Asked:
    """One request. temperature 0: greedy; seed: only of prompts that are prefilled in one step, see environment.md."""

    prompt: tuple[int, ...]
    spec: Spec | None = None
    tokens: int = 16
    temperature: float = 0.0
    seed: int | None = None


@dataclass(frozen=True)
class Answer:
    """Tokens; for each the log-probabilities of itself and the likeliest; prompt tokens that came from the cache."""

    tokens: tuple[int, ...]
    logprobs: tuple[dict[int, float], ...]
    cached: int
