"""Builds the binaries from their Go modules, once per version and source, into the cache."""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.devcluster import images
from tools.devcluster.errors import BuildError
from tools.devcluster.places import MODULE
from tools.devcluster.versions import Versions, versions
from tools.setup.fresh import fresh
from tools.setup.places import cache, logs

COMMANDS = ("./kube", "./containerd-shim-runc-v2", "./box")
PROGRAMS = (
    "containerd",
    "coredns",
    "ctr",
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubectl",
    "kubelet",
    "kwok",
    "kwok-stages",
    "pki",
)


@dataclass(frozen=True)
class Binaries:
    """A folder of built programs and the image that every cluster has."""

    folder: Path

    def path(self, program: str) -> str:
        """The absolute path of a program."""
        return str(self.folder / "bin" / program)

    @property
    def image(self) -> Path:
        """The archive of the image `images.BOX`."""
        return self.folder / "box.tar"


def build() -> Binaries:
    """Returns the binaries of the present version and source, after building them where the cache has none.

    Raises BuildError: no Go, too old a Go, or a failing build; the message says where its log is.
    """
    wanted = versions()
    binaries = _place(wanted)
    with _lock(binaries.folder):
        if not binaries.folder.exists():
            _require_go(wanted)
            _build(wanted, binaries)
    _link_kubectl(binaries)
    return binaries


def is_built() -> bool:
    """Whether `build` would find them in the cache."""
    return _place(versions()).folder.exists()


def _place(wanted: Versions) -> Binaries:
    return Binaries(cache() / "kubernetes" / f"{wanted.kubernetes}-{_key()}")


def _key() -> str:
    """Changes with the machine's architecture and every file that the binaries are made from, also this one."""
    digest = hashlib.sha256(platform.machine().encode())
    sources = [path for path in MODULE.rglob("*") if path.is_file()]
    for path in sorted([*sources, Path(__file__), Path(images.__file__)]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Two builds at once would take twice as long and the memory of two."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _require_go(wanted: Versions) -> None:
    environment = _environment(wanted)
    go = shutil.which("go", path=environment["PATH"])
    if go is None:
        raise BuildError(f"Go is missing: put Go {wanted.go} or newer on the PATH, or run: python3 -m tools.setup go")
    # Asked in the module's folder, a Go that may fetch newer ones answers with the one that it will use.
    asked = [go, "env", "GOVERSION"]
    done = subprocess.run(asked, cwd=MODULE, env=environment, capture_output=True, text=True, check=False)
    found = re.search(r"go(\d+)\.(\d+)(?:\.(\d+))?", done.stdout)
    if not found:
        raise BuildError(f"`go env GOVERSION` fails: {done.stderr.strip()}")
    if tuple(int(part or 0) for part in found.groups()) < tuple(int(part) for part in wanted.go.split(".")):
        raise BuildError(f"Go is too old: {go} is {found[0]}, Kubernetes {wanted.kubernetes} needs {wanted.go}")


def _environment(wanted: Versions) -> dict[str, str]:
    """Ours, with the Go that tools.setup may have fetched before any other."""
    path = f"{cache() / 'go' / wanted.go / 'bin'}:{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "PATH": path, "CGO_ENABLED": "0"}


def _build(wanted: Versions, binaries: Binaries) -> None:
    """Also removes old builds, of 190 MB each; the one before this stays, since a cluster may still run with it."""
    log = logs() / "kubernetes-build.log"
    print(f"building Kubernetes {wanted.kubernetes}: minutes the first time, log: {log}", file=sys.stderr, flush=True)
    begin = time.monotonic()
    with fresh(binaries.folder) as making:
        made = Binaries(making)
        (made.folder / "bin").mkdir(parents=True)
        _go_build(wanted, made.folder / "bin", log)
        for program in PROGRAMS:
            (made.folder / "bin" / program).symlink_to("kube")
        images.write_box(made.folder / "bin" / "box", made.image)
    print(f"built in {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)


def _go_build(wanted: Versions, target: Path, log: Path) -> None:
    flags = ["-trimpath", "-buildvcs=false", f"-ldflags={_linker_flags(wanted)}"]
    environment = _environment(wanted)
    go = shutil.which("go", path=environment["PATH"]) or "go"
    command = [go, "build", *flags, "-o", f"{target}/", *COMMANDS]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as file:
        done = subprocess.run(command, cwd=MODULE, env=environment, stdout=file, stderr=file, check=False)
    if done.returncode != 0:
        last = "\n".join(log.read_text().splitlines()[-5:])
        raise BuildError(f"`go build` failed ({done.returncode}); the end of {log}:\n{last}")


def _linker_flags(wanted: Versions) -> str:
    """What Kubernetes' and containerd's own build scripts would set: the versions that the programs report."""
    major, minor, _ = wanted.kubernetes.split(".")
    values = {"gitVersion": f"v{wanted.kubernetes}", "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    settings = [f"-X {package}.{name}={value}" for package in packages for name, value in values.items()]
    settings.append(f"-X github.com/containerd/containerd/v2/version.Version=v{wanted.containerd}")
    return " ".join(["-s", "-w", *settings])


def _link_kubectl(binaries: Binaries) -> None:
    """Keeps $MODELSERVER_CACHE/bin/kubectl at the newest build, for those who have that folder on the PATH."""
    link = cache() / "bin" / "kubectl"
    link.parent.mkdir(parents=True, exist_ok=True)
    new = link.with_name(f".kubectl-{os.getpid()}")
    new.symlink_to(binaries.path("kubectl"))
    new.replace(link)
