"""What names stand for at one moment: immutable, and replaced as a whole."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from modelserver_runtime.steering.spec import Phase, Spec

REVISION_LENGTH = 12  # hex digits: told in a header with every answer
LARGEST_SCALE = 4  # and -4 is the smallest, in the object as in a request
MOST_TERMS = 8  # of a mix, in the object as in a request
NONE = "none"  # what callers write for no emotion; no vector and no variant has this name


def hundredths(scale: float) -> int:
    """A scale as it is counted: what differs by less than 0.01 is the same mix."""
    return round(scale * 100)


@dataclass(frozen=True, slots=True)
class Mix:
    """Vectors by the names that people give them, with hundredths of scale 1, in the order in which they were given."""

    terms: tuple[tuple[str, int], ...]
    phase: Phase = "all"

    @property
    def text(self) -> str:
        """As the header and /stats tell it: `happiness=0.70,fear=-0.20`, `fear=0.30;phase=decode`, or `none`."""
        told = ",".join(f"{vector}={hundredths / 100:.2f}" for vector, hundredths in self.terms if hundredths)
        phase = ";phase=decode" if self.phase == "decode" else ""
        return told + phase if told else NONE


PLAIN = Mix(())


@dataclass(frozen=True)
class InForce:
    """One state of the live part, with the vectors that it was checked against.

    variants: by served name. digests: of every vector in vectors.json, by name. default: of the base names.
    """

    variants: Mapping[str, Mix] = field(default_factory=lambda: MappingProxyType({}))
    digests: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    default: Mix = PLAIN
    per_request: bool = False

    @cached_property
    def revision(self) -> str:
        """Equal for an equal mapping of equal vectors."""
        whole = {
            "variants": {name: [mix.terms, mix.phase] for name, mix in self.variants.items()},
            "digests": dict(self.digests),
            "default": [self.default.terms, self.default.phase],
            "perRequest": self.per_request,
        }
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:REVISION_LENGTH]

    @cached_property
    def specs(self) -> frozenset[Spec | None]:
        """Those that names stand for; None, where nothing is steered, among them if it is one."""
        return frozenset(self.spec(mix) for mix in (self.default, *self.variants.values()))

    def spec(self, mix: Mix) -> Spec | None:
        """What the engine is told of `mix`, whose vectors are all in `digests`; None: nothing is steered."""
        return Spec.of(((self.digests[vector], hundredths) for vector, hundredths in mix.terms), mix.phase)
