"""Run by the engine's Python: what vLLM has at the places named on standard input, as JSON from one to the other.

A callable is told by its parameters ("a b=" where b has a default), another attribute by its kind;
what is not there is null.
"""

import importlib
import inspect
import json
import sys
from typing import Any


def found(module: str, path: str) -> Any:
    """What is at `path` below `module`; AttributeError or ImportError where nothing is."""
    at: Any = importlib.import_module(module)
    for name in path.split("."):
        if inspect.ismodule(at) and not hasattr(at, name):
            importlib.import_module(f"{at.__name__}.{name}")  # a package knows only those that somebody has imported
        if inspect.isclass(at) and name not in dir(at) and f"self.{name} =" in inspect.getsource(at):
            return "set by the constructor"
        at = inspect.getattr_static(at, name)
    return at.__func__ if isinstance(at, classmethod | staticmethod) else at


def told(module: str, path: str) -> str | None:
    """In words that change when the seam does."""
    try:
        seam = found(module, path)
    except (AttributeError, ImportError):
        return None
    if isinstance(seam, property):
        return "property"
    if inspect.isclass(seam):
        return "class"
    if inspect.isfunction(seam):
        parameters = [each for each in inspect.signature(seam).parameters.values() if each.name not in ("self", "cls")]
        return " ".join(each.name + ("" if each.default is each.empty else "=") for each in parameters)
    return seam if isinstance(seam, str) else type(seam).__name__


def fields(module: str, name: str) -> list[str]:
    """The fields of a dataclass, a structure or a class whose constructor sets them."""
    kind = found(module, name)
    annotated = [each for above in kind.__mro__ for each in vars(above).get("__annotations__", ())]
    return [*annotated, *getattr(kind, "__struct_fields__", ())]


def methods(module: str, name: str) -> dict[str, str | None]:
    """The public methods of a class and their parameters."""
    public = [each for each in vars(found(module, name)) if not each.startswith("_")]
    return {each: told(module, f"{name}.{each}") for each in public if callable(getattr(found(module, name), each))}


def patches() -> dict[str, str | None]:
    """Why each of the plugin's patches is not in force after it was registered twice, as vLLM may do."""
    from modelserver_runtime.steering import cache_key, plugin, runner_v1, runner_v2

    plugin.register()
    plugin.register()
    return {
        f"{each.module}:{each.path}": each.problem
        for each in (*cache_key.TARGETS, *runner_v1.TARGETS, *runner_v2.TARGETS)
    }


def main() -> None:
    asked = json.load(sys.stdin)
    seams = [told(*seam) for seam in asked["seams"]]
    answer = {
        "seams": seams,
        "methods": {name: methods(module, name) for module, name in asked["classes"]},
        "fields": [fields(module, name) for module, name in asked["fields"]],
        "patches": patches(),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
