"""Put ModelServerClasses into the cluster in place: the chart's hook, since Helm would delete and re-create them.

Applied under a field manager of its own, so that what others have added to a class stays.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from modelserver_operator.api import InvalidObject, ModelServerClass
from modelserver_operator.cluster import (
    MODEL_SERVER,
    MODEL_SERVER_CLASS,
    Cluster,
    ClusterError,
    Manifest,
    NotFound,
    Unavailable,
)

MANAGER = "modelserver-operator-classes"
PAUSE_SECONDS = 1.0

log = logging.getLogger(__name__)


class InstallError(Exception):
    """What stood in the way, with the file's name where one is at fault."""


def read_classes(folder: Path) -> list[Manifest]:
    """Every manifest in the folder's *.yaml files, each a valid ModelServerClass. Raises InstallError."""
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    classes = [manifest for file in files for manifest in _manifests(file)]
    if not classes:
        raise InstallError(f"{folder}: no ModelServerClass in any *.yaml file")
    return classes


async def wait_until_served(cluster: Cluster, *, timeout_seconds: float) -> None:
    """Return when the API server answers and serves both kinds; it knows a CRD only moments after it was applied.

    Raises InstallError after the deadline.
    """
    deadline = time.monotonic() + timeout_seconds
    said = None
    while (missing := await _missing(cluster)) is not None:
        if time.monotonic() > deadline:
            raise InstallError(f"gave up after {timeout_seconds:g} s: {missing}")
        if missing != said:
            log.info("waiting: %s", missing)
        said = missing
        await asyncio.sleep(PAUSE_SECONDS)


async def install(cluster: Cluster, classes: list[Manifest], *, timeout_seconds: float) -> None:
    """Apply every class. Raises InstallError for the first that is refused, and after the deadline."""
    await wait_until_served(cluster, timeout_seconds=timeout_seconds)
    deadline = time.monotonic() + timeout_seconds
    for manifest in classes:
        while not await _applied(cluster, manifest):
            if time.monotonic() > deadline:
                raise InstallError(f"gave up after {timeout_seconds:g} s at ModelServerClass {_name(manifest)}")
            await asyncio.sleep(PAUSE_SECONDS)


async def _missing(cluster: Cluster) -> str | None:
    try:
        missing = [kind for kind in (MODEL_SERVER, MODEL_SERVER_CLASS) if not await cluster.serves(kind)]
    except ClusterError as error:
        return str(error)
    if not missing:
        return None
    return f"the API server does not serve {' and '.join(kind.plural for kind in missing)}; are the CRDs installed?"


async def _applied(cluster: Cluster, manifest: Manifest) -> bool:
    """Whether it could be applied; False when it is worth trying again."""
    try:
        await cluster.apply(manifest, manager=MANAGER)
    except (Unavailable, NotFound) as error:
        log.warning("ModelServerClass %s: %s", _name(manifest), error)
        return False
    except ClusterError as error:
        raise InstallError(f"ModelServerClass {_name(manifest)} was refused: {error}") from error
    log.info("ModelServerClass %s is applied", _name(manifest))
    return True


def _manifests(file: Path) -> Iterator[Manifest]:
    for document in _documents(file):
        if not isinstance(document, dict):
            raise InstallError(f"{file}: a manifest must be a mapping")
        try:
            ModelServerClass.parse(document, strict=True)
        except InvalidObject as error:
            raise InstallError(f"{file}: {error}") from error
        yield document


def _documents(file: Path) -> list[Any]:
    try:
        return [document for document in yaml.safe_load_all(file.read_text()) if document is not None]
    except (yaml.YAMLError, OSError) as error:
        raise InstallError(f"{file}: {error}") from error
    except (ValueError, LookupError, AttributeError) as error:  # PyYAML's own, for 2026-99-99 or !!bool 7; no UTF-8
        raise InstallError(f"{file}: holds what cannot be read: {error}") from error
    except RecursionError as error:
        raise InstallError(f"{file}: is nested too deeply") from error


def _name(manifest: Manifest) -> str:
    return str(manifest["metadata"]["name"])
