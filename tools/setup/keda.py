"""KEDA, built from its Go module, with the manifests that the module installs it by.

keda-module/go.mod is the one place that names the version. To take another KEDA, change its `require` line there, copy
what its own go.mod says about `replace` and `exclude`, run `go mod tidy`.
"""

import shutil
from pathlib import Path

from tools.setup.fresh import fresh
from tools.setup.recorder import Recorder
from tools.setup.step import Step
from tools.setup.wrapped import Wrapped

MODULE = Wrapped("keda", "github.com/kedacore/keda/v2")
PROGRAMS = ("operator", "adapter", "webhooks")
# What KEDA is installed by, below its folder `config`; its Deployments and CRDs are left out.
MANIFESTS = (
    "general/namespace.yaml",
    "service_account/service_account.yaml",
    "rbac/role.yaml",
    "rbac/role_binding.yaml",
    "metrics-server/role.yaml",
    "metrics-server/role_binding.yaml",
    "metrics-server/service.yaml",
    "metrics-server/api_service.yaml",
    "webhooks/service.yaml",
    "webhooks/validation_webhooks.yaml",
)


def program(name: str) -> Path:
    """One of PROGRAMS; it may not be there yet."""
    return MODULE.folder() / "bin" / name


def manifests() -> list[Path]:
    """Accounts, rights, Services and registrations, in the order to apply them; they may not be there yet."""
    return [MODULE.folder() / "config" / name for name in MANIFESTS]


def _build(recorder: Recorder) -> None:
    with fresh(MODULE.folder()) as making:
        MODULE.build(recorder, making / "bin", *PROGRAMS)
        source = MODULE.source(recorder)
        for name in MANIFESTS:
            (making / "config" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / "config" / name, making / "config" / name)


STEP = Step(
    name="keda",
    purpose="Build KEDA's operator, metrics adapter and webhook from their Go module",
    needs=("go",),
    done=lambda: MODULE.folder().exists(),
    run=_build,
    advice="see whether Go modules can be downloaded (GOPROXY) and whether the disk has 10 GB left. "
    "Only `make test-keda` and `make nightly` need it.",
)
