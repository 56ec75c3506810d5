"""The Go toolchain: the one on PATH where it is new enough, else the one that Go publishes as a module."""

import json
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from tools.setup.fresh import fresh
from tools.setup.places import ROOT, cache
from tools.setup.recorder import Recorder
from tools.setup.step import Step, StepError

MODULE = ROOT / "tools" / "devcluster" / "binary" / "go.mod"
# Percent. At Go's default of 100 its compiler spends up to two fifths of its time on garbage; it takes 0.6 GB here.
COLLECT_AT = "400"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def needed() -> str:
    """The version in the `go` line of the development cluster's module."""
    found = re.search(r"^go (\S+)$", MODULE.read_text(), re.MULTILINE)
    if not found:
        raise StepError(f"{MODULE} has no go line")
    return found[1]


def go() -> Path:
    """The go command to use; it may not be there yet."""
    there = shutil.which("go")
    return Path(there) if there and _new_enough(there) else _own()


def environment() -> dict[str, str]:
    """What a command needs so that `go` is ours, takes no other version than it is and builds fast."""
    path = f"{go().parent}:{os.environ['PATH']}"
    return {"PATH": path, "GOTOOLCHAIN": "local", "GOGC": os.environ.get("GOGC", COLLECT_AT)}


def on_path() -> bool:
    """Whether any Go is there, however old: enough to download a newer one."""
    return shutil.which("go") is not None


def _own() -> Path:
    return cache() / "go" / needed() / "bin" / "go"


def _new_enough(command: str) -> bool:
    said = subprocess.run([command, "version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"go(\d+\.\d+(?:\.\d+)?)", said)
    return found is not None and _numbers(found[1]) >= _numbers(needed())


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _fetch(recorder: Recorder) -> None:
    if not on_path():
        raise StepError(f"there is no `go` on PATH, and the development cluster is built with Go {needed()}")
    machine = ARCHITECTURES.get(platform.machine(), platform.machine())
    module = f"golang.org/toolchain@v0.0.1-go{needed()}.linux-{machine}"
    found = json.loads(recorder.output("go", "mod", "download", "-json", module, env={"GOFLAGS": ""}))
    with fresh(_own().parents[1]) as making:
        shutil.copytree(found["Dir"], making)
        _unpack(making)


def _unpack(root: Path) -> None:
    """Does what the go command does with such a module: it comes read-only, and its own modules under another name."""
    for path in [root, *root.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o200)
    for command in [*(root / "bin").iterdir(), *(p for p in (root / "pkg" / "tool").rglob("*") if p.is_file())]:
        command.chmod(0o755)
    for manifest in list(root.rglob("_go.mod")):
        shutil.copy(manifest, manifest.with_name("go.mod"))


STEP = Step(
    name="go",
    purpose="Find a Go toolchain that can build Kubernetes, or download it with an older one",
    needs=("cluster-packages",),
    done=lambda: go().exists(),
    run=_fetch,
    advice="put Go (any version from 1.19 on, for example Debian's golang-go) on PATH and try again; "
    "it downloads the version that is needed as a Go module.",
)
