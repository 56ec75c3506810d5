"""Prometheus as it runs in clusters, built from its Go module: Debian's finds no targets by asking Kubernetes.

Of the ways to find targets only that one and files are built in: the others bring the clients of every cloud. It is the
newest release that asks for no newer libraries than the development cluster's module has.
"""

from pathlib import Path

from tools.setup.fresh import fresh
from tools.setup.recorder import Recorder
from tools.setup.step import Step
from tools.setup.wrapped import Wrapped

MODULE = Wrapped("prometheus-server", "github.com/prometheus/prometheus")
VERSION = "3.10.0"  # how prometheus-server-module/go.mod's v0.310.0 calls itself
TAGS = ("remove_all_sd", "enable_kubernetes_sd")


def server() -> Path:
    """The command; it may not be there yet."""
    return MODULE.folder() / "bin" / "prometheus"


def _build(recorder: Recorder) -> None:
    with fresh(MODULE.folder()) as making:
        MODULE.build(recorder, making / "bin", "prometheus", tags=TAGS)


STEP = Step(
    name="prometheus-server",
    purpose="Build Prometheus from its Go module",
    needs=("go",),
    done=lambda: MODULE.folder().exists(),
    run=_build,
    advice="see whether Go modules can be downloaded (GOPROXY) and whether the disk has 3 GB left.",
)
