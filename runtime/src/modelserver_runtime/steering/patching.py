"""How a function of vLLM is replaced: only where it takes what it took when the patch was written.

What is in force is told by looking at vLLM itself, never remembered: a patch that something else undid is not there.
"""

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_MARK = "modelserver_steering"


@dataclass(frozen=True)
class Target:
    """A function of vLLM by module and path ("Class.method"), and the names of its parameters, `self` left out."""

    module: str
    path: str
    parameters: tuple[str, ...]

    def replace(self, make: Callable[[Any], Any]) -> None:
        """Put what `make` makes of the function in its place, unless that is done, or it is not the one we know."""
        if self._missing() is None and not self.in_force:
            owner, name = self._place()
            ours = make(getattr(owner, name))
            setattr(ours, _MARK, True)
            setattr(owner, name, ours)

    @property
    def in_force(self) -> bool:
        """Whether what vLLM calls is ours."""
        return bool(getattr(self._found(), _MARK, False))

    @property
    def problem(self) -> str | None:
        """Why the patch is not in force, in a sentence; None where it is."""
        return None if self.in_force else self._missing() or f"{self.path} of vLLM is not patched."

    def _missing(self) -> str | None:
        found = self._found()
        if found is None:
            return f"vLLM has no {self.path} in {self.module}."
        takes = tuple(name for name in inspect.signature(found).parameters if name != "self")
        if takes != self.parameters and not self.in_force:
            return f"{self.path} of vLLM takes ({', '.join(takes)}), not ({', '.join(self.parameters)})."
        return None

    def _found(self) -> Any:
        try:
            owner, name = self._place()
        except (ImportError, AttributeError):
            return None
        return getattr(owner, name, None)

    def _place(self) -> tuple[Any, str]:
        *owners, name = self.path.split(".")
        owner: Any = importlib.import_module(self.module)
        for step in owners:
            owner = getattr(owner, step)
        return owner, name
