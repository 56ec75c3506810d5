"""Every vector of a folder at every scale, on the same prompts."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelserver_runtime.vectors import folder as vector_folder
from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.evaluation import scores
from modelserver_runtime.vectors.evaluation.answers import Answers, Drawing, Tokens, answers
from modelserver_runtime.vectors.evaluation.report import Emotion, Point, Report
from modelserver_runtime.vectors.index import read_index
from modelserver_runtime.vectors.making.neutral import read_lines
from modelserver_runtime.vectors.making.subject import Subject
from modelserver_runtime.vectors.progress import steps
from modelserver_runtime.vectors.vector import Floats, Vector

_FEWEST = 4  # prompts: two of them judge the other two
_UNSTEERED = ""  # no vector's name


@dataclass(frozen=True)
class Sweep:
    """What is tried, and from how many times the unsteered perplexity on text counts as broken."""

    scales: tuple[float, ...]
    breakdown_times: float
    drawing: Drawing


def evaluate(subject: Subject, vectors: Path, prompts: Path, sweep: Sweep) -> Report:
    """The report on the folder `vectors`.

    Raises:
        VectorError: a vector cannot be used, or there are too few prompts.
    """
    known = vector_folder.read(vectors, subject.identity)
    if not known:
        raise VectorError(f"{vectors} names no vectors")
    asked, chat = _asked(subject, prompts, sweep.drawing.max_tokens)
    seen = _answered(subject, known, asked, sweep)
    digests = {name: entry.sha256 for name, entry in read_index(vectors).vectors.items()}
    return Report(
        model=next(iter(known.values())).description.model,  # as people call it; it is the same one
        prompts=len(asked),
        prompts_sha256=hashlib.sha256(prompts.read_bytes()).hexdigest(),
        max_tokens=sweep.drawing.max_tokens,
        temperature=sweep.drawing.temperature,
        chat=chat,
        layer=seen.layer,
        breakdown_times=sweep.breakdown_times,
        unsteered_perplexity=seen.unsteered_perplexity,
        unsteered_example=seen.plain.texts[0],
        emotions={name: _emotion(seen, name, digests[name], sweep.breakdown_times) for name in known},
    )


def _asked(subject: Subject, prompts: Path, max_tokens: int) -> tuple[list[Tokens], bool]:
    """The prompts' tokens, in the chat template where the model has one."""
    lines, chat = read_lines(prompts), bool(subject.tokenizer.chat_template)
    if len(lines) < _FEWEST:
        raise VectorError(f"{prompts} has {len(lines)} prompts: it takes {_FEWEST}, half of which judge the others")
    asked = [subject.asked(line) if chat else tuple(subject.tokenizer(line).input_ids) for line in lines]
    longest = max(len(tokens) for tokens in asked)
    if longest + max_tokens > subject.context:
        raise VectorError(
            f"a prompt of {longest} tokens and an answer of {max_tokens} are more than the model reads: "
            f"{subject.context}"
        )
    return asked, chat


@dataclass(frozen=True)
class _Seen:
    """The unsteered answers, and those of each vector (by name) at each scale; at 0 they are the unsteered ones."""

    vectors: Mapping[str, Vector]
    plain: Answers
    steered: Mapping[tuple[str, float], Answers]

    @property
    def layer(self) -> int:
        """Where answers are told apart: after the last layer that a vector is meant for, which has them all in it."""
        return max(vector.description.band.last for vector in self.vectors.values())

    @property
    def unsteered_perplexity(self) -> float:
        return scores.perplexity(self.plain.surprise, self.plain.tokens)

    def told_apart(self, scale: float) -> dict[str, float]:
        """By vector, among all of them at `scale` and the unsteered answers; nothing at 0, where all are the same."""
        if not scale:
            return {}
        kinds = {name: self.steered[name, scale].streams[:, self.layer] for name in self.vectors}
        return scores.told_apart(kinds | {_UNSTEERED: self.plain.streams[:, self.layer]})


def _answered(subject: Subject, known: Mapping[str, Vector], asked: Sequence[Tokens], sweep: Sweep) -> _Seen:
    cells = [(name, scale) for name in known for scale in sweep.scales]
    with steps("answering", len(cells) + 1) as advance:

        def answered(deltas: Mapping[int, Floats]) -> Answers:
            found = answers(subject, asked, deltas, sweep.drawing)
            advance()
            return found

        plain = answered({})
        steered = {(name, scale): answered(_deltas(known[name], scale)) for name, scale in cells}
    return _Seen(known, plain, steered)


def _deltas(vector: Vector, scale: float) -> dict[int, Floats]:
    return {layer: vector.delta(layer, scale) for layer in vector.description.band.layers}


def _emotion(seen: _Seen, name: str, sha256: str, times: float) -> Emotion:
    points = [_point(seen, name, scale) for of, scale in seen.steered if of == name]
    perplexities = {point.scale: point.perplexity for point in points}
    broken = scores.breaks_down_at(perplexities, seen.unsteered_perplexity, times)
    return Emotion(sha256=sha256, breaks_down_at=broken, points=points)


def _point(seen: _Seen, name: str, scale: float) -> Point:
    found = seen.steered[name, scale]
    return Point(
        scale=scale,
        effect=scores.effect(seen.vectors[name], found.streams, seen.plain.streams),
        perplexity=scores.perplexity(found.surprise, found.tokens),
        repetition=scores.repetition(found.tokens),
        told_apart=seen.told_apart(scale).get(name),
        example=found.texts[0],
    )
