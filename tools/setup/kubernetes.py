"""The development cluster's one binary, which tools.devcluster builds and knows."""

import subprocess
import sys

from tools.setup import toolchain
from tools.setup.places import ROOT
from tools.setup.recorder import Recorder
from tools.setup.step import Step

BUILD = (sys.executable, "-m", "tools.devcluster", "build")


def _done() -> bool:
    return subprocess.run([*BUILD, "--check"], cwd=ROOT, capture_output=True, check=False).returncode == 0


def _build(recorder: Recorder) -> None:
    recorder.run(*BUILD, env=toolchain.environment())


STEP = Step(
    name="kubernetes",
    purpose="Build Kubernetes, containerd, CoreDNS and kwok from their Go modules",
    needs=("go",),
    done=_done,
    run=_build,
    advice="see whether Go modules can be downloaded (GOPROXY) and whether the disk has 8 GB left.",
)
