"""What later tiers need and one processor makes, while the first tiers are at work: minutes less from empty caches."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tools.setup.places import ROOT
from tools.setup.runner import run
from tools.setup.screen import Screen
from tools.setup.steps import with_needs
from tools.tiers.group import begun

# Before the others: two installations of Debian packages at once refuse each other, and uv comes with the environment.
FIRST = ("environment", "redis", "cluster-packages")
POLITELY = ("nice", "-n", "10")  # tests with deadlines run beside it
# Side by side: Go's modules are a gigabyte to wait for, and the first tier leaves its compiler what it does not use.
BESIDE = (
    ("go", "kubernetes", "helm", "optional-kinds"),
    ("engine", "rates", "vector-tools", "model", "base", "images"),
)


@contextmanager
def made_ahead() -> Iterator[None]:
    """Makes them beside the block. It tells nothing: a tier waits for the steps that it needs, and makes what failed
    here again, with all that there is to say."""
    with ExitStack() as beside:
        if run(with_needs(FIRST), Screen(quiet=True)):
            for steps in BESIDE:
                command = [*POLITELY, sys.executable, "-m", "tools.setup", "--quiet", *steps]
                making = begun(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                beside.enter_context(making)
        yield
