"""The numbers of a config.json, with the defaults of its architecture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelserver_operator.resolve.memory.shape import UnknowableError

# Bytes of a number, by the name that a config.json uses.
DTYPES: Mapping[str, int] = {"bfloat16": 2, "float16": 2, "float32": 4}


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
            raise UnknowableError(f"config.json has {name}: {found!r}, which is no whole number")
        return found

    def flag(self, name: str) -> bool:
        """A truth value, false where there is none. Raises UnknowableError."""
        found = self.value(name)
        if found is None or isinstance(found, bool):
            return found is True
        raise UnknowableError(f"config.json has {name}: {found!r}, which is neither true nor false")

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
            raise UnknowableError(f"config.json has torch_dtype {found!r}; known are {', '.join(DTYPES)}")
        return DTYPES[found]
