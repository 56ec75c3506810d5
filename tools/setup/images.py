"""Both images, built from the Dockerfiles as they stand, with our own base in place of the registries'."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tools.setup import base
from tools.setup.buildah import buildah
from tools.setup.fresh import fresh
from tools.setup.keys import key
from tools.setup.places import ROOT, cache
from tools.setup.recorder import CommandError, Recorder
from tools.setup.step import Step

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
KEPT = 3


@dataclass(frozen=True)
class Image:
    """An image and what it is made of, relative to the checkout; `bases` are the build arguments to swap."""

    name: str
    inputs: tuple[str, ...]
    bases: tuple[str, ...]

    @property
    def repository(self) -> str:
        """The reference without its tag: containerd wants a host with a dot, and this one is nobody's."""
        return f"images.modelserver.internal/{self.name}"

    @cached_property
    def tag(self) -> str:
        """The key of everything that goes into the image, as it was when this run first asked."""
        return key(self.dockerfile, ROOT / ".dockerignore", *(ROOT / name for name in self.inputs), base.reference())

    @property
    def reference(self) -> str:
        """The full reference."""
        return f"{self.repository}:{self.tag}"

    @property
    def dockerfile(self) -> Path:
        """The Dockerfile."""
        return ROOT / f"Dockerfile.{self.name}"

    @property
    def archive(self) -> Path:
        """The OCI archive that a cluster loads; it may not be there yet."""
        return cache() / "images" / self.name / f"{self.tag}.tar"


def _inputs(name: str) -> tuple[str, ...]:
    return ("requirements/build.txt", f"requirements/{name}.txt", f"{name}/pyproject.toml", f"{name}/src")


OPERATOR = Image("operator", _inputs("operator"), ("BASE",))
RUNTIME = Image("runtime", _inputs("runtime"), ("BASE", "BUILDER"))
IMAGES = (OPERATOR, RUNTIME)


def _build(recorder: Recorder) -> None:
    for image in IMAGES:
        if not image.archive.exists():
            _build_one(recorder, image)


def _build_one(recorder: Recorder, image: Image) -> None:
    bases = [word for name in image.bases for word in ("--build-arg", f"{name}={base.reference()}")]
    # By name alone: buildah takes the value from the environment, and no log has it.
    index = ["--build-arg", "PIP_INDEX_URL"] if "PIP_INDEX_URL" in os.environ else []
    secrets = ["--secret", f"id=ca,src={CERTIFICATES}"] if CERTIFICATES.exists() else []
    # chroot: the other ways of isolation leave links and packet-filter tables behind.
    options = ("--isolation", "chroot", "--pull-never", "--layers", "-f", image.dockerfile, "-t", image.reference)
    buildah(recorder, "bud", *options, *bases, *index, *secrets, ROOT)
    with fresh(image.archive, keep=KEPT) as making:
        buildah(recorder, "push", "--quiet", image.reference, f"oci-archive:{making}:{image.reference}")
    _forget_others(recorder, image)


def _forget_others(recorder: Recorder, image: Image) -> None:
    listed = buildah(recorder, "images", "--noheading", "--format", "{{.Name}}:{{.Tag}}").splitlines()
    for other in listed:
        if other.startswith(f"{image.repository}:") and other != image.reference:
            try:
                buildah(recorder, "rmi", other)
            except CommandError as failure:
                recorder.say(f"{other} stays in the storage: {failure}")


STEP = Step(
    name="images",
    purpose="Build the operator's and the runtime's image",
    needs=("base",),
    done=lambda: all(image.archive.exists() for image in IMAGES),
    run=_build,
    advice="the log shows which instruction of which Dockerfile failed; this step needs root and the package index.",
)
