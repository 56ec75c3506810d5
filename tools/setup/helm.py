"""Helm, built from its Go module. The version stands here and nowhere else."""

from pathlib import Path

from tools.setup import toolchain
from tools.setup.fresh import fresh
from tools.setup.places import cache
from tools.setup.recorder import Recorder
from tools.setup.step import Step

VERSION = "4.3.1"
MODULE = "helm.sh/helm/v4/cmd/helm"


def helm() -> Path:
    """The helm command; it may not be there yet."""
    return cache() / "helm" / VERSION / "bin" / "helm"


def _build(recorder: Recorder) -> None:
    with fresh(helm().parents[1]) as making:
        environment = {**toolchain.environment(), "GOBIN": str(making / "bin"), "CGO_ENABLED": "0"}
        recorder.run(toolchain.go(), "install", "-trimpath", "-ldflags=-s -w", f"{MODULE}@v{VERSION}", env=environment)


STEP = Step(
    name="helm",
    purpose=f"Build Helm {VERSION}",
    needs=("go",),
    done=lambda: helm().exists(),
    run=_build,
    advice="see whether Go modules can be downloaded (GOPROXY) and whether the disk has 3 GB left.",
)
