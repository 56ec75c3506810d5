"""Locks the dependencies again: the same command for every file of requirements/, and no index's address in any."""

import subprocess
import sys

from tools.setup.environment import uv
from tools.setup.places import ROOT, log
from tools.setup.recorder import Recorder

SOURCES = {
    "dev.txt": ("--group", "pyproject.toml:dev", "operator/pyproject.toml", "runtime/pyproject.toml"),
    "operator.txt": ("operator/pyproject.toml",),
}
