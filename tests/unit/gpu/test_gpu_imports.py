"""The parts of the GPU check without vLLM import torch, numpy and transformers, and nothing else from elsewhere.

A GPU machine may have no more than that: neither pydantic, which the runtime has everywhere else, nor vLLM.
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
SOURCES = (ROOT, ROOT / "runtime" / "src")
PARTS = ("tests.gpu.torch_part", "tests.gpu.graphs", "tests.gpu.race", "tests.gpu.margins")
ALLOWED = {"torch", "numpy", "transformers"}


def file_of(module: str) -> Path | None:
    """The file of a module of this repository."""
    parts = module.replace(".", "/")
    found = [source / name for source in SOURCES for name in (f"{parts}.py", f"{parts}/__init__.py")]
    return next((each for each in found if each.is_file()), None)


def imported(path: Path) -> set[str]:
    """What a file imports as it is loaded: what stands in a function is imported only where that is called."""
    names = set()
    for statement in ast.parse(path.read_text()).body:
        if isinstance(statement, ast.Import):
            names |= {alias.name for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            names |= {statement.module} | {f"{statement.module}.{alias.name}" for alias in statement.names}
    return names


def loaded(modules: tuple[str, ...]) -> set[str]:
    """All modules that these import, and those that they import in turn."""
    seen: set[str] = set()
    left = [*modules]
    while left:
        module = left.pop()
        if module not in seen:
            seen.add(module)
            path = file_of(module)
            left += imported(path) if path else ()
    return seen


def test_the_parts_without_vllm_need_no_other_package() -> None:
    modules = loaded(PARTS)
    packages = {module.partition(".")[0] for module in modules}

    assert "modelserver_runtime.steering.table" in modules
    assert packages - set(sys.stdlib_module_names) - {"tests", "modelserver_runtime"} == ALLOWED
