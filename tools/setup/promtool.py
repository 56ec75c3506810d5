"""promtool, which checks alert rules: out of Debian's package of Prometheus, without installing its service."""

import shutil
from pathlib import Path

from tools.setup.fresh import fresh
from tools.setup.places import cache
from tools.setup.recorder import Recorder
from tools.setup.step import Step, StepError

PACKAGE = "prometheus"


def promtool() -> Path:
    """The promtool command: this machine's own or else the one in the cache; it may not be there yet."""
    own = shutil.which("promtool")
    return Path(own) if own else _folder() / "promtool"


def _folder() -> Path:
    return cache() / "promtool" / PACKAGE


def _take(recorder: Recorder) -> None:
    if shutil.which("apt-get") is None:
        raise StepError("this machine has no apt, and no promtool on PATH")
    with fresh(_folder()) as making:
        making.mkdir()
        recorder.run("apt-get", "update", "-q")
        recorder.run(
            "sh", "-c", f"cd '{making}' && apt-get download -q {PACKAGE} && dpkg-deb -x {PACKAGE}_*.deb package"
        )
        (making / "package" / "usr" / "bin" / "promtool").rename(making / "promtool")
        shutil.rmtree(making / "package")
        for package in making.glob("*.deb"):
            package.unlink()


STEP = Step(
    name="promtool",
    purpose="Take promtool out of Debian's package of Prometheus",
    needs=("packages",),
    done=lambda: promtool().exists(),
    run=_take,
    advice="see whether the Debian mirror of this machine's apt can be reached, or put a promtool on PATH.",
)
