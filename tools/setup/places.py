"""Where things lie: the checkout, the cache that survives `make demo-down`, the state that does not."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# For programs that reach a cluster made here: its addresses are this machine's own, whatever proxy is in use.
NO_PROXY = {"NO_PROXY": "*", "no_proxy": "*"}
PYTHON = ROOT / ".venv" / "bin" / "python"


def cache() -> Path:
    """The folder for everything that is slow to make; each entry is named by a key of what went into it."""
    return Path(os.environ.get("MODELSERVER_CACHE") or Path.home() / ".cache" / "modelserver").absolute()


def state() -> Path:
    """The folder for clusters and what belongs to them."""
    return Path(os.environ.get("MODELSERVER_STATE") or Path.home() / ".local" / "state" / "modelserver").absolute()


def logs() -> Path:
    """The folder for the logs of what fills the cache, and for the locks of who does."""
    return cache() / "logs"
