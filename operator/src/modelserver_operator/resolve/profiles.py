"""The profiles: tables of values, and nothing else. What a ModelServer leaves out is read here.

Why each value is what it is: docs/decisions/0010-profiles.md; `make bench-profiles` measures what can be measured here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from modelserver_operator.api.generation import Effort
from modelserver_operator.api.modelserver import Profile


@dataclass(frozen=True, kw_only=True)
class ProfileValues:
    """One profile. Times in seconds, sizes in bytes, memory in percent of an accelerator's."""

    max_context_tokens: int
    max_sequences: int
    max_waiting: int
    queue_timeout_seconds: int
    request_timeout_seconds: int
    max_tokens_limit: int
    reasoning_effort: Effort
    refuse_early_above_percent: int = 100  # none: a line that is not full takes whoever comes
    stream_interval_tokens: int = 1  # two save a quarter of the front end's work, of which there is enough
    accelerator_memory_percent: int = 90  # vLLM's own default; the rest is for CUDA graphs and the driver
    max_body_bytes: int = 1_048_576  # 1 MiB: some 250,000 tokens of text, more than most contexts hold
    startup_timeout_seconds: int = 1800  # a 70B model from network storage takes 10 to 20 minutes


PROFILES: Mapping[Profile, ProfileValues] = MappingProxyType(
    {
        # Few sequences share the accelerator, so each is computed fast; a line that is longer than the patience of
        # an interactive user is refused at once, and before it is full some are, so that it is short.
        "LatencyFirst": ProfileValues(
            max_context_tokens=4096,
            max_sequences=16,
            max_waiting=16,
            queue_timeout_seconds=10,
            request_timeout_seconds=120,
            max_tokens_limit=1024,
            reasoning_effort="Low",
            refuse_early_above_percent=50,
        ),
        # The values that the servers before this platform ran with: 64 sequences of 4096 tokens, a line of 50.
        "Balanced": ProfileValues(
            max_context_tokens=4096,
            max_sequences=64,
            max_waiting=50,
            queue_timeout_seconds=30,
            request_timeout_seconds=300,
            max_tokens_limit=4096,
            reasoning_effort="Medium",
        ),
        # Long answers are allowed to take their time, and waiting is better than a refusal; 8192 is what most models
        # of the last years have at least. Twice the sequences wait: the last of them for two answers' time.
        "QualityFirst": ProfileValues(
            max_context_tokens=8192,
            max_sequences=32,
            max_waiting=64,
            queue_timeout_seconds=120,
            request_timeout_seconds=900,
            max_tokens_limit=8192,
            reasoning_effort="High",
        ),
    }
)
