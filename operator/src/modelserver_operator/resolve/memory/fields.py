"""What a config.json says, with the defaults of its architecture. Whoever has made the file may have written anything:
each value is taken only as what it must be."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass

from modelserver_operator.resolve.memory.shape import UnknowableError

# Bytes of a number, by the name that a config.json uses.
DTYPES: Mapping[str, int] = {"bfloat16": 2, "float16": 2, "float32": 4}

# More than any model has, and few enough to be reckoned with one by one.
MOST, MOST_LAYERS = 1 << 40, 10_000

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


def shown(value: object) -> str:
    """A value in a sentence: short, and without anything that a terminal would obey."""
    return _SHORT.repr(value)


@dataclass(frozen=True)
class Fields:
    """One JSON object; what it leaves out is taken from `defaults`, which are those of the architecture's class in
    Hugging Face transformers."""

    values: Mapping[str, object]
    defaults: Mapping[str, object]

    def number(self, name: str) -> int:
        """A whole number above 0. Raises UnknowableError."""
        found = self.optional(name)
        if found is None:
            raise UnknowableError(f"config.json has no {name}")
        return found

    def optional(self, name: str) -> int | None:
        """A whole number above 0; None where there is none, or null, or 0. Raises UnknowableError."""
        found = self.value(name)
        if found is None or found == 0:
            return None
        if isinstance(found, bool) or not isinstance(found, int) or found < 0:
            raise UnknowableError(f"config.json has {name}: {shown(found)}, which is no whole number")
        if found > (MOST_LAYERS if name.endswith("_layers") else MOST):
            raise UnknowableError(f"config.json has {name}: {shown(found)}, which is more than any model has")
        return found

    def sides(self, name: str) -> tuple[int, int] | None:
        """Two whole numbers above 0, None where there is nothing. Raises UnknowableError."""
        found = self.value(name)
        if found is None:
            return None
        if isinstance(found, list) and len(found) == 2 and all(type(side) is int and 0 < side < MOST for side in found):
            return found[0], found[1]
        raise UnknowableError(f"{name} is {shown(found)}, not two whole numbers")

    def texts(self, name: str) -> list[str]:
        """A list of texts, empty where there is none. Raises UnknowableError."""
        found = self.value(name)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(entry, str) for entry in found):
            raise UnknowableError(f"config.json has {name}: {shown(found)}, which is no list of names")
        return found

    def flag(self, name: str) -> bool:
        """A truth value, false where there is none. Raises UnknowableError."""
        found = self.value(name)
        if found is None or isinstance(found, bool):
            return found is True
        raise UnknowableError(f"config.json has {name}: {shown(found)}, which is neither true nor false")

    def part(self, name: str, defaults: Mapping[str, object]) -> Fields:
        """An object in it. Raises UnknowableError."""
        found = self.value(name)
        if not isinstance(found, Mapping):
            raise UnknowableError(f"config.json has no {name}")
        return Fields(found, defaults)

    def but(self, **values: object) -> Fields:
        """The same with other values in some places."""
        return Fields({**self.values, **values}, self.defaults)

    def value(self, name: str) -> object:
        """As it stands; None where there is none."""
        return self.values[name] if name in self.values else self.defaults.get(name)

    def plain_bytes(self) -> int:
        """Bytes of one number that is in no format of its own. Raises UnknowableError."""
        found = self.value("torch_dtype") or self.value("dtype")
        if not isinstance(found, str) or found not in DTYPES:
            raise UnknowableError(f"config.json has torch_dtype {shown(found)}; known are {', '.join(DTYPES)}")
        return DTYPES[found]
