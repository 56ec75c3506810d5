"""Whether a live part can be put in force with the vectors that there are: a chain of checks, then the mapping."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from modelserver_runtime import config
from modelserver_runtime.emotions.mapping import PLAIN, InForce, Mix, hundredths
from modelserver_runtime.emotions.strength import Strengths


@dataclass(frozen=True)
class Asked:
    """What live.yaml asks for, and what it is held against.

    digests: of every vector in vectors.json, by name. base_names: under which the base model is served.
    """

    emotions: config.Emotions
    digests: Mapping[str, str]
    base_names: Collection[str]

    def mixes(self) -> Iterator[tuple[str, config.Mix]]:
        """Every mix, and the key that holds it."""
        if self.emotions.default:
            yield "emotions.default", self.emotions.default
        for place, variant in enumerate(self.emotions.variants):
            yield f"emotions.variants[{place}]", variant


Check = Callable[[Asked], str | None]


def complaint(asked: Asked) -> str | None:
    """The first thing that is wrong, as a sentence that begins with the key; None where all is well."""
    return next((sentence for check in CHECKS if (sentence := check(asked))), None)


def in_force(asked: Asked) -> InForce:
    """What `asked`, about which there is no complaint, says."""
    emotions = asked.emotions
    return InForce(
        variants=MappingProxyType({variant.name: _mix(variant) for variant in emotions.variants}),
        digests=MappingProxyType(dict(asked.digests)),
        default=_mix(emotions.default) if emotions.default else PLAIN,
        per_request=emotions.per_request == "Enabled",
    )


def too_strong(asked: Asked, strengths: Strengths) -> str | None:
    """The first mix that adds more than any may; all its vectors are known."""
    for key, mix in asked.mixes():
        if strengths.too_strong(_mix(mix)):
            return (
                f"{key}.mix: is too strong: after some layer its vectors together add more than "
                "the strongest of them at scale 4"
            )
    return None


def _mix(mix: config.Mix) -> Mix:
    return Mix(tuple((term.vector, hundredths(term.scale)) for term in mix.mix), mix.phase)


def _name_of_the_base(asked: Asked) -> str | None:
    for place, variant in enumerate(asked.emotions.variants):
        if variant.name in asked.base_names:
            return f"emotions.variants[{place}].name: {variant.name} is a name of the base model already"
    return None


def _name_none(asked: Asked) -> str | None:
    for place, variant in enumerate(asked.emotions.variants):
        if variant.name == "none":
            return f"emotions.variants[{place}].name: no variant may be called none"
    return None


def _name_twice(asked: Asked) -> str | None:
    names = [variant.name for variant in asked.emotions.variants]
    for place, name in enumerate(names):
        if name in names[:place]:
            return f"emotions.variants[{place}].name: {name} is the name of another variant already"
    return None


def _vector_unknown(asked: Asked) -> str | None:
    for key, mix in asked.mixes():
        for place, term in enumerate(mix.mix):
            if term.vector not in asked.digests:
                known = ", ".join(sorted(asked.digests)) or "none"
                return f"{key}.mix[{place}].vector: {term.vector} is not in vectors.json, which has: {known}"
    return None


def _vector_twice(asked: Asked) -> str | None:
    for key, mix in asked.mixes():
        vectors = [term.vector for term in mix.mix]
        for place, vector in enumerate(vectors):
            if vector in vectors[:place]:
                return f"{key}.mix[{place}].vector: {vector} is in this mix already"
    return None


CHECKS: tuple[Check, ...] = (
    _name_of_the_base,
    _name_none,  # in a request it stands for the plain model
    _name_twice,
    _vector_unknown,
    _vector_twice,
)
