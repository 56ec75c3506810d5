"""What the container sees of the world: configuration, model, vectors, scratch space. Nothing else is writable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from modelserver_operator.desired import names
from modelserver_operator.desired.environment import CACHE
from modelserver_operator.desired.start_config import CONTAINER
from modelserver_operator.resolve import Resolved, identity

MODELS = "/models"
# Read by root and by the pod's fsGroup, which the files are given to; by nobody else, and written by nobody.
OF_THE_GROUP = 0o440


@dataclass(frozen=True)
class Mounted:
    """A volume, where it appears and whether it can be written to."""

    name: str
    source: dict[str, Any]
    path: str
    read_only: bool

    def volume(self) -> dict[str, Any]:
        """The pod's entry."""
        return {"name": self.name, **self.source}

    def mount(self) -> dict[str, Any]:
        """The container's entry."""
        return {"name": self.name, "mountPath": self.path, **({"readOnly": True} if self.read_only else {})}


def mounted(resolved: Resolved) -> list[Mounted]:
    """Every volume of the pod, in a fixed order, as the runtime sees it."""
    return [
        _configmap("start", names.start(resolved)),
        _configmap(identity.LIVE_VOLUME, names.live(resolved)),
        _models(resolved),
        *_vectors(resolved),
        *_keys(resolved),
        *_redis(resolved),
        *_of_class(resolved),
        _shared_memory(resolved),
        *_scratches(),
    ]


def mounted_by_download(resolved: Resolved) -> list[Mounted]:
    """What the download sees of them; it alone can write the model."""
    return [replace(_models(resolved), read_only=False), *_of_class(resolved), *_scratches()]


def _configmap(name: str, configmap: str) -> Mounted:
    """A folder, never a single file: the kubelet renews files in folders only."""
    return Mounted(name, {"configMap": {"name": configmap}}, f"/etc/modelserver/{name}", read_only=True)


def _claim(name: str, claim: str, path: str) -> Mounted:
    return Mounted(name, {"persistentVolumeClaim": {"claimName": claim, "readOnly": True}}, path, read_only=True)


def _models(resolved: Resolved) -> Mounted:
    source = resolved.model
    if source.persistent_volume_claim:
        return _claim("models", source.persistent_volume_claim.claim_name, MODELS)
    if source.image:
        image = {"reference": source.image.reference, "pullPolicy": "IfNotPresent"}
        return Mounted("models", {"image": image}, MODELS, read_only=True)
    return Mounted("models", _downloaded(resolved), MODELS, read_only=True)


def _downloaded(resolved: Resolved) -> dict[str, Any]:
    """The volume is writable, for the download's sake; the runtime's mount of it is not."""
    if resolved.cache is None:
        return {"emptyDir": {}}
    return {"persistentVolumeClaim": {"claimName": identity.cache(resolved.name)}}


def _vectors(resolved: Resolved) -> list[Mounted]:
    source = resolved.emotions.vectors
    if source is None or source.persistent_volume_claim is None:
        return []
    return [_claim("vectors", source.persistent_volume_claim.claim_name, "/vectors")]


def _keys(resolved: Resolved) -> list[Mounted]:
    """Every key is a file. A folder, like the configuration: a key is changed without a restart."""
    if resolved.auth is None:
        return []
    return [_secret(identity.KEYS, {"secretName": resolved.auth.api_keys_secret.value}, CONTAINER.keys)]


def _redis(resolved: Resolved) -> list[Mounted]:
    """The URL, which holds a password, is one file; what else is in the Secret stays out of the pod."""
    if resolved.rate_limit is None or resolved.rate_limit.redis is None:
        return []
    secret, (folder, _, file) = resolved.rate_limit.redis.value, CONTAINER.redis_url.rpartition("/")
    items = [{"key": secret.key, "path": file}]
    return [_secret(identity.REDIS, {"secretName": secret.name, "items": items}, folder)]


def _secret(name: str, source: dict[str, Any], path: str) -> Mounted:
    return Mounted(name, {"secret": {**source, "defaultMode": OF_THE_GROUP}}, path, read_only=True)


def _of_class(resolved: Resolved) -> list[Mounted]:
    return [
        _claim(f"class-{volume.name}", volume.persistent_volume_claim.claim_name, volume.mount_path)
        for volume in resolved.placement.volumes
    ]


def _shared_memory(resolved: Resolved) -> Mounted:
    memory = {"medium": "Memory", "sizeLimit": resolved.resources.shared_memory.value}
    return Mounted("shm", {"emptyDir": memory}, "/dev/shm", read_only=False)  # noqa: S108 (the container's own)


def _scratches() -> list[Mounted]:
    folders = {"tmp": "/tmp", "cache": CACHE}  # noqa: S108 (the container's own)
    return [Mounted(name, {"emptyDir": {}}, path, read_only=False) for name, path in folders.items()]
