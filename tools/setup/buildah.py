"""Buildah with a storage of its own, so that the machine's images are neither used nor changed."""

from pathlib import Path

from tools.setup.places import cache
from tools.setup.recorder import Recorder


def storage() -> Path:
    """The folder of images and layers; layers that did not change are not built again."""
    return cache() / "buildah"


def buildah(recorder: Recorder, *arguments: str | Path) -> str:
    """Runs buildah and gives what it prints. Raises CommandError."""
    places = ("--root", storage() / "storage", "--runroot", storage() / "run")
    return recorder.output("buildah", *places, *arguments)
