"""An image that holds a folder and nothing that runs, as `docker save` writes one: no registry is needed to load it."""

import hashlib
import json
import tarfile
from pathlib import Path

from tools.devcluster.images import ARCHITECTURES


def write(archive: Path, reference: str, content: Path, place: str, machine: str) -> None:
    """Writes the archive of an image with the files of `content` in the folder `place` of its one layer."""
    layer = archive.with_suffix(".layer")
    with tarfile.open(layer, "w") as tar:
        tar.add(content, place, filter=_readable)
    digest = hashlib.sha256(layer.read_bytes()).hexdigest()
    platform = {"architecture": ARCHITECTURES[machine], "os": "linux"}
    config = archive.with_suffix(".config")
    config.write_text(json.dumps({**platform, "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]}}))
    manifest = archive.with_suffix(".manifest")
    manifest.write_text(json.dumps([{"Config": config.name, "RepoTags": [reference], "Layers": [layer.name]}]))
    with tarfile.open(archive, "w") as tar:
        for file, name in ((manifest, "manifest.json"), (config, config.name), (layer, layer.name)):
            tar.add(file, name)


def _readable(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Root's, and everybody may read it, whatever this machine's umask."""
    member.uid = member.gid = 0
    member.mode = 0o755 if member.isdir() else 0o644
    return member
