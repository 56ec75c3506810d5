"""The development environment .venv: exactly the locked packages, and our two distributions as they lie here."""

import sys
from pathlib import Path

from tools.setup.fresh import fresh
from tools.setup.keys import key
from tools.setup.places import PYTHON, ROOT, cache
from tools.setup.recorder import Recorder
from tools.setup.step import Step

FOLDER = ROOT / ".venv"
STAMP = FOLDER / ".modelserver-key"
LOCK = ROOT / "requirements" / "dev.txt"
BUILD_LOCK = ROOT / "requirements" / "build.txt"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
UV = "0.13.8"  # one tool makes every environment and lock, in seconds
DISTRIBUTIONS = ("operator", "runtime")


def uv(recorder: Recorder) -> Path:
    """The uv command, of one version everywhere: what it writes is compared byte for byte with what is committed."""
    own = cache() / "uv" / UV
    if not (own / "bin" / "uv").exists():
        _install_uv(recorder, own)
    return own / "bin" / "uv"


def _install_uv(recorder: Recorder, own: Path) -> None:
    with fresh(own) as making:
        recorder.run("/usr/bin/python3", "-m", "venv", making)
        recorder.run(making / "bin" / "python", "-m", "pip", "install", "--quiet", f"uv=={UV}")


def _key() -> str:
    projects = [ROOT / name / "pyproject.toml" for name in DISTRIBUTIONS]
    return key(LOCK, BUILD_LOCK, *projects, VERSION, str(ROOT))  # its scripts name the checkout's path


def _done() -> bool:
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text() == _key()


def _of_this_python() -> bool:
    return PYTHON.exists() and f"version_info = {VERSION}." in (FOLDER / "pyvenv.cfg").read_text()


def _make(recorder: Recorder) -> None:
    command = uv(recorder)
    STAMP.unlink(missing_ok=True)
    if not _of_this_python():
        recorder.run(command, "venv", "--clear", "--python", sys.executable, FOLDER)
    recorder.run(command, "pip", "sync", "--python", PYTHON, "--require-hashes", LOCK)
    editable = [word for name in DISTRIBUTIONS for word in ("--editable", f"./{name}")]
    recorder.run(
        command, "pip", "install", "--python", PYTHON, "--no-deps", "--build-constraints", BUILD_LOCK, *editable
    )
    STAMP.write_text(_key())


STEP = Step(
    name="environment",
    purpose="Make the development environment .venv from requirements/dev.txt",
    needs=("packages",),
    done=_done,
    run=_make,
    advice="see whether the package index can be reached; `rm -r .venv` starts over.",
)
