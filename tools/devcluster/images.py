"""The one image that every cluster has, made here because there is no registry to pull from."""

import gzip
import hashlib
import io
import json
import platform
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.devcluster.errors import DevclusterError

BOX = "devcluster.local/box:1"  # a dotted host and a tag other than latest: no short-name rules, no Always pull policy
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass
class Layout:
    """An OCI image layout in memory: blobs by digest."""

    blobs: dict[str, bytes] = field(default_factory=dict)

    def add(self, media_type: str, content: bytes) -> dict[str, Any]:
        """Stores a blob and returns its descriptor."""
        digest = hashlib.sha256(content).hexdigest()
        self.blobs[f"blobs/sha256/{digest}"] = content
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def add_json(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        """Stores a document of the OCI image specification."""
        return self.add(f"application/vnd.oci.image.{kind}.v1+json", json.dumps(content).encode())


def write_box(binary: Path, archive: Path, reference: str = BOX) -> None:
    """Writes an OCI archive of an image with this name whose one file is the program `box`."""
    layer = _tar({"box": binary.read_bytes()}, mode=0o755)
    layout = Layout()
    config = layout.add_json(
        "config",
        {
            "architecture": ARCHITECTURES[platform.machine()],
            "os": "linux",
            "config": {"Entrypoint": ["/box"], "Cmd": ["pause"], "User": "65535:65535"},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
        },
    )
    packed = layout.add("application/vnd.oci.image.layer.v1.tar+gzip", gzip.compress(layer, mtime=0))
    manifest = layout.add_json("manifest", {"schemaVersion": 2, "config": config, "layers": [packed]})
    manifest["annotations"] = {"io.containerd.image.name": reference}
    index = {"schemaVersion": 2, "manifests": [manifest]}
    files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": json.dumps(index).encode()}
    archive.write_bytes(_tar(files | layout.blobs))


def references(archive: Path) -> list[str]:
    """The names of the images in an OCI or docker archive. Raises DevclusterError where it is none, or has no names."""
    try:
        with tarfile.open(archive) as tar:
            found = _docker_names(tar) if "manifest.json" in tar.getnames() else _oci_names(tar)
    except (OSError, KeyError, tarfile.TarError) as error:
        raise DevclusterError(f"{archive} is no OCI or docker archive: {error}") from error
    if not found or not all("/" in name for name in found):
        raise DevclusterError(f"{archive} has an image without a full name such as example.org/name:1: {found}")
    return found


def _docker_names(tar: tarfile.TarFile) -> list[str]:
    return [name for image in _read_json(tar, "manifest.json") for name in image["RepoTags"] or [""]]


def _oci_names(tar: tarfile.TarFile) -> list[str]:
    annotations = [image.get("annotations", {}) for image in _read_json(tar, "index.json")["manifests"]]
    return [
        each.get("io.containerd.image.name") or each.get("org.opencontainers.image.ref.name", "")
        for each in annotations
    ]


def _read_json(tar: tarfile.TarFile, name: str) -> Any:
    file = tar.extractfile(name)
    if file is None:
        raise KeyError(name)
    return json.load(file)


def _tar(files: dict[str, bytes], mode: int = 0o644) -> bytes:
    """The same bytes for the same files, whenever it is made."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), mode
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()
