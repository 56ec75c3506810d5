"""The development cluster's one binary, which tools.devcluster builds and knows."""

import sys

from tools.devcluster.binaries import is_built
from tools.setup import toolchain
from tools.setup.recorder import Recorder
from tools.setup.step import Step


def _build(recorder: Recorder) -> None:
    recorder.run(sys.executable, "-m", "tools.devcluster", "build", env=toolchain.environment())


STEP = Step(
    name="kubernetes",
    purpose="Build Kubernetes, containerd, CoreDNS and kwok from their Go modules",
    needs=("go",),
    done=is_built,
    run=_build,
    advice="see whether Go modules can be downloaded (GOPROXY) and whether the disk has 8 GB left.",
)
