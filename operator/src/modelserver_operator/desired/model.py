"""Where the model's files lie, below the folder that the model's volume is mounted at."""

from __future__ import annotations

from modelserver_operator.api.sources import HuggingFaceSource, ModelSource


def path(source: ModelSource, root: str) -> str:
    """The model's folder, as seen from where the volume is mounted at `root`."""
    inside = _inside(source)
    return f"{root}/{inside}" if inside else root


def folder(source: HuggingFaceSource) -> str:
    """Where a download goes: one folder for each repository and revision, so that one volume can keep several."""
    return f"{source.repo.replace('/', '--')}/{source.revision.replace('/', '--')}"


def _inside(source: ModelSource) -> str:
    if source.persistent_volume_claim:
        return source.persistent_volume_claim.path or ""
    if source.image:
        return (source.image.path or "").strip("/")
    assert source.hugging_face is not None, "the union's rule"
    return folder(source.hugging_face)
