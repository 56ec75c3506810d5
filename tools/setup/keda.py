"""KEDA, built from its Go module, with the manifests that the module installs it by.

keda-module/go.mod is the one place that names the version. KEDA's own go.mod replaces and excludes modules, and the go
command obeys that only in the module that it builds in: so that is one of ours, with the same lines. To take another
KEDA, change its `require` line there, copy what its own go.mod says about `replace` and `exclude`, run `go mod tidy`.
"""

import platform
import shutil
from pathlib import Path

from tools.setup import toolchain
from tools.setup.fresh import fresh
from tools.setup.keys import key
from tools.setup.places import ROOT, cache
from tools.setup.recorder import Recorder
from tools.setup.step import Step

BUILT_IN = ROOT / "tools" / "setup" / "keda-module"
MODULE = "github.com/kedacore/keda/v2"
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
    return _folder() / "bin" / name


def manifests() -> list[Path]:
    """Accounts, rights, Services and registrations, in the order to apply them; they may not be there yet."""
    return [_folder() / "config" / name for name in MANIFESTS]


def _folder() -> Path:
    return cache() / "keda" / key(BUILT_IN, platform.machine())


def _build(recorder: Recorder) -> None:
    with fresh(_folder()) as making:
        (making / "bin").mkdir(parents=True)
        _go(recorder, "build", *_flags(making / "bin"), *(f"{MODULE}/cmd/{name}" for name in PROGRAMS))
        source = Path(_go(recorder, "list", "-m", "-f", "{{.Dir}}", MODULE))
        for name in MANIFESTS:
            (making / "config" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / "config" / name, making / "config" / name)


def _flags(target: Path) -> tuple[str, ...]:
    """As small as Go makes them; the checkout is no part of what they are."""
    return "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", f"{target}/"


def _go(recorder: Recorder, verb: str, *arguments: str) -> str:
    """What a go command says in our module's folder. Raises CommandError."""
    environment = {**toolchain.environment(), "CGO_ENABLED": "0"}
    return recorder.output(toolchain.go(), verb, f"-C={BUILT_IN}", *arguments, env=environment)


STEP = Step(
    name="keda",
    purpose="Build KEDA's operator, metrics adapter and webhook from their Go module",
    needs=("go",),
    done=lambda: _folder().exists(),
    run=_build,
    advice="see whether Go modules can be downloaded (GOPROXY) and whether the disk has 10 GB left. "
    "Only `make test-keda` and `make nightly` need it.",
)
