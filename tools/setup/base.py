"""The base of both development images: the host's own distribution, as small as it comes, with Python and pip.

It is the host's own because the engine's environment is made with the host's Python and mounted into the pods.
"""

import tempfile
from pathlib import Path

from tools.setup.buildah import buildah, storage
from tools.setup.fresh import remove
from tools.setup.keys import key
from tools.setup.recorder import CommandError, Recorder
from tools.setup.step import Step, StepError

PACKAGES = (
    "python3-minimal",
    "libpython3-stdlib",
    "python3-pip",  # the Dockerfiles install with it
    "ca-certificates",
    "libnuma1",  # vLLM for CPUs is linked with it
)
NOT_NEEDED = ("var/cache/apt", "var/lib/apt/lists", "var/log", "usr/share/doc", "usr/share/man", "usr/share/locale")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def reference() -> str:
    """The base's name in our own image storage."""
    return f"localhost/modelserver-base:{_key()}"


def _key() -> str:
    return key(_suite(), *PACKAGES, *NOT_NEEDED)


def _suite() -> str:
    """The host distribution's code name, such as bookworm."""
    lines = Path("/etc/os-release").read_text().splitlines()
    return next((line.partition("=")[2].strip('"') for line in lines if line.startswith("VERSION_CODENAME=")), "")


def _marker() -> Path:
    return storage() / f"base-{_key()}"


def _make(recorder: Recorder) -> None:
    with tempfile.TemporaryDirectory(prefix="modelserver-base-") as folder:
        root = Path(folder) / "root"
        packages = ",".join(PACKAGES)
        recorder.run("debootstrap", "--variant=minbase", f"--include={packages}", _suite(), root, _mirror(recorder))
        for path in NOT_NEEDED:
            _empty(root / path)
        _commit(recorder, root)
    _marker().touch()


def _mirror(recorder: Recorder) -> str:
    """The mirror that this machine's apt takes the suite from."""
    if not _suite():
        raise StepError("/etc/os-release has no VERSION_CODENAME, so there is no telling which suite to take")
    asked = ("indextargets", "--format", "$(CODENAME) $(REPO_URI)", "Created-By: Packages")
    try:
        targets = recorder.output("apt-get", *asked).splitlines()
    except (CommandError, FileNotFoundError) as error:
        raise StepError("apt does not say which mirror this machine uses") from error
    found = next((line.partition(" ")[2] for line in targets if line.startswith(f"{_suite()} ")), None)
    if found is None:
        raise StepError(f"apt has no source for the suite {_suite()}")
    return found


def _empty(folder: Path) -> None:
    for entry in folder.iterdir() if folder.is_dir() else ():
        remove(entry)


def _commit(recorder: Recorder, root: Path) -> None:
    container = buildah(recorder, "from", "scratch")
    try:
        buildah(recorder, "add", "--quiet", container, root, "/")
        buildah(recorder, "config", "--env", f"PATH={PATH}", container)
        buildah(recorder, "commit", "--quiet", container, reference())
    finally:
        buildah(recorder, "rm", container)


STEP = Step(
    name="base",
    purpose="Make the images' base with debootstrap",
    needs=("root", "cluster-packages"),
    done=lambda: _marker().exists(),
    run=_make,
    advice="see whether the Debian mirror of this machine's apt can be reached.",
)
