"""`python3 -m tools.setup.lock`: locks the dependencies again, each file of requirements/ by the same command.

Versions that are locked stay unless a pyproject.toml asks for others; no file names the index that it came from.
"""

import sys
import tomllib

from tools.setup.environment import uv
from tools.setup.places import ROOT, logs
from tools.setup.recorder import CommandError, Recorder
from tools.setup.screen import Screen

PROJECT = tomllib.loads((ROOT / "operator" / "pyproject.toml").read_text())["project"]
OLDEST_PYTHON = PROJECT["requires-python"].removeprefix(">=")
OPTIONS = (
    "--quiet",
    "--universal",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-header",
    "--python-version",
    OLDEST_PYTHON,
)
RATES = ("--group", "runtime/pyproject.toml:rates")
VECTORS = ("--group", "runtime/pyproject.toml:vectors")
OF_DEV = ("--constraints", "requirements/dev.txt")
# What the plots' and GGUF's libraries need and vLLM's tree has.
IN_VLLM = (
    "certifi",
    "charset-normalizer",
    "idna",
    "numpy",
    "packaging",
    "pillow",
    "pyyaml",
    "requests",
    "tqdm",
    "urllib3",
)


def beside_vllm(*names: str) -> tuple[str, ...]:
    """Options for packages that vLLM's tree has already: its versions stay."""
    return tuple(word for name in names for word in ("--no-emit-package", name))


SOURCES = {
    "dev.txt": ("--group", "pyproject.toml:dev", *RATES, *VECTORS, "operator/pyproject.toml", "runtime/pyproject.toml"),
    "operator.txt": ("operator/pyproject.toml", *OF_DEV),
    "runtime.txt": (*RATES, *beside_vllm("packaging", "typing-extensions"), *OF_DEV),
    "vectors.txt": (*VECTORS, *beside_vllm(*IN_VLLM), *OF_DEV),
    "build.txt": ("--group", "pyproject.toml:build", *OF_DEV),
}


def main() -> int:
    """Writes every lock; the exit code is 1 when one cannot be made."""
    recorder = Recorder(logs() / "lock.log")
    try:
        for name, source in SOURCES.items():
            recorder.run(uv(recorder), "pip", "compile", *OPTIONS, *source, "-o", ROOT / "requirements" / name)
    except CommandError as failure:
        Screen().say("\n".join([f"lock failed: {failure}", *recorder.tail(15), f"Log: {recorder.path}"]))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
