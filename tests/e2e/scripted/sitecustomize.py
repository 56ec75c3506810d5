"""Puts the engine of this folder in the place of the runtime's own: Python imports this file before any other."""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType


class InPlaceOfVllm:
    """Finds one module, in this folder."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Where the runtime's engine is; None for every other module."""
        if name != "modelserver_runtime.engine":
            return None
        return spec_from_file_location(name, Path(__file__).with_name("engine.py"))


sys.meta_path.insert(0, InPlaceOfVllm)
