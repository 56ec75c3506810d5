"""The demo model: a small model and six vectors, made in about a minute, whose steered answers differ at a glance.

It shows the machinery (training apart, everything is done as for any model) and says nothing about how well ordinary
models steer: this one was trained to be steered.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from modelserver_runtime.vectors.demo_model.recipe import Recipe
from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.missing import needed_for

_MADE_BY_US = "demo-model.json"


def _print(line: str) -> None:
    print(line, flush=True)


def make(out: Path, seed: int, recipe: Recipe | None = None, say: Callable[[str], None] = _print) -> None:
    """Write `out`/model (a Hugging Face folder) and `out`/vectors (vectors.json and its files).

    The same seed gives the same bytes on the same machine. `out` appears whole or not at all; one that an earlier call
    made is replaced.

    Args:
        out: the folder to make; its parents are made too.
        seed: of everything random.
        recipe: sizes; the default is what the demo uses.
        say: takes a line of progress.

    Raises:
        VectorError: `out` holds something else, or torch or transformers are not installed.
    """
    _refuse_foreign(out)
    build = _builder()
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        made = Path(scratch, "new")
        made.mkdir()
        chosen = recipe or Recipe()
        build(made, seed, chosen, say)
        (made / _MADE_BY_US).write_text(chosen.as_json(seed), encoding="utf-8")
        _readable(made)
        if out.exists():
            out.rename(Path(scratch, "old"))
        made.rename(out)


def _readable(made: Path) -> None:
    """Pods read the files under another user, and safetensors writes them for their owner alone."""
    for path in (made, *made.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _refuse_foreign(out: Path) -> None:
    if out.is_dir() and (not any(out.iterdir()) or (out / _MADE_BY_US).is_file()):
        return
    if out.exists():
        raise VectorError(f"{out} exists and was not made by demo-model: name another folder, or remove it first")


def _builder() -> Callable[[Path, int, Recipe, Callable[[str], None]], None]:
    with needed_for("training"):
        from modelserver_runtime.vectors.demo_model.building import build
    return build
