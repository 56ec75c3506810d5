"""The Debian packages: the few things that come neither from PyPI nor from Go modules."""

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.setup.recorder import Recorder
from tools.setup.step import Step, StepError
from tools.setup.toolchain import on_path

LIBRARIES = ("/usr/lib", "/lib", "/usr/lib64", "/lib64", "/usr/local/lib")


@dataclass(frozen=True)
class Package:
    """A Debian package, why it is needed, and how to see that it (or another distribution's) is there."""

    name: str
    why: str
    there: Callable[[], bool]


def _command(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None


def _file(path: str) -> Callable[[], bool]:
    return lambda: Path(path).exists()


def _library(name: str) -> Callable[[], bool]:
    return lambda: any(next(Path(folder).glob(f"**/{name}"), None) for folder in LIBRARIES if Path(folder).is_dir())


def _ensurepip() -> bool:
    return next(Path("/usr/lib").glob("python3*/ensurepip"), None) is not None


BASIC = (
    Package("ca-certificates", "downloads are checked", _file("/etc/ssl/certs/ca-certificates.crt")),
    Package("git", "`make verify` compares what is generated with what is committed", _command("git")),
    Package(
        "python3", "the engine runs on the distribution's Python, which the images have too", _file("/usr/bin/python3")
    ),
    Package("python3-venv", "uv is installed in an environment of its own", _ensurepip),
    Package("libnuma1", "vLLM for CPUs is linked with it", _library("libnuma.so.1")),
)
CLUSTER = (
    Package("golang-go", "downloads the Go toolchain that builds Kubernetes", on_path),
    Package("iproute2", "the development cluster's network", _command("ip")),
    Package("nftables", "kube-proxy's rules, in the cluster's own network namespace", _command("nft")),
    Package("util-linux", "the cluster's namespaces", _command("unshare")),
    Package("runc", "starts containers", _command("runc")),
    Package("containernetworking-plugins", "connects pods", _file("/usr/lib/cni/bridge")),
    Package("buildah", "builds the images without a daemon", _command("buildah")),
    Package("debootstrap", "makes the images' base", _command("debootstrap")),
)

REDIS = (
    # The package with the server's program; the package redis-server would start it.
    Package("redis-tools", "tests count rates in a real Redis", lambda: redis_server() is not None),
)
LOAD = (Package("wrk", "`make bench-loadtest` measures our load generator beside it", _command("wrk")),)


def redis_server() -> str | None:
    """The Redis server's program, if it is there. Debian's checks files when it is called by that name, and serves
    under the name redis-server."""
    return shutil.which("redis-server") or shutil.which("redis-check-rdb")


def missing(packages: Iterable[Package]) -> list[Package]:
    """Those of the packages that are not there."""
    return [package for package in packages if not package.there()]


def step(name: str, purpose: str, packages: Iterable[Package], needs: tuple[str, ...] = ()) -> Step:
    """The step that brings these packages about."""
    return Step(
        name=name,
        purpose=purpose,
        needs=needs,
        done=lambda: not missing(packages),
        run=lambda recorder: _install(recorder, missing(packages)),
        advice="install what is named above with this machine's package manager (on Debian as root: "
        "apt-get install NAME...), then run the same command again; it goes on from here.",
    )


def _install(recorder: Recorder, lacking: list[Package]) -> None:
    names = [package.name for package in lacking]
    for obstacle in _obstacles():
        raise StepError(f"{obstacle}, and these are missing: {_named(lacking)}")
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    recorder.run("apt-get", "update", "-q", env=environment)
    recorder.run("apt-get", "install", "-q", "-y", "--no-install-recommends", *names, env=environment)


def _obstacles() -> list[str]:
    found = []
    if shutil.which("apt-get") is None:
        found.append("this machine has no apt")
    elif os.geteuid() != 0:
        found.append("installing Debian packages takes root")
    return found


def _named(packages: list[Package]) -> str:
    return ", ".join(f"{package.name} ({package.why})" for package in packages)


def _refuse(_: Recorder) -> None:
    raise StepError("a cluster and its images take root: namespaces, mounts and a network link")


ROOT_STEP = Step(
    name="root",
    purpose="Check that this runs as root",
    done=lambda: os.geteuid() == 0,
    run=_refuse,
    advice="run it as root, for example with sudo; `make lint`, `make test-unit` and `make test-engine` do without.",
)
STEP = step("packages", "Install the Debian packages that everything needs", BASIC)
REDIS_STEP = step("redis", "Install the Debian package that has a Redis server", REDIS, needs=("packages",))
LOAD_STEP = step("wrk", "Install the Debian package of wrk, a load generator", LOAD, needs=("packages",))
CLUSTER_STEP = step(
    "cluster-packages", "Install the Debian packages that a cluster and its images need", CLUSTER, needs=("packages",)
)
