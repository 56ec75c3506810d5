"""Lets vLLM's processes find the plugin where the runtime is a source tree and no installed distribution.

vLLM finds plugins by the entry points of installed distributions. For a tree that is only on PYTHONPATH, a folder
with nothing but such metadata is made and put there, too, for as long as the engine runs.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path

GROUP = "vllm.general_plugins"
NAME = "modelserver_steering"
VALUE = "modelserver_runtime.steering.plugin:register"
_METADATA = "Metadata-Version: 2.1\nName: modelserver-steering-announced\nVersion: 0\n"


@contextmanager
def announced() -> Iterator[None]:
    """In this block, this process and those that it starts find the entry point."""
    if _known():
        yield
        return
    before = os.environ.get("PYTHONPATH")
    with tempfile.TemporaryDirectory(prefix="modelserver-steering-") as folder:
        _write(Path(folder))
        os.environ["PYTHONPATH"] = os.pathsep.join([folder, *([before] if before else [])])
        sys.path.insert(0, folder)
        try:
            yield
        finally:
            sys.path.remove(folder)
            os.environ.pop("PYTHONPATH") if before is None else os.environ.update(PYTHONPATH=before)


def _known() -> bool:
    return any(each.value == VALUE for each in entry_points(group=GROUP, name=NAME))


def _write(folder: Path) -> None:
    info = folder / "modelserver_steering_announced-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(_METADATA, encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{NAME} = {VALUE}\n", encoding="utf-8")
