"""What is wrong with the emotions that a request brings, in words that name the field or the header."""

from collections.abc import Collection
from typing import NamedTuple, Never

from modelserver_runtime.emotions.mapping import NONE
from modelserver_runtime.refusals import LONGEST_ECHO, Refusal, Refused
from modelserver_runtime.vectors.index import MOST_VECTORS


class Value(NamedTuple):
    """What a request says in one place; `where` is "field" or "header"."""

    where: str
    name: str
    value: object

    def __str__(self) -> str:
        """As a sentence names the place."""
        return f"{self.where} `{self.name[:LONGEST_ECHO]}`"


def no_vectors(value: Value) -> Never:
    """Nothing can be steered here."""
    _disabled(value, "this server has no vectors of emotions")


def not_per_request(value: Value, variants: Collection[str]) -> Never:
    """Only names are steered here."""
    there = f"choose one of its variants by name: {_listed(variants)}" if variants else "and it has no variants"
    _disabled(value, f"requests to this server bring no emotions of their own; {there}")


def _disabled(value: Value, why: str) -> Never:
    raise Refused(Refusal(400, "emotions_disabled", f"The {value} is not supported: {why}.", param=value.name))


def unknown(value: Value, emotion: str, known: Collection[str]) -> Never:
    """There is no vector of that name."""
    message = f"The {value} names the unknown emotion `{emotion[:LONGEST_ECHO]}`; there are: {_emotions(known)}."
    raise Refused(Refusal(400, "unknown_emotion", message, param=value.name))


def none_in_a_mix(value: Value, known: Collection[str]) -> Never:
    """The plain model is no part of a mix."""
    message = f"The {value} cannot hold `{NONE}`: send `emotion: {NONE}` alone for the plain model; there are: "
    raise Refused(Refusal(400, "unknown_emotion", f"{message}{_listed(known)}.", param=value.name))


def no_name(value: Value, known: Collection[str]) -> Never:
    """An emotion is a string."""
    message = f"The {value} must be the name of an emotion; there are: {_emotions(known)}."
    raise Refused(Refusal(400, "unknown_emotion", message, param=value.name))


def no_object(value: Value, most: int) -> Never:
    """Several emotions are an object, and a small one."""
    message = f"The {value} must be an object of at most {most} emotions, each with its scale."
    raise Refused(Refusal(400, "invalid_value", message, param=value.name))


def no_scale(value: Value, largest: int, known: Collection[str]) -> Never:
    """A scale is a number within bounds."""
    message = f"The {value} must be a number from -{largest} to {largest}; the emotions are: {_emotions(known)}."
    raise Refused(Refusal(400, "emotion_scale_invalid", message, param=value.name))


def scale_of_nothing(value: Value, known: Collection[str]) -> Never:
    """There is no emotion that the scale could be of."""
    message = f"The {value} needs an emotion to scale; send its name as `emotion`; there are: {_emotions(known)}."
    raise Refused(Refusal(400, "emotion_scale_invalid", message, param=value.name))


def two_spellings(value: Value) -> Never:
    """The same is said in two ways, even if both mean the same."""
    message = f"The {value} says all; send no other field or header of emotions with it."
    raise Refused(Refusal(400, "emotion_conflict", message, param=value.name))


def disagreeing(one: Value, other: Value) -> Never:
    """Two places say different things."""
    raise Refused(Refusal(400, "emotion_conflict", f"The {one} and the {other} differ; send one.", param=one.name))


def too_strong(value: Value, largest: int) -> Never:
    """Each scale is allowed, and their sum is not."""
    message = (
        f"The emotions of the {value} add up to more than the strongest of them would be at scale {largest}; "
        "send smaller scales."
    )
    raise Refused(Refusal(400, "emotion_too_strong", message, param=value.name))


def _emotions(known: Collection[str]) -> str:
    return ", ".join(filter(None, (_listed(known), NONE)))


def _listed(names: Collection[str]) -> str:
    """All vectors of a server; variants may be more, and GET /v1/models has them all."""
    return ", ".join([*sorted(names)[:MOST_VECTORS], *(["..."] if len(names) > MOST_VECTORS else [])])
