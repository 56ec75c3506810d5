"""The Prometheus operator, built from its Go module, with the kinds and rights that the module publishes for it.

prometheus-operator-module/go.mod requires the version whose kinds tools.setup.optional_kinds pins, and the libraries of
the development cluster's module in their versions there, which need not be downloaded again. To take other versions,
change both, and run `go mod tidy`.
"""

import shutil
from pathlib import Path

from tools.setup.fresh import fresh
from tools.setup.recorder import Recorder
from tools.setup.step import Step
from tools.setup.wrapped import Wrapped

MODULE = Wrapped("prometheus-operator", "github.com/prometheus-operator/prometheus-operator")
OPERATOR, RELOADER = "operator", "prometheus-config-reloader"
_CRDS = Path("example", "prometheus-operator-crd")
# Its own rights, and those of a Prometheus that it runs.
_RIGHTS = (
    Path("example", "rbac", "prometheus-operator", "prometheus-operator-cluster-role.yaml"),
    Path("example", "rbac", "prometheus", "prometheus-cluster-role.yaml"),
)
# Kinds that it does without; their CRDs take a second each to apply.
_LEFT_OUT = ("prometheusagents", "scrapeconfigs", "thanosrulers")


def program(name: str) -> Path:
    """OPERATOR or RELOADER; it may not be there yet."""
    return MODULE.folder() / "bin" / name


def crds() -> list[Path]:
    """The CustomResourceDefinitions that it works with; they have to be there."""
    files = sorted((MODULE.folder() / _CRDS).iterdir())
    return [file for file in files if not file.stem.endswith(_LEFT_OUT)]


def rights() -> list[Path]:
    """Its ClusterRole and that of a Prometheus; they may not be there yet."""
    return [MODULE.folder() / file for file in _RIGHTS]


def _build(recorder: Recorder) -> None:
    with fresh(MODULE.folder()) as making:
        MODULE.build(recorder, making / "bin", OPERATOR, RELOADER)
        source = MODULE.source(recorder)
        shutil.copytree(source / _CRDS, making / _CRDS)
        for file in _RIGHTS:
            (making / file).parent.mkdir(parents=True)
            shutil.copyfile(source / file, making / file)


STEP = Step(
    name="prometheus-operator",
    purpose="Build the Prometheus operator from its Go module",
    needs=("go",),
    done=lambda: MODULE.folder().exists(),
    run=_build,
    advice="see whether Go modules can be downloaded (GOPROXY) and whether the disk has 3 GB left.",
)
