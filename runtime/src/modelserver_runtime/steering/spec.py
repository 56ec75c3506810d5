"""What one request is steered by, in the one form that front end, cache keys and workers share.

Vectors are named by the SHA-256 of their files' bytes, never by what people call them: other bytes are another spec.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple, Self

Phase = Literal["all", "decode"]

# The key in vLLM's SamplingParams.extra_args under which a request carries its spec.
EXTRA_ARG = "modelserver_steering"


class Term(NamedTuple):
    """One vector, by the digest of its file, and the hundredths of scale 1 that are added."""

    digest: str
    hundredths: int


@dataclass(frozen=True, slots=True)
class Spec:
    """At least one term, each vector once, sorted, none of them zero; made by `of` or `parse` only.

    phase: `all` steers prompt and answer, `decode` from the prompt's last token on, which predicts the answer's first.
    """

    terms: tuple[Term, ...]
    phase: Phase

    @classmethod
    def of(cls, terms: Iterable[tuple[str, int]], phase: Phase) -> Self | None:
        """The canonical spec of (digest, hundredths); None where nothing is left to add. Equal vectors are summed."""
        summed: dict[str, int] = {}
        for digest, hundredths in terms:
            summed[digest] = summed.get(digest, 0) + hundredths
        kept = tuple(sorted(Term(digest, hundredths) for digest, hundredths in summed.items() if hundredths))
        return cls(kept, phase) if kept else None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The spec that `text` stands for."""
        phase, *terms = text.split(";")
        pairs = (term.split(":") for term in terms)
        return cls(
            tuple(Term(digest, int(hundredths)) for digest, hundredths in pairs), "all" if phase == "all" else "decode"
        )

    @property
    def text(self) -> str:
        """Equal for equal specs; it is the cache key, too."""
        return ";".join([self.phase, *(f"{term.digest}:{term.hundredths}" for term in self.terms)])

    @property
    def digests(self) -> frozenset[str]:
        """The vectors that it names."""
        return frozenset(term.digest for term in self.terms)

    def first_steered(self, prompt_tokens: int) -> int:
        """The position of the first token that is steered."""
        return 0 if self.phase == "all" else max(0, prompt_tokens - 1)
